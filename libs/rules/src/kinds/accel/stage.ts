/** From readings to the stage of the movement: the detector's step. */
import type { AccelRule, Millis } from '@anlan/contracts';
import type { Input } from '../../detector.js';
import { agree, foreseen } from './inverse.js';
import { centreOf, fromOf, meanOf, readingsIn, spreadOf, toOf, velocityOf } from './line.js';
import { doubtOf, excessOf, learnQuiet, uniformOf } from './quiet.js';
import type { AccelState, Finding, Forecast, Step } from './state.js';
import { findStep } from './step.js';
import { admit, courseOf, openOf, sigmaOf, type Course } from './window.js';

/** Fewer readings make no velocity. */
const LEAST_READINGS = 5;
/** Nor do readings over less than this share of the window. */
const LEAST_SPAN = 0.5;
/** So many standard errors above noise, and above the uniform rate (AS 4.12). */
const CERTAIN = 3;
/** Velocities are kept at this share of the window, so many of them. */
const TAIL_PER_WINDOW = 12;
const TAIL = 48;
/** The inverse velocity speaks from this many times the uniform rate (AS 4.12). */
const LEAST_RATIO = 3;
/** A movement at less than this share of the velocity at which a failure was foreseen has slowed down. */
const SLOWED = 0.5;
/** Red, but for a second point that says so too: orange until then. */
export const ALONE = 3.5;
const SIGN = { rise: 1, fall: -1 } as const;
const DEGREES = 180 / Math.PI;

/** Takes the next reading. Returns the stage, or undefined while there is no velocity or no uniform rate to compare with. */
export function stepAccel(rule: AccelRule, state: AccelState, { t, v, certain, gapMs, open }: Input): number | undefined {
  // Nothing is learned from what may be wrong, and a velocity is learned from all its readings.
  if (!certain) return undefined;
  const { windowMs, noiseMm } = rule;
  if (gapMs > windowMs) beginAnew(state);
  admit(state, { t, x: SIGN[rule.direction] * v }, { windowMs, noiseMm, learns: !open });
  if (state.step && state.step.t <= t - windowMs) state.step = null;
  const course = courseOf(state, noiseMm);
  if (!isUneventful(rule, state, course)) return examine(rule, state, { t, course, open });
  state.now = null;
  return 0;
}

type Case = Readonly<{ t: Millis; course: Course; open: boolean }>;

/** The course may be more than at rest, or its velocity is to be kept. */
function examine(rule: AccelRule, state: AccelState, { t, course, open }: Case): number | undefined {
  const isKnown = uniformOf(rule, state) !== undefined;
  const speed = speedOf(rule, state, { t, course });
  const found = speed && !isQuiet(state, speed) ? look(rule, state, speed) : null;
  if (found) state.sound = found.jump === 0 ? (found.forecast ?? standing(state, found.v)) : state.sound;
  const seen = found ?? speed;
  if (seen?.jump === 0) keep(rule, state, { seen, learns: !open && ((found?.rank ?? 0) < 2 || !isKnown) });
  state.now = isKnown && found && found.rank > 0 ? found : null;
  return speed && isKnown ? (found?.rank ?? 0) : undefined;
}

/** After a gap the movement is unknown; the instrument and the slope are the same. */
function beginAnew(state: AccelState): void {
  state.cells = [];
  state.recent = [];
  state.tail = [];
  state.forecasts = [];
  state.sound = null;
  state.step = null;
  state.now = null;
}

type Speed = Pick<Finding, 't' | 'centre' | 'from' | 'mean' | 'v' | 'se' | 'known' | 'jump'>;

/** Nearly always: at rest, and no velocity is due to be kept. What `speedOf`, `isQuiet` and `isDue` say, without making anything. */
function isUneventful(rule: AccelRule, state: AccelState, { sums, jump }: Course): boolean {
  const known = uniformOf(rule, state);
  if (known === undefined || !isLong(rule, sums) || isDue(rule, state, centreOf(sums))) return false;
  return isQuiet(state, { v: velocityOf(sums), se: errorOf(rule, state, spreadOf(sums)), known, jump });
}

/** Are there enough readings for a velocity, and over enough time. */
function isLong({ windowMs }: AccelRule, sums: Course['sums']): boolean {
  return spreadOf(sums) > 0 && readingsIn(sums) >= LEAST_READINGS && toOf(sums) - fromOf(sums) >= LEAST_SPAN * windowMs;
}

/** Standard error of a velocity. */
function errorOf({ noiseMm }: AccelRule, state: AccelState, spread: number): number {
  return (excessOf(state) * sigmaOf(state, noiseMm)) / Math.sqrt(spread);
}

/** The velocity of the window; undefined while there are too few readings, or over too short a time. */
function speedOf(rule: AccelRule, state: AccelState, { t, course }: Readonly<{ t: Millis; course: Course }>): Speed | undefined {
  const { sums, jump } = course;
  if (!isLong(rule, sums)) return undefined;
  const known = uniformOf(rule, state) ?? 0;
  const se = errorOf(rule, state, spreadOf(sums));
  return { t, centre: centreOf(sums), from: fromOf(sums), mean: meanOf(sums), v: velocityOf(sums), se, known, jump };
}

/** At rest for certain: whatever else is reckoned comes to stage 0. */
function isQuiet({ step, sound }: AccelState, { v, se, known, jump }: Pick<Speed, 'v' | 'se' | 'known' | 'jump'>): boolean {
  const least = CERTAIN * se;
  return jump === 0 && !step && !sound && v - known < least && (v < least || v < LEAST_RATIO * known);
}

