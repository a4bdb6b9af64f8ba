/**
 * The ladder that every rule but `health` has: levels with limits, deadbands, delays, counts, and how gaps count.
 *
 * Long form: `levels: [{level, at | high, low, deadband?, onDelay?, …}]`. Short form of one level: `level` beside the kind's own keys, with the kind's
 * own limit, and the rest of the level's keys at the top.
 */
import { ALARM_LEVELS, rankOf, type LadderedRule, type LevelStep } from '@anlan/contracts';
import { intervalOf, type Ground } from './rule-ground.js';
import { asBody, count, finite, flag, inside, oneOf, onlyKeys, period, say, type Body, type Place } from './shape.js';

type Side = LadderedRule<string>['side'];

/** The ladder's part of a rule. */
export type LadderPart = Pick<LadderedRule<string>, 'side' | 'quality' | 'maxGapMs' | 'levels'>;

/** What the kind says of its ladder. */
export type LadderTerms = Readonly<{
  side: Side;
  /** Limit of the short form, in the unit of the score (two-sided: ± this). Absent: this kind has no short form. */
  at?: number;
  /** Deadband where none is written: 1 % of the metric's span (ruling 6), or, for scores, this share of the limit's amount. Absent: a tenth. */
  deadband?: 'ofSpan' | number;
}>;

const GATES = ['pause', 'reset', 'hold'] as const;
const STEP_KEYS = ['deadband', 'onDelay', 'offDelay', 'onCount', 'offCount', 'latching'] as const;
const LEVEL_KEYS = ['level', 'at', 'high', 'low', ...STEP_KEYS] as const;
/** Ruling 6. */
const DEADBAND_OF_SPAN = 0.01;
/** A score wavers in proportion to itself, so the way back is a share of the limit. */
const DEADBAND_OF_LIMIT = 0.1;

/** Keys of a ladder without a short form. */
export const LONG_LADDER_KEYS = ['quality', 'maxGap', 'levels'] as const;
/** Keys of a ladder that knows the short form too. */
export const LADDER_KEYS = [...LONG_LADDER_KEYS, 'level', ...STEP_KEYS] as const;

/** Reads the ladder of a rule body; says every fault at its place and then returns undefined. */
export function parseLadder(place: Place, body: Body, ground: Ground, terms: LadderTerms): LadderPart | undefined {
  const quality = body['quality'] === undefined ? 'pause' : oneOf(inside(place, 'quality'), body['quality'], GATES);
  const maxGapMs = body['maxGap'] === undefined ? undefined : period(inside(place, 'maxGap'), body['maxGap'], intervalOf(ground.points));
  if (maxGapMs === 0) say(inside(place, 'maxGap'), 'duration_range', 'must be longer than 0');
  const levels = isShort(body, terms) ? parseShort(place, body, { terms, ground }) : parseLong(place, body, { terms, ground });
  return quality && levels ? { side: terms.side, quality, levels, ...(maxGapMs !== undefined && { maxGapMs }) } : undefined;
}

type Manner = Readonly<{ terms: LadderTerms; ground: Ground }>;

function isShort(body: Body, { at }: LadderTerms): boolean {
  return at !== undefined && body['levels'] === undefined && body['level'] !== undefined;
}

function parseLong(place: Place, body: Body, manner: Manner): readonly LevelStep[] | undefined {
  const given = body['levels'];
  if (manner.terms.at !== undefined) {
    const strange = (['level', ...STEP_KEYS] as const).filter((key) => body[key] !== undefined);
    for (const key of strange) say(inside(place, key), 'levels', 'belongs to the short form: write it inside levels');
  }
  const most = ALARM_LEVELS.length;
  if (!Array.isArray(given) || given.length === 0 || given.length > most)
    return say(inside(place, 'levels'), 'levels', `must be a list of 1 to ${most} levels`);
  const levels = given.flatMap((one: unknown, i) => parseLevel(inside(inside(place, 'levels'), i), one, manner) ?? []);
  levels.sort((a, b) => rankOf(a.level) - rankOf(b.level));
  if (levels.length === given.length) checkOrder(inside(place, 'levels'), levels, manner.terms.side);
  return levels;
}

function parseShort(place: Place, body: Body, manner: Manner): readonly LevelStep[] | undefined {
  const { side, at = 0 } = manner.terms;
  const limits = side === 'both' ? { high: Math.abs(at), low: -Math.abs(at) } : { at };
  const level = parseLevelNamed(place, body, { ...manner, limits });
  if (!level) return undefined;
  checkOrder(place, [level], side);
  return [level];
}

