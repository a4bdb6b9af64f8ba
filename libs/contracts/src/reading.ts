import type { Millis } from './basics.js';

export const QUALITIES = ['good', 'uncertain', 'bad', 'maintenance'] as const;
/** Quality of a reading. `uncertain` may raise but never clears; `bad` and `maintenance` are stored and freeze the rules. */
export type Quality = (typeof QUALITIES)[number];

/** `clockSkew`: the device's time was 60 s to 1 h ahead, so `t` is the time of arrival. `outOfRange`: outside the metric's min/max, so `q` became bad. */
export type ReadingFlag = 'clockSkew' | 'outOfRange';

/** One measured value of one point at one time, after ingest. `v` is finite and in the metric's unit. */
export type Reading = Readonly<{
  pointId: string;
  /** Event time used everywhere. */
  t: Millis;
  /** The device's own time where it differs from `t`; repeats are found by it. */
  tDevice?: Millis;
  v: number;
  q: Quality;
  flags?: readonly ReadingFlag[];
}>;

/** The time by which a repeat is recognised: the device's own. */
export function repeatKeyTime(reading: Reading): Millis {
  return reading.tDevice ?? reading.t;
}

/** What the readings log carries for one device message: all of it that was accepted, and counts of the rest. */
export type ReadingsRecord = Readonly<{
  kind: 'readings';
  deviceId: string;
  siteId: string;
  /** Server time of arrival; the ledger counts by it. */
  arrivedAt: Millis;
  /** The device's own message counter, where it sends one. */
  seq?: number;
  readings: readonly Reading[];
  /** Readings refused (bad content) in this message; an unparsable message counts as one. */
  rejected: number;
  /** Readings more than an hour ahead of the server clock, kept as dead letters. */
  quarantined: number;
  /** Set when an administrator retried a dead letter: the ledger moves counts instead of adding them. */
  retryOf?: Readonly<{ deadLetterId: string; was: 'rejected' | 'quarantined'; count: number; countedAt: Millis }>;
}>;

/** Time moves though no data comes. One a second while the log is idle. */
export type TickRecord = Readonly<{ kind: 'tick'; at: Millis }>;
/** Ingest (re)started: silence is counted from here at the earliest. */
export type UpRecord = Readonly<{ kind: 'up'; at: Millis }>;
/** From here on, readings are judged by this registry version. */
export type ActivationRecord = Readonly<{ kind: 'activation'; version: number; at: Millis }>;
/**
 * Values of derived points, computed while the record at `cause` was judged, and judged there already. The recorder stores them; rules step over them.
 * After a crash the same record may be appended again.
 */
export type DerivedRecord = Readonly<{
  kind: 'derived';
  siteId: string;
  /** Arrival of the readings that they were computed from. */
  arrivedAt: Millis;
  cause: Readonly<{ partition: number; offset: number }>;
  readings: readonly Reading[];
}>;
/**
 * What rules that began anew on points remember of the stored past: from here on they go on as if they had seen it. Written by the rules flow, because
 * what is stored may change and the log may not; whoever else reads the log steps over it. A second record for the same slot changes nothing.
 */
export type WarmedRecord = Readonly<{ kind: 'warmed'; siteId: string; at: Millis; slots: readonly WarmedSlot[] }>;
export type WarmedSlot = Readonly<{
  pointId: string;
  ruleId: string;
  /** What of the rule makes its memory: that of another shape is not taken up. */
  shape: string;
  /** Event time of the last stored reading that may be in it. */
  upTo: Millis;
  /** In the form of `libs/rules`; null: nothing is stored, or it could not be read. */
  memory: unknown;
}>;
export type ControlRecord = TickRecord | UpRecord | ActivationRecord | DerivedRecord | WarmedRecord;
/** Everything that `anlan.readings.v1` may hold. Readers from outside skip what is not `readings`. */
export type ReadingsLogValue = ReadingsRecord | ControlRecord;
