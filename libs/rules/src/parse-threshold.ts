import { ALARM_LEVELS, rankOf, type LevelStep, type ThresholdRule } from '@anlan/contracts';
import { intervalOf, type Ground } from './rule-ground.js';
import { asBody, count, finite, flag, inside, oneOf, onlyKeys, period, say, type Body, type Place } from './shape.js';

const SIDES = ['high', 'low', 'both'] as const;
const GATES = ['pause', 'reset', 'hold'] as const;
const LEVEL_KEYS = ['level', 'at', 'high', 'low', 'deadband', 'onDelay', 'offDelay', 'onCount', 'offCount', 'latching'] as const;
/** Ruling 6. */
const DEADBAND_OF_SPAN = 0.01;

export function parseThreshold(place: Place, body: Body, ground: Ground): ThresholdRule | undefined {
  const side = body['side'] === undefined ? 'high' : oneOf(inside(place, 'side'), body['side'], SIDES);
  const quality = body['quality'] === undefined ? 'pause' : oneOf(inside(place, 'quality'), body['quality'], GATES);
  const maxGapMs = body['maxGap'] === undefined ? undefined : period(inside(place, 'maxGap'), body['maxGap'], intervalOf(ground.points));
  if (maxGapMs === 0) say(inside(place, 'maxGap'), 'duration_range', 'must be longer than 0');
  const given = body['levels'];
  if (!Array.isArray(given) || given.length === 0 || given.length > ALARM_LEVELS.length) {
    return say(inside(place, 'levels'), 'levels', `must be a list of 1 to ${ALARM_LEVELS.length} levels`);
  }
  if (!side || !quality) return undefined;
  const levels = given.flatMap((one: unknown, i) => parseLevel(inside(inside(place, 'levels'), i), one, { side, ground }) ?? []);
  levels.sort((a, b) => rankOf(a.level) - rankOf(b.level));
  if (levels.length === given.length) checkOrder(inside(place, 'levels'), levels, side);
  return { ...ground.common, kind: 'threshold', side, quality, levels, ...(maxGapMs !== undefined && { maxGapMs }) };
}

type Side = ThresholdRule['side'];

function parseLevel(place: Place, value: unknown, { side, ground }: Readonly<{ side: Side; ground: Ground }>): LevelStep | undefined {
  const body = asBody(place, value);
  if (!body) return undefined;
  if (body['limit'] !== undefined || typeof body['at'] === 'object')
    return say(place, 'ref_unsupported', 'limits by reference are not available yet: write a number');
  onlyKeys(place, body, LEVEL_KEYS);
  const name = oneOf(inside(place, 'level'), body['level'], ALARM_LEVELS);
  const limits = parseLimits(place, body, side);
  const x = intervalOf(ground.points);
  const delay = (key: 'onDelay' | 'offDelay'): number => (body[key] === undefined ? 0 : (period(inside(place, key), body[key], x) ?? 0));
  const step = {
    deadband: parseDeadband(inside(place, 'deadband'), body['deadband'], ground),
    onDelayMs: delay('onDelay'),
    offDelayMs: delay('offDelay'),
    onCount: count(inside(place, 'onCount'), body['onCount']),
    offCount: count(inside(place, 'offCount'), body['offCount']),
    latching: flag(inside(place, 'latching'), body['latching'], false),
  };
  return name && limits ? { level: name, ...limits, ...step } : undefined;
}

function parseLimits(place: Place, body: Body, side: Side): Pick<LevelStep, 'at' | 'high' | 'low'> | undefined {
  const wanted = side === 'both' ? (['high', 'low'] as const) : (['at'] as const);
  const strange = (['at', 'high', 'low'] as const).filter((key) => body[key] !== undefined && !wanted.some((one) => one === key));
  for (const key of strange) say(inside(place, key), 'limit', `is not used with side ${side}`);
  const found = wanted.map((key) => [key, finite(inside(place, key), body[key])] as const);
  return found.every(([, limit]) => limit !== undefined) ? Object.fromEntries(found) : undefined;
}

/** Absent: 1 % of the smallest known span of the scope, else none. */
function parseDeadband(place: Place, value: unknown, { points }: Ground): number {
  if (value === undefined) {
    const spans = points.flatMap(({ metricSpan }) => (metricSpan !== undefined && metricSpan > 0 ? [metricSpan] : []));
    return spans.length > 0 ? DEADBAND_OF_SPAN * spans.reduce((least, span) => Math.min(least, span), Infinity) : 0;
  }
  const deadband = finite(place, value) ?? 0;
  if (deadband < 0) say(place, 'number', 'must not be negative');
  return deadband;
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