function look(rule: AccelRule, state: AccelState, speed: Speed): Finding {
  const found = judge(rule, state, speed);
  if (state.step || (found.rank < 2 && found.jump === 0)) return found;
  // Readings that err together make steps as well as trends.
  const course = { uniform: found.known, sigma: excessOf(state) * sigmaOf(state, rule.noiseMm) };
  const step = findStep([...state.cells, ...asCells(openOf(state))], course);
  if (!step) return found;
  settle(state, step, rule.windowMs);
  return judge(rule, state, speedOf(rule, state, { t: speed.t, course: courseOf(state, rule.noiseMm) }) ?? speed);
}

function asCells(readings: readonly number[]): readonly number[] {
  const cells: number[] = [];
  for (let i = 0; i < readings.length; i += 2) cells.push(readings[i] ?? 0, readings[i + 1] ?? 0, 1);
  return cells;
}

/** From now on the step is no movement; what it has entered already is forgotten. */
function settle(state: AccelState, step: Step, windowMs: Millis): void {
  state.step = step;
  const clean = step.t - windowMs / 2;
  while (state.tail.length > 0 && (state.tail.at(-2) ?? 0) > clean) state.tail.length -= 2;
  state.forecasts = [];
  state.sound = null;
}

function judge(rule: AccelRule, state: AccelState, speed: Speed): Finding {
  const { v, se, known, jump } = speed;
  const uniform = Math.max(known, CERTAIN * se);
  const angle = Math.atan2(Math.max(0, v), uniform) * DEGREES;
  // While the newest readings may be a spike, a step or the beginning of something, the stage stands.
  if (jump !== 0) return { ...speed, uniform, angle, forecast: null, rank: Math.max(1, state.now?.rank ?? 0) };
  const forecast = foresee(rule, state, speed);
  return { ...speed, uniform, angle, forecast, rank: stageOf(rule, state, { speed, angle, forecast }) };
}

/** The forecast, if every gate is passed (F1). */
function foresee({ inverse, windowMs }: AccelRule, state: AccelState, { v, centre, se, known, t }: Speed): Forecast | null {
  if (v < CERTAIN * se || v < LEAST_RATIO * known || state.step) return null;
  const made = foreseen([...state.tail, centre, v], { t, least: known + CERTAIN * se, minPoints: inverse.minPoints, windowMs });
  if (!made || made.failure <= t || made.r2 < inverse.minR2 || made.to - made.failure > (made.failure - t) / 2) return null;
  return agree([...state.forecasts, made], inverse) ? made : null;
}

type Sight = Readonly<{ speed: Speed; angle: number; forecast: Forecast | null }>;

/** Rank 0 to 4, from the tangent angle and from the time that is left. */
function stageOf(rule: AccelRule, state: AccelState, { speed, angle, forecast }: Sight): number {
  const { v, se, known, t } = speed;
  const isFaster = v - known >= CERTAIN * se * doubtOf(rule, state);
  const byAngle = isFaster ? rankOfAngle(rule, angle) : 0;
  const byTime = rankOfTime(rule, forecast ?? standing(state, v), t);
  const most = Math.max(byAngle, byTime);
  const movement = most === 4 ? redOf(rule, Math.min(byAngle, byTime) === 4) : most;
  return movement === 0 && state.step ? 1 : movement;
}

/** What a point is at that has come to red by one of the two, or by both. */
function redOf({ redNeeds }: AccelRule, isBoth: boolean): number {
  switch (redNeeds) {
    case 'either':
      return 4;
    case 'both':
      return isBoth ? 4 : 3;
    case '2points':
      return ALONE;
    case '2points|both':
      return isBoth ? 4 : ALONE;
  }
}

function rankOfAngle({ tangent }: AccelRule, angle: number): number {
  return angle >= tangent.red ? 4 : angle >= tangent.orange ? 3 : angle >= tangent.yellow ? 2 : 0;
}

function rankOfTime({ inverse }: AccelRule, forecast: Forecast | null, t: Millis): number {
  if (!forecast) return 0;
  const left = forecast.to - t;
  return left < inverse.redBeforeMs ? 4 : left < inverse.orangeBeforeMs ? 3 : 2;
}

/** A forecast stands until the movement slows down, though no new one passes the gates: a failure that is overdue is not called off. */
function standing({ sound }: AccelState, v: number): Forecast | null {
  return sound && v >= SLOWED * sound.v ? sound : null;
}

/** Is the last velocity kept old enough for the next. */
function isDue({ windowMs }: AccelRule, { tail }: AccelState, centre: Millis): boolean {
  const last = tail[tail.length - 2];
  return last === undefined || centre - last >= windowMs / TAIL_PER_WINDOW;
}

/** Keeps this velocity and what it predicts for those to come, when the last one kept is old enough. */
function keep(rule: AccelRule, state: AccelState, { seen, learns }: Readonly<{ seen: Speed; learns: boolean }>): void {
  const { v, centre, t, se, known } = seen;
  if (!isDue(rule, state, centre)) return;
  if (learns) learnQuiet(rule, state, seen);
  state.tail.push(centre, Math.round(v * 1e6) / 1e6);
  if (state.tail.length > 2 * TAIL) state.tail.splice(0, 2);
  const { minPoints, stableN } = rule.inverse;
  const made = foreseen(state.tail, { t, least: known + CERTAIN * se, minPoints, windowMs: rule.windowMs });
  if (made) state.forecasts = [...state.forecasts, made].slice(1 - stableN);
  else if (state.forecasts.length > 0) state.forecasts = [];
}
