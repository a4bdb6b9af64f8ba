import type { Millis } from './basics.js';
import type { Derived } from './derived.js';
import type { AlarmLevel } from './level.js';
import type { AssetMode } from './registry.js';
import type { AccelRule } from './rule-accel.js';
import type { BaselineRule } from './rule-baseline.js';
import type { ForecastRule } from './rule-forecast.js';
import type { LadderedRule, Scope } from './rule-ladder.js';
import type { RateRule } from './rule-rate.js';
import type { ShiftRule } from './rule-shift.js';
import type { VoteRule } from './rule-vote.js';

export const RULE_KINDS = ['threshold', 'rate', 'forecast', 'shift', 'baseline', 'health', 'accel', 'vote'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/**
 * What a list of rules can be asked for: judging, switched off, switched off since the first version, with a change that waits for a second person,
 * with orange or red limits that no second person has seen.
 */
export const RULE_STATES = ['enabled', 'disabled', 'draft', 'pending', 'unapproved'] as const;
export type RuleState = (typeof RULE_STATES)[number];

/** Limits on one quantity. The score is the reading. */
export type ThresholdRule = LadderedRule<'threshold'>;

/** Rules whose detector looks at the course of one point's readings. */
export type TrendRule = RateRule | ForecastRule | ShiftRule | BaselineRule | AccelRule;

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
export type Rule = ThresholdRule | TrendRule | VoteRule | HealthRule;

/** Alarm kinds: what the alarm key ends in. A health rule can hold several alarms of one point open at once, one a kind. */
export const ALARM_KINDS = [
  'threshold',
  'rate',
  'forecast',
  'shift',
  'baseline',
  'accel',
  'vote',
  'stale',
  'flatline',
  'clock_skew',
  'out_of_range',
] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];
/** Kinds that speak of the sensor, not of the danger. */
export const HEALTH_KIND_LIST = ['stale', 'flatline', 'clock_skew', 'out_of_range'] as const satisfies readonly AlarmKind[];
export type HealthKind = (typeof HEALTH_KIND_LIST)[number];
export const HEALTH_KINDS: ReadonlySet<AlarmKind> = new Set<AlarmKind>(HEALTH_KIND_LIST);

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
  /** What its asset is doing; absent: nothing out of the usual. */
  mode?: AssetMode;
  /** How its value is computed; absent: it is measured. */
  derived?: Derived;
  /** What this point shares its failures with, when that is more than its device. */
  gatewayId?: string;
  /** The failure domain that its group says, if one does. */
  domainOf?: string;
}>;

/** One change of what the engine runs, in the order of versions. Folding all of them gives the whole. Immutable once written. */
export type Activation = Readonly<{
  version: number;
  rules: readonly Rule[];
  removedRuleIds: readonly string[];
  points: readonly PointSpec[];
  removedPointIds: readonly string[];
}>;
