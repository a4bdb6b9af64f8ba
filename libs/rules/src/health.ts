/**
 * Health of one point: does it report, does its value move, does its clock run true, is its value possible.
 *
 * H1  Silence is counted in log time from the last arrival, from the point's activation or from the platform's own start, whichever is last.
 * H2  Only an arrival ends `stale`; only a good reading inside the range ends `out_of_range`.
 * H3  A device that uploads its memory after an outage has no wrong clock: skew is sampled only after a pause of half an interval.
 */
import type { AlarmLevel, HealthKind, HealthRule, Millis, PointSpec, Reading, Said, VerdictTrigger } from '@anlan/contracts';
import { HEALTH_KIND_LIST, rankOf } from '@anlan/contracts';
import { duration, number } from './figures.js';
import type { Voice } from './slot.js';
import { compile, pick, type Versions } from './versions.js';

/** One kind of trouble of one point: whether it stands, its running number and its beginning. */
export type Episode = Readonly<{ on: boolean; n: number; t0: Millis }>;
/** Values since `since` lie between `low` and `high`. */
export type FlatRun = { since: Millis; low: number; high: number };

/** One point under one health rule. Mutable, owned by the engine. */
export type HealthSlot = {
  readonly versions: Versions;
  episodes: Readonly<Record<HealthKind, Episode>>;
  run: FlatRun | null;
};

const CALM: Episode = { on: false, n: 0, t0: 0 };
export const ALL_CALM: Readonly<Record<HealthKind, Episode>> = { stale: CALM, flatline: CALM, clock_skew: CALM, out_of_range: CALM };

/** 平台推荐值: silence of three intervals but at least 30 s; clock wrong by 5 min. */
export const STALE_TIMES = 3;
const LEAST_STALE_MS = 30_000;
export const SKEW_LIMIT_MS = 300_000;
const OUT_OF_RANGE_LEVEL: AlarmLevel = 'orange';

const implicitRule: HealthRule = {
  id: 'health',
  version: 1,
  kind: 'health',
  enabled: true,
  scope: { pointIds: [] },
  stale: { times: STALE_TIMES, level: 'yellow' },
  clockSkew: { overMs: SKEW_LIMIT_MS, level: 'yellow' },
};
/** One object for all points that have no health rule of their own; its id is empty because it is named after the point. */
const IMPLICIT: Versions = { ruleId: '', list: [compile(implicitRule)] };

export function newHealthSlot(versions: Versions): HealthSlot {
  return { versions, episodes: ALL_CALM, run: null };
}

/** The rule that each point without a health rule has: `health:<pointId>`. */
export function implicitHealth(): HealthSlot {
  return newHealthSlot(IMPLICIT);
}

export function isImplicit(slot: HealthSlot): boolean {
  return slot.versions === IMPLICIT;
}

function ruleOf(slot: HealthSlot, t: Millis): HealthRule | undefined {
  const rule = pick(slot.versions, t)?.rule;
  return rule?.kind === 'health' && rule.enabled ? rule : undefined;
}

/** How long this point may be silent by the newest version (silence has no event time); Infinity when the rule does not ask. */
export function staleAfter(slot: HealthSlot, spec: PointSpec): Millis {
  const stale = ruleOf(slot, Infinity)?.stale;
  if (!stale) return Infinity;
  return stale.afterMs ?? Math.max((stale.times ?? STALE_TIMES) * spec.intervalMs, LEAST_STALE_MS);
}

type Turn = Readonly<{
  kind: HealthKind;
  on: boolean;
  level: AlarmLevel;
  t0: Millis;
  t: Millis;
  value: number;
  reason: Said;
  trigger: VerdictTrigger;
  version: number;
}>;

