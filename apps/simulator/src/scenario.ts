import type { AlarmLevel, Millis } from '@anlan/contracts';

/** What an incident does to one device. */
export type Effect =
  /** The value of a metric leaves its quiet course, passes the limit of `level` (and no graver one) and comes back. `flutter` = variation of the excess from sample to sample. */
  | Readonly<{
      kind: 'swell';
      metric: string;
      toward: 'high' | 'low';
      level: AlarmLevel;
      riseMs: Millis;
      holdMs: Millis;
      fallMs: Millis;
      flutter: number;
    }>
  /** A displacement creeps ever faster: its velocity is `perDay` at the beginning and grows as 1/(1 − t/failIn), as slopes do before they fail. */
  | Readonly<{ kind: 'creep'; metric: string; perDay: number; failInMs: Millis; forMs: Millis }>
  /** Every value of the metric repeats the last one. */
  | Readonly<{ kind: 'stuck'; metric: string; forMs: Millis }>
  /** The device with this metric sends nothing. */
  | Readonly<{ kind: 'silent'; metric: string; forMs: Millis }>;

/**
 * An effect at a time of the story (before 0: in the history that is sent first) on the `pick`-th device that has the metric; `beside`: on that
 * device's neighbour, the other one of its pair in the order of the bundle.
 */
export type Incident = Readonly<{ atMs: Millis; pick: number; effect: Effect; beside?: boolean }>;

export type Scenario = Readonly<{
  name: string;
  zh: string;
  en: string;
  incidents: readonly Incident[];
  /** After the incidents, one of these each `everyMs`, for ever. */
  endless?: Readonly<{ fromMs: Millis; everyMs: Millis; effects: readonly Effect[] }>;
  /** Devices that come back from an outage: they first send what they kept. */
  history?: Readonly<{ metric: string; devices: number; spanMs: Millis; everyMs: Millis }>;
}>;

/** How long an effect lasts. */
export function lastsMs(effect: Effect): Millis {
  return effect.kind === 'swell' ? effect.riseMs + effect.holdMs + effect.fallMs : effect.forMs;
}
