import type { Millis } from './basics.js';
import type { AlarmLevel } from './level.js';

/** What a reading gap does to running delays: `pause` does not count it, `reset` starts over, `hold` counts through it. */
export type QualityGate = 'pause' | 'reset' | 'hold';

/** One step of a ladder, as compiled: durations in ms, defaults filled in (no delay, count 1, not latching). */
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

/** Hours in which a rule may tell. `to` at or before `from` goes over midnight; the day is the one on which it begins. */
export type RuleWindow = Readonly<{
  /** 1 Monday … 7 Sunday. */
  days: readonly number[];
  /** Minutes of the day, of a clock that is so many minutes ahead of UTC. */
  fromMin: number;
  toMin: number;
  offsetMin: number;
}>;

/** When a rule may tell what it sees; it goes on judging all the time. */
export type RuleGate = Readonly<{
  /** In any of these; absent: always. */
  active?: readonly RuleWindow[];
  /** While the asset is in one of these modes (`normal`: in none); absent: in all. */
  modes?: readonly string[];
}>;

export type Scope = Readonly<{ pointIds: readonly string[] }>;

/**
 * What every rule with a ladder of levels has. The ladder judges a *score*: for `threshold` the reading itself, for the other kinds what the
 * kind's detector makes of the readings (a slope, a distance in standard deviations, hours until a limit …).
 */
export type LadderedRule<K extends string> = Readonly<{
  id: string;
  version: number;
  kind: K;
  name?: string;
  enabled: boolean;
  scope: Scope;
  side: 'high' | 'low' | 'both';
  quality: QualityGate;
  /** Longest gap between readings over which a delay goes on; absent: three times the point's interval. */
  maxGapMs?: Millis;
  /** Gravest last; limits in the unit of the score. Orders are checked when the rule is compiled. */
  levels: readonly LevelStep[];
  /** Readings before this event time are judged by the version before. */
  validFrom?: Millis;
  /** Where the limits come from: a clause, or 平台推荐值. */
  source?: string;
}> &
  RuleGate;
