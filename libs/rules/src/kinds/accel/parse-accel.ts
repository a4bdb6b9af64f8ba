/** `accel` as it is written (AS 4.21), with its defaults. */
import {
  ALARM_LEVELS,
  RED_NEEDS,
  rankOf,
  type AccelRule,
  type InverseVelocityTerms,
  type Millis,
  type UniformRate,
} from '@anlan/contracts';
import { parseLadder } from '../../parse-ladder.js';
import { intervalOf, type Ground } from '../../rule-ground.js';
import { asBody, finite, inside, longPeriod, oneOf, onlyKeys, period, say, text, type Body, type Place } from '../../shape.js';

/** Keys of the kind's own. */
export const ACCEL_KEYS = ['velocity', 'uniformRate', 'learn', 'direction', 'tangent', 'inverseVelocity', 'redNeeds'] as const;

/** Most velocities that a fit can have: see `stage.ts`. */
const MOST_POINTS = 48;
const MOST_PREDICTIONS = 10;
const HOUR_MS = 3_600_000;
/** Too short for displacement to show, and a window of a month shows a failure when it is over. */
const WINDOW = { least: HOUR_MS, most: 30 * 24 * HOUR_MS };

export function parseAccel(place: Place, body: Body, ground: Ground): AccelRule | undefined {
  const x = intervalOf(ground.points);
  const velocity = parseVelocity(inside(place, 'velocity'), body['velocity'] ?? {}, x);
  const uniform = parseUniform(inside(place, 'uniformRate'), body['uniformRate']);
  const tangent = parseTangent(inside(place, 'tangent'), body['tangent'] ?? {}, { x, hasLevels: body['levels'] !== undefined });
  const inverse = parseInverse(inside(place, 'inverseVelocity'), body['inverseVelocity'] ?? {}, x);
  const direction = body['direction'] === undefined ? 'rise' : oneOf(inside(place, 'direction'), body['direction'], ['rise', 'fall']);
  const redNeeds = parseRedNeeds(inside(place, 'redNeeds'), body['redNeeds'], ground);
  const learnMs = body['learn'] === undefined ? 28 * 24 * HOUR_MS : longPeriod(inside(place, 'learn'), body['learn'], x);
  if (!velocity || !uniform || !tangent || !inverse || !direction || !redNeeds || learnMs === undefined) return undefined;
  if (learnMs < 2 * velocity.windowMs) return say(inside(place, 'learn'), 'duration_range', 'must be at least two windows');
  const levels = body['levels'] ?? stages(tangent.persistMs);
  const ladder = parseLadder(place, { ...body, levels }, ground, { side: 'high', deadband: 0 });
  if (!ladder || !areStages(place, ladder.levels)) return undefined;
  const { yellow, orange, red } = tangent;
  return {
    ...ground.common,
    kind: 'accel',
    ...ladder,
    ...velocity,
    uniform,
    learnMs,
    tangent: { yellow, orange, red },
    inverse,
    direction,
    redNeeds,
  };
}

/** The ladder when none is written: each stage is its colour once it has lasted, and is over once it has been gone as long. */
function stages(persistMs: Millis): readonly Body[] {
  return ALARM_LEVELS.map((level) => ({ level, at: rankOf(level), onDelay: persistMs, offDelay: persistMs }));
}

/** Between two stages there is nothing to set a limit at. */
function areStages(place: Place, levels: AccelRule['levels']): boolean {
  const strange = levels.filter(({ at }) => at === undefined || !Number.isInteger(at) || at < 1 || at > 4);
  for (const { level } of strange) say(inside(place, 'levels'), 'stage', `${level} must stand at a stage: 1, 2, 3 or 4`);
  return strange.length === 0;
}

function parseVelocity(place: Place, value: unknown, x: Millis): Pick<AccelRule, 'windowMs' | 'noiseMm'> | undefined {
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['window', 'stamp', 'noiseMm']);
  if (body['stamp'] !== undefined) oneOf(inside(place, 'stamp'), body['stamp'], ['centre']);
  const windowMs = body['window'] === undefined ? 72 * HOUR_MS : period(inside(place, 'window'), body['window'], x);
  const noiseMm = body['noiseMm'] === undefined ? 1 : finite(inside(place, 'noiseMm'), body['noiseMm']);
  if (noiseMm !== undefined && !(noiseMm > 0)) say(inside(place, 'noiseMm'), 'number', 'must be more than 0');
  if (windowMs === undefined || noiseMm === undefined) return undefined;
  if (windowMs < WINDOW.least || windowMs > WINDOW.most)
    return say(inside(place, 'window'), 'duration_range', 'must be from 1 hour to 30 days');
  return { windowMs, noiseMm };
}