/** Begins or ends one kind of trouble and tells it; nothing when it is so already. */
export function turn(voice: Voice, slot: HealthSlot, to: Turn): void {
  const was = slot.episodes[to.kind];
  if (was.on === to.on) return;
  const is: Episode = to.on ? { on: true, n: was.n + 1, t0: to.t0 } : { ...was, on: false };
  slot.episodes = { ...slot.episodes, [to.kind]: is };
  const rank = rankOf(to.level);
  voice.desk.tell(voice.spec, {
    kind: to.kind,
    ruleId: slot.versions.ruleId || `health:${voice.spec.pointId}`,
    ruleVersion: to.version,
    lane: 'live',
    trigger: to.trigger,
    process: to.on ? 'active' : 'normal',
    level: to.on ? rank : 0,
    peak: rank,
    n: is.n,
    t0: is.t0,
    t: to.t,
    value: to.value,
    quality: to.kind === 'stale' && to.on ? 'stale' : voice.quality,
    latching: false,
    reason: to.reason,
  });
}

/** The point has been silent since log time `since`. */
export function beginStale(voice: Voice, slot: HealthSlot, silence: Readonly<{ since: Millis; afterMs: Millis; value: number }>): void {
  const rule = ruleOf(slot, Infinity);
  if (!rule?.stale) return;
  const limit = duration(silence.afterMs);
  const reason = { zh: `已超过 ${limit} 无数据`, en: `no data for over ${limit}` };
  const t = silence.since + silence.afterMs;
  turn(voice, slot, {
    kind: 'stale',
    on: true,
    level: rule.stale.level,
    t0: silence.since,
    t,
    value: silence.value,
    reason,
    trigger: 'tick',
    version: rule.version,
  });
}

/** Something of the point has arrived (H2). */
export function endStale(voice: Voice, slot: HealthSlot, value: number): void {
  if (!slot.episodes.stale.on) return;
  const rule = ruleOf(slot, Infinity);
  const reason = { zh: '数据恢复', en: 'data back' };
  turn(voice, slot, {
    kind: 'stale',
    on: false,
    level: rule?.stale?.level ?? 'yellow',
    t0: 0,
    t: voice.desk.at,
    value,
    reason,
    trigger: 'reading',
    version: rule?.version ?? 0,
  });
}

/** A live reading in order: range and flatline. */
export function watchValue(voice: Voice, slot: HealthSlot, reading: Reading, gapMs: Millis): void {
  const rule = ruleOf(slot, reading.t);
  if (!rule) return;
  watchRange(voice, slot, reading, rule);
  if (rule.flatline && voice.spec.expectVariation !== false) watchFlat(voice, slot, reading, { rule, flatline: rule.flatline, gapMs });
}

function watchRange(voice: Voice, slot: HealthSlot, reading: Reading, rule: HealthRule): void {
  const isOut = reading.flags?.includes('outOfRange') ?? false;
  if (!isOut && (reading.q !== 'good' || !slot.episodes.out_of_range.on)) return;
  const { min, max, unit } = voice.spec;
  const range = `${min === undefined ? '−∞' : number(min)}…${max === undefined ? '∞' : number(max)} ${unit}`;
  const v = `${number(reading.v)} ${unit}`;
  const reason = isOut
    ? { zh: `${v} 超出量程 ${range}`, en: `${v} outside the range ${range}` }
    : { zh: `${v}，已回到量程内`, en: `${v}, back in range` };
  turn(voice, slot, {
    kind: 'out_of_range',
    on: isOut,
    level: OUT_OF_RANGE_LEVEL,
    t0: reading.t,
    t: reading.t,
    value: reading.v,
    reason,
    trigger: 'reading',
    version: rule.version,
  });
}

type FlatCase = Readonly<{ rule: HealthRule; flatline: NonNullable<HealthRule['flatline']>; gapMs: Millis }>;

