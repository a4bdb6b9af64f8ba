import type { Pattern } from './pattern.js';

/** A system under test of W1: takes the devices' messages, gives back an alert for each breach. */
export type System = Readonly<{
  name: string;
  /** One alert an episode, or one for each breach. */
  alertsOn: 'onset' | 'breach';
  mqttUrl: string;
  /** The processes whose cost counts, by name. */
  parts: Readonly<Record<string, number>>;
  /** What it stands on, by name: told beside it, with all that these processes have started. */
  engines?: Readonly<Record<string, number>>;
  /** What is counted, kept and told once nothing moves any more. */
  settled(expected: Expected): Promise<Outcome>;
  stop(): Promise<void>;
}>;
export type Expected = Readonly<{ messages: number; alerts: number; withinMs: number }>;
export type Outcome = Readonly<{
  /** Messages whose reading is in the store; null where nothing is stored. */
  stored: number | null;
  /** Alarms raised (again), or alerts sent. */
  alerts: number;
  /** From the end of the load until nothing was left to do. */
  drainMs: number;
}>;
/** Told of each breach once it can be read outside: the device, the message number, and when. */
export type OnAlert = (device: number, k: number, at: number) => void;
export type SystemOptions = Readonly<{ pattern: Pattern; secret: string; onAlert: OnAlert }>;
export type StartSystem = (options: SystemOptions) => Promise<System>;
