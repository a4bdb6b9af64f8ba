import {
  keyText,
  LEVELS,
  type AlarmKind,
  type AlarmLevel,
  type Cause,
  type Digest,
  type Evidence,
  type Lane,
  type Level,
  type Millis,
  type PointSpec,
  type Said,
  type Verdict,
  type VerdictProcess,
  type VerdictTrigger,
} from '@anlan/contracts';

/** A change worth telling, before it has its place in the log. Levels are ranks. */
export type Telling = Readonly<{
  kind: AlarmKind;
  ruleId: string;
  ruleVersion: number;
  lane: Lane;
  trigger: VerdictTrigger;
  process: VerdictProcess;
  level: number;
  peak: number;
  n: number;
  t0: Millis;
  t: Millis;
  value: number;
  quality: Verdict['quality'];
  latching: boolean;
  reason: Said;
  /** Unit of `value` when it is not that of the point. */
  unit?: string;
  evidence?: Evidence;
  endedAt?: Millis;
  pendingLevel?: AlarmLevel;
  dueAt?: Millis;
}>;

/** Where the machines of a point hand in what they have to tell, in order. One for each log record. */
export type Desk = Readonly<{
  /** Log time of the record in hand. */
  at: Millis;
  tell(point: PointSpec, telling: Telling): void;
}>;

/** The colour of a rank 0…4. */
export function levelOf(rank: number): Level {
  return LEVELS[rank] ?? 'normal';
}

/** The colour of a rank 1…4; undefined for 0. */
export function alarmLevelOf(rank: number): AlarmLevel | undefined {
  const level = levelOf(rank);
  return level === 'normal' ? undefined : level;
}

/** The verdict of a telling. Its id depends on what happened only, so that a replay gives the same one. */
export function verdictOf(point: PointSpec, telling: Telling, where: Readonly<{ cause: Cause; at: Millis; digest: Digest }>): Verdict {
  const { lane, trigger, process, n, t0, t, value, quality, evidence, endedAt, pendingLevel, dueAt } = telling;
  const key = { pointId: point.pointId, ruleId: telling.ruleId, kind: telling.kind };
  const level = levelOf(telling.level);
  // A reading of another bad quality may carry the very time at which silence was noticed.
  const more = trigger === 'data_stale' ? `|${quality}` : '';
  // Field by field: to copy what is left of an object is slow, and in a storm there are many of these.
  return {
    id: where.digest(`${keyText(key)}|${lane}|${t0}|${n}|${process}|${level}|${t}|${trigger}${more}`),
    cause: where.cause,
    key,
    ruleVersion: telling.ruleVersion,
    lane,
    trigger,
    process,
    n,
    t0,
    t,
    value,
    quality,
    latching: telling.latching,
    reason: telling.reason,
    siteId: point.siteId,
    level,
    peak: levelOf(telling.peak),
    at: where.at,
    unit: telling.unit ?? point.unit,
    ...(evidence && { evidence }),
    ...(endedAt !== undefined && { endedAt }),
    ...(pendingLevel && { pendingLevel }),
    ...(dueAt !== undefined && { dueAt }),
  };
}
