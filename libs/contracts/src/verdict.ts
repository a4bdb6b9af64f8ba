import type { Millis, Said } from './basics.js';
import type { AlarmLevel, Level } from './level.js';
import type { Evidence } from './evidence.js';
import type { Quality } from './reading.js';
import type { AlarmKind } from './rule.js';

/** What one alarm is about. One open occurrence a key at most. */
export type AlarmKey = Readonly<{ pointId: string; ruleId: string; kind: AlarmKind }>;

/** The text form of a key, unique because ids hold no `|`. */
export function keyText({ pointId, ruleId, kind }: AlarmKey): string {
  return `${pointId}|${ruleId}|${kind}`;
}

/** The condition as rules see it. (`latched` belongs to the alarm, not to the rule.) */
export const VERDICT_PROCESSES = ['pending', 'active', 'recovering', 'normal'] as const;
export type VerdictProcess = (typeof VERDICT_PROCESSES)[number];

/** Where in the readings log a verdict came from: the offset of the record and a running number within it. Total order a partition. */
export type Cause = Readonly<{ partition: number; offset: number; index: number }>;

/** `live` moves alarms; `retro` only opens a retrospective record (late or backfilled readings) and never touches a live alarm. */
export type Lane = 'live' | 'retro';

export type VerdictTrigger = 'reading' | 'tick' | 'rule_changed' | 'rule_removed' | 'point_removed' | 'data_stale' | 'data_back';

/**
 * A change of process, level or quality of one key, as a rule sees it. Deterministic: the same log gives the same ids.
 * Sequence of one key on the live lane: pending? → active → (active with another level)* → recovering? → normal.
 * `rule_removed` and `point_removed` come once, with process `normal`. `data_stale`/`data_back` come with the frozen process.
 */
export type Verdict = Readonly<{
  /** Digest of key, lane, t0, n, process, level, t, trigger, and of the quality for `data_stale`. */
  id: string;
  cause: Cause;
  key: AlarmKey;
  lane: Lane;
  trigger: VerdictTrigger;
  ruleVersion: number;
  siteId: string;
  process: VerdictProcess;
  /** Current level; `normal` only when process is `normal`, or `pending` before any level was reached. */
  level: Level;
  /** Graver than `level` only on `retro` ends and clears: the worst of the episode. */
  peak: Level;
  /** The level a `pending` is on its way to. */
  pendingLevel?: AlarmLevel;
  /** When a `pending` will become active if nothing changes. */
  dueAt?: Millis;
  /** Event time of the first breach of this episode. */
  t0: Millis;
  /** Running number of the episode of this key, from 1. */
  n: number;
  /** Event time of this change: t0 + delay for delayed ones, whatever noticed it. */
  t: Millis;
  /** Log time when it was noticed. */
  at: Millis;
  /** The score that was judged, in `unit`: for `threshold` the reading, for trend kinds the slope, distance … */
  value: number;
  unit: string;
  quality: Quality | 'stale';
  latching: boolean;
  reason: Said;
  /** What a chart can draw beside the readings to show why. */
  evidence?: Evidence;
  /** For a `retro` record that is over: when it ended. */
  endedAt?: Millis;
}>;
