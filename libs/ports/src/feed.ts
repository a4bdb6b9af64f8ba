import type { Millis } from '@anlan/contracts';

export type FeedMessage = Readonly<{
  deviceId: string;
  topic: string;
  payload: Uint8Array;
  retain: boolean;
  qos: 0 | 1 | 2;
  receivedAt: Millis;
}>;
/** `unavailable` is not the device's fault (answer: try later); `refused` is (wrong id or secret). */
export type AuthOutcome = 'accepted' | 'refused' | 'unavailable';

/** What the platform does with what devices send. */
export type FeedHandler = Readonly<{
  authenticate(deviceId: string, secret: Uint8Array, source: string): Promise<AuthOutcome>;
  /** Resolves when durable, and only then the device gets its PUBACK; rejects: no PUBACK, the connection ends, the device sends again. */
  message(message: FeedMessage): Promise<void>;
  /** `clean`: said goodbye. */
  presence(deviceId: string, online: boolean, at: Millis): void;
  /** Something is wrong with a device's connections, for people to look at. `take_over`: two boxes seem to use one id. */
  trouble?(deviceId: string, kind: 'take_over', at: Millis): void;
}>;

/** Devices in. F1: no PUBACK before `message` resolved; PUBACKs keep the order of arrival on a connection. F2: one connection's fault closes that one only. */
export type Feed = Readonly<{
  start(handler: FeedHandler): Promise<Readonly<{ address: string; port: number }>>;
  /** Cuts the live connection of a device (disabled, credential changed). */
  disconnect(deviceId: string): void;
  /** No new messages; resolves when those in hand are answered. */
  stop(): Promise<void>;
}>;