function parseUniform(place: Place, value: unknown): UniformRate | undefined {
  if (value === undefined) return { setBy: null };
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['value', 'unit', 'setBy']);
  if (body['unit'] !== undefined) oneOf(inside(place, 'unit'), body['unit'], ['mm/d']);
  const perDay = finite(inside(place, 'value'), body['value']);
  const setBy = text(inside(place, 'setBy'), body['setBy'], 200);
  if (body['setBy'] === undefined) say(inside(place, 'setBy'), 'required', 'who set the uniform rate must be named');
  if (perDay === undefined || setBy === undefined) return undefined;
  return perDay >= 0 ? { perDay, setBy } : say(inside(place, 'value'), 'number', 'must not be negative');
}

type Tangent = AccelRule['tangent'] & Readonly<{ persistMs: Millis }>;

function parseTangent(place: Place, value: unknown, { x, hasLevels }: Readonly<{ x: Millis; hasLevels: boolean }>): Tangent | undefined {
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['yellow', 'orange', 'red', 'persist']);
  const angle = (key: 'yellow' | 'orange' | 'red', absent: number): number | undefined =>
    body[key] === undefined ? absent : finite(inside(place, key), body[key]);
  const [yellow, orange, red] = [angle('yellow', 45), angle('orange', 80), angle('red', 85)];
  if (hasLevels && body['persist'] !== undefined)
    say(inside(place, 'persist'), 'levels', 'belongs to the levels when they are written: onDelay');
  const persistMs = body['persist'] === undefined ? 6 * HOUR_MS : period(inside(place, 'persist'), body['persist'], x);
  if (yellow === undefined || orange === undefined || red === undefined || persistMs === undefined) return undefined;
  if (yellow > 0 && yellow < orange && orange < red && red < 90) return { yellow, orange, red, persistMs };
  return say(place, 'level_order', 'angles must rise from yellow to red, between 0 and 90 degrees');
}

function parseInverse(place: Place, value: unknown, x: Millis): InverseVelocityTerms | undefined {
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['minR2', 'minPoints', 'stable', 'orangeIfBefore', 'redIfBefore']);
  const minR2 = within(inside(place, 'minR2'), body['minR2'] ?? 0.8, [0, 1]);
  const minPoints = whole(inside(place, 'minPoints'), body['minPoints'] ?? 8, [4, MOST_POINTS]);
  const stable = parseStable(inside(place, 'stable'), body['stable'] ?? {});
  const before = (key: 'orangeIfBefore' | 'redIfBefore', absent: Millis): Millis | undefined =>
    body[key] === undefined ? absent : period(inside(place, key), body[key], x);
  const orangeBeforeMs = before('orangeIfBefore', 7 * 24 * HOUR_MS);
  const redBeforeMs = before('redIfBefore', 48 * HOUR_MS);
  if (minR2 === undefined || minPoints === undefined || !stable || orangeBeforeMs === undefined || redBeforeMs === undefined)
    return undefined;
  if (redBeforeMs > orangeBeforeMs) return say(inside(place, 'redIfBefore'), 'level_order', 'must not be longer than orangeIfBefore');
  return { minR2, minPoints, ...stable, orangeBeforeMs, redBeforeMs };
}

function parseStable(place: Place, value: unknown): Pick<InverseVelocityTerms, 'stableN' | 'stableTol'> | undefined {
  const body = asBody(place, value);
  if (!body) return undefined;
  onlyKeys(place, body, ['n', 'tol']);
  const stableN = whole(inside(place, 'n'), body['n'] ?? 3, [2, MOST_PREDICTIONS]);
  const stableTol = within(inside(place, 'tol'), body['tol'] ?? 0.2, [0, 1]);
  return stableN === undefined || stableTol === undefined ? undefined : { stableN, stableTol };
}

function parseRedNeeds(place: Place, value: unknown, { common }: Ground): AccelRule['redNeeds'] | undefined {
  const needs = value === undefined ? 'both' : oneOf(place, value, RED_NEEDS);
  return needs === '2points' && common.scope.pointIds.length < 2
    ? say(place, 'combination', 'needs a rule over two points at least')
    : needs;
}

type Range = readonly [least: number, most: number];

function within(place: Place, value: unknown, [least, most]: Range): number | undefined {
  const given = finite(place, value);
  if (given === undefined || (given >= least && given <= most)) return given;
  return say(place, 'number', `must be from ${least} to ${most}`);
}

function whole(place: Place, value: unknown, range: Range): number | undefined {
  const given = within(place, value, range);
  return given === undefined || Number.isInteger(given) ? given : say(place, 'count', 'must be a whole number');
}