type Limits = Pick<LevelStep, 'at' | 'high' | 'low'>;

function parseLevel(place: Place, value: unknown, manner: Manner): LevelStep | undefined {
  const body = asBody(place, value);
  if (!body) return undefined;
  if (body['limit'] !== undefined || typeof body['at'] === 'object')
    return say(place, 'ref_unsupported', 'a reference must be worked out to a number before the rule is read');
  onlyKeys(place, body, LEVEL_KEYS);
  return parseLevelNamed(place, body, { ...manner, limits: parseLimits(place, body, manner.terms.side) });
}

function parseLevelNamed(
  place: Place,
  body: Body,
  { limits, terms, ground }: Manner & Readonly<{ limits: Limits | undefined }>,
): LevelStep | undefined {
  const name = oneOf(inside(place, 'level'), body['level'], ALARM_LEVELS);
  const x = intervalOf(ground.points);
  const delay = (key: 'onDelay' | 'offDelay'): number => (body[key] === undefined ? 0 : (period(inside(place, key), body[key], x) ?? 0));
  const step = {
    deadband: parseDeadband(inside(place, 'deadband'), body['deadband'], { limits, terms, ground }),
    onDelayMs: delay('onDelay'),
    offDelayMs: delay('offDelay'),
    onCount: count(inside(place, 'onCount'), body['onCount']),
    offCount: count(inside(place, 'offCount'), body['offCount']),
    latching: flag(inside(place, 'latching'), body['latching'], false),
  };
  return name && limits ? { level: name, ...limits, ...step } : undefined;
}

function parseLimits(place: Place, body: Body, side: Side): Limits | undefined {
  const wanted = side === 'both' ? (['high', 'low'] as const) : (['at'] as const);
  const strange = (['at', 'high', 'low'] as const).filter((key) => body[key] !== undefined && !wanted.some((one) => one === key));
  for (const key of strange) say(inside(place, key), 'limit', `is not used with side ${side}`);
  const found = wanted.map((key) => [key, finite(inside(place, key), body[key])] as const);
  return found.every(([, limit]) => limit !== undefined) ? Object.fromEntries(found) : undefined;
}

function parseDeadband(place: Place, value: unknown, manner: Manner & Readonly<{ limits: Limits | undefined }>): number {
  if (value === undefined) return deadbandOf(manner);
  const deadband = finite(place, value) ?? 0;
  if (deadband < 0) say(place, 'number', 'must not be negative');
  return deadband;
}

function deadbandOf({ terms, limits, ground: { points } }: Manner & Readonly<{ limits: Limits | undefined }>): number {
  const { deadband = DEADBAND_OF_LIMIT } = terms;
  if (deadband !== 'ofSpan') return deadband * Math.min(...Object.values(limits ?? { at: 0 }).map(Math.abs));
  const spans = points.flatMap(({ metricSpan }) => (metricSpan !== undefined && metricSpan > 0 ? [metricSpan] : []));
  return spans.length > 0 ? DEADBAND_OF_SPAN * spans.reduce((least, span) => Math.min(least, span), Infinity) : 0;
}

/** Graver levels lie farther out. A two-sided level needs room to clear between its limits. */
function checkOrder(place: Place, levels: readonly LevelStep[], side: Side): void {
  levels.forEach((step, i) => {
    const milder = levels[i - 1];
    if (milder?.level === step.level) say(place, 'level_twice', `has ${step.level} twice`);
    else if (milder && !isFarther(milder, step, side)) say(place, 'level_order', `${step.level} must lie beyond ${milder.level}`);
    if (side === 'both' && (step.low ?? 0) + step.deadband >= (step.high ?? 0) - step.deadband)
      say(place, 'level_room', `${step.level} has no room between low and high`);
  });
}

function isFarther(milder: LevelStep, graver: LevelStep, side: Side): boolean {
  const up = side === 'both' ? 'high' : 'at';
  const down = side === 'both' ? 'low' : 'at';
  const isHigher = (graver[up] ?? 0) > (milder[up] ?? 0);
  const isLower = (graver[down] ?? 0) < (milder[down] ?? 0);
  return side === 'high' ? isHigher : side === 'low' ? isLower : isHigher && isLower;
}