/** Run of values within `range`, broken by a gap of more than three intervals. Cheaper than a sliding window and never earlier than it. */
function watchFlat(voice: Voice, slot: HealthSlot, { t, v, q }: Reading, { rule, flatline, gapMs }: FlatCase): void {
  if (q !== 'good' && q !== 'uncertain') return;
  const isKnown = slot.run !== null && gapMs <= STALE_TIMES * voice.spec.intervalMs;
  const run = (slot.run ??= { since: t, low: v, high: v });
  const low = Math.min(run.low, v);
  const high = Math.max(run.high, v);
  const goesOn = isKnown && high - low <= flatline.range;
  if (!goesOn) run.since = t;
  run.low = goesOn ? low : v;
  run.high = goesOn ? high : v;
  const { since } = run;
  const isFlat = goesOn && t - since >= flatline.forMs;
  // A gap proves nothing: only a value that moved ends it.
  if (slot.episodes.flatline.on ? goesOn || !isKnown : !isFlat) return;
  const held = duration(flatline.forMs);
  const reason = isFlat
    ? { zh: `${number(v)} ${voice.spec.unit}，${held}内无变化`, en: `${number(v)} ${voice.spec.unit}, unchanged for ${held}` }
    : { zh: '数值恢复变化', en: 'value moves again' };
  turn(voice, slot, {
    kind: 'flatline',
    on: isFlat,
    level: flatline.level,
    t0: since,
    t,
    value: v,
    reason,
    trigger: 'reading',
    version: rule.version,
  });
}

/** Skews below this are no more than delay (and above it ingest says so): a clock rule cannot ask for less. */
export const LEAST_SKEW_LIMIT_MS = 60_000;
const SKEW_SAMPLES = 5;
const LEAST_SKEW_SAMPLES = 3;

const NO_SKEWS: readonly number[] = [];

/** The last few skews with one more; none while all is well, for that is nearly always. */
export function withSkew(skews: readonly number[], skewMs: Millis): readonly number[] {
  if (skews.length === 0 && Math.abs(skewMs) <= LEAST_SKEW_LIMIT_MS) return skews;
  const last = [...skews, skewMs].slice(-SKEW_SAMPLES);
  return last.length === SKEW_SAMPLES && last.every((skew) => Math.abs(skew) <= LEAST_SKEW_LIMIT_MS) ? NO_SKEWS : last;
}

/** Device time minus time of arrival: the median of the last few decides. */
export function watchClock(voice: Voice, slot: HealthSlot, skews: readonly number[], reading: Reading): void {
  const rule = ruleOf(slot, reading.t);
  const median = [...skews].sort((a, b) => a - b)[skews.length >> 1];
  if (!rule?.clockSkew || median === undefined || skews.length < LEAST_SKEW_SAMPLES) return;
  const { overMs, level } = rule.clockSkew;
  const on = Math.abs(median) > overMs;
  const off = duration(Math.abs(Math.round(median / 1000)) * 1000);
  const wrong =
    median > 0
      ? { zh: `设备时钟快 ${off}`, en: `device clock ahead by ${off}` }
      : { zh: `设备时钟慢 ${off}`, en: `device clock behind by ${off}` };
  const reason = on ? wrong : { zh: '设备时钟已恢复', en: 'device clock right again' };
  turn(voice, slot, {
    kind: 'clock_skew',
    on,
    level,
    t0: reading.t,
    t: reading.t,
    value: median / 1000,
    reason,
    trigger: 'reading',
    version: rule.version,
  });
}

type End = Readonly<{ trigger: 'rule_removed' | 'point_removed'; t: Millis; value: number }>;

/** The rule or the point is no more: standing troubles end as removed. */
export function endHealth(voice: Voice, slot: HealthSlot, end: End): void {
  endKinds(voice, slot, HEALTH_KIND_LIST, end);
}

/** The newest version no longer watches some kinds: those end as removed. */
export function endUnwatched(voice: Voice, slot: HealthSlot, end: End): void {
  const rule = ruleOf(slot, Infinity);
  const watched = {
    stale: rule?.stale,
    flatline: rule?.flatline,
    clock_skew: rule?.clockSkew,
    out_of_range: rule,
  } as const satisfies Record<HealthKind, unknown>;
  endKinds(
    voice,
    slot,
    HEALTH_KIND_LIST.filter((kind) => !watched[kind]),
    end,
  );
}

function endKinds(voice: Voice, slot: HealthSlot, kinds: readonly HealthKind[], end: End): void {
  const reason =
    end.trigger === 'rule_removed' ? { zh: '规则已停用或删除', en: 'rule disabled or removed' } : { zh: '测点已删除', en: 'point removed' };
  const version = pick(slot.versions, Infinity)?.rule.version ?? 0;
  for (const kind of kinds) turn(voice, slot, { kind, on: false, level: 'blue', t0: 0, version, reason, ...end });
}
