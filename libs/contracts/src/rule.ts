import type { Millis } from './basics.js';
import type { AlarmLevel } from './level.js';

export const RULE_KINDS = ['threshold', 'health'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** What a reading gap does to running delays: `pause` does not count it, `reset` starts over, `hold` counts through it. */
export type QualityGate = 'pause' | 'reset' | 'hold';

/** One step of a ladder, as compiled: durations in ms, defaults filled in (`rulings.md` 6 in words: no delay, count 1, not latching). */
export type LevelStep = Readonly<{
  level: AlarmLevel;
  /** One-sided ladders. */
  at?: number;
  /** Two-sided ladders (`side: 'both'`): breach at or above `high`, at or below `low`. */
  high?: number;
  low?: number;
  deadband: number;
  onDelayMs: Millis;
  offDelayMs: Millis;
  onCount: number;
  offCount: number;
  latching: boolean;
}>;

export type Scope = Readonly<{ pointIds: readonly string[] }>;

/** Limits on one quantity, four levels at most; orders are checked when the rule is compiled. */
export type ThresholdRule = Readonly<{
  id: string;
  version: number;
  kind: 'threshold';
  name?: string;
  enabled: boolean;
  scope: Scope;
  side: 'high' | 'low' | 'both';
  quality: QualityGate;
  /** Longest gap between readings over which a delay goes on; absent: three times the point's interval. */
  maxGapMs?: Millis;
  /** Gravest last. */
  levels: readonly LevelStep[];
  /** Readings before this event time are judged by the version before. */
  validFrom?: Millis;
  /** Where the limits come from: a clause, or 平台推荐值. */
  source?: string;
}>;

/** Watches the sensor, not the world: silence, stuck values, a clock that runs away. */
export type HealthRule = Readonly<{
  id: string;
  version: number;
  kind: 'health';
  name?: string;
  enabled: boolean;
  scope: Scope;
  stale?: Readonly<{ afterMs?: Millis; times?: number; level: AlarmLevel }>;
  flatline?: Readonly<{ forMs: Millis; range: number; level: AlarmLevel }>;
  clockSkew?: Readonly<{ overMs: Millis; level: AlarmLevel }>;
  validFrom?: Millis;
  source?: string;
}>;

/** A rule as the engine runs it: parsed, complete, immutable. */
export type Rule = ThresholdRule | HealthRule;

/** Alarm kinds: what the alarm key ends in. A health rule can hold several alarms of one point open at once, one a kind. */
export const ALARM_KINDS = ['threshold', 'stale', 'flatline', 'clock_skew', 'out_of_range'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];
/** Kinds that speak of the sensor, not of the danger. */
export const HEALTH_KINDS: ReadonlySet<AlarmKind> = new Set<AlarmKind>(['stale', 'flatline', 'clock_skew', 'out_of_range']);

/** What the engine must know of a point, besides the rules. */
export type PointSpec = Readonly<{
  pointId: string;
  deviceId: string;
  siteId: string;
  metric: string;
  unit: string;
  /** Smallest and largest value that the sensor can mean. */
  min?: number;
  max?: number;
  intervalMs: Millis;
  reorderMs: Millis;
  /** Oldest age at arrival that is still live; null: any (replay). */
  liveHorizonMs: Millis | null;
  expectVariation?: boolean;
}>;

/** One change of what the engine runs, in the order of versions. Folding all of them gives the whole. Immutable once written. */
export type Activation = Readonly<{
  version: number;
  rules: readonly Rule[];
  removedRuleIds: readonly string[];
  points: readonly PointSpec[];
  removedPointIds: readonly string[];
}>;
