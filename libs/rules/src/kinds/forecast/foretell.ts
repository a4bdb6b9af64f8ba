/** Is there a trend that leads to the limit, and when does it get there. */
import type { ForecastRule, Millis } from '@anlan/contracts';
import { restOf } from '../../estimate/bend.js';
import { crossingOf, type Crossing } from '../../estimate/crossing.js';
import { turnsOf, type Habit } from '../../estimate/habit.js';
import type { Holt } from '../../estimate/holt.js';
import { fillPoints, lineThrough, valueOnLine, type Line, type Ols, type Points } from '../../estimate/ols.js';
import { noiseOf, trendOf, type Trend } from '../../estimate/trend.js';
import { wanderOf } from '../../estimate/wander.js';

/** What was foretold. Times are event times, slopes in units per ms. */
export type Foretold = Readonly<{
  t: Millis;
  /** Value now, with its season. */
  level: number;
  slope: number;
  crossing: Crossing;
  /** The stretch with the trend: its start, and the values of its line there and now. */
  from: Millis;
  start: number;
  end: number;
  p: number;
  /** What the interval is made of. */
  noise: Noise;
}>;

type Noise = Readonly<{ sigma: number; nEff: number; slopeSd: number; stretchMs: Millis; wander: number }>;

/** A course to be looked at: the window's line and the level and slope that follow, both without the season. `lists`: to lay its points out in. */
export type Course = Readonly<{
  ols: Ols;
  holt: Holt;
  habit: Habit;
  whole: Line;
  seasonAt(t: Millis): number;
  hasSeason: boolean;
  t: Millis;
  lists: Readonly<{ ts: Millis[]; vs: number[] }>;
}>;

/** The interval holds the truth nine times of ten, if it goes on so. */
const Z = 2;
/** No slope of the real world keeps better than to this share of itself. */
const LEAST_WANDER = 0.1;
/** The whole window, its last half and its last quarter are looked at, shortest first. */
const SHARES = [0.25, 0.5, 1] as const;
/** Fewer points have no trend. */
export const LEAST_POINTS = 20;
const LEAST_PART_POINTS = 8;
/** AS 4.3: the least change over the stretch, in noise. */
const LEAST_CHANGE = 3;
/** The followed slope is set anew when it is so many standard deviations off that of the stretch. */
const RESEAT = 3;
/** What went this far and came back twice in the last eight windows does so by habit. */
export const HABIT_WINDOWS = 8;
const HABITS = 2;
/** Crossings are sought up to so many horizons: beyond, the late end of the interval is open. */
const LOOK = 3;

export const AHEAD = { high: 1, low: -1 } as const;

/** Of the stretches with a clear trend to the limit, the shortest that reaches it within what that stretch can tell. */
export function foretell(rule: ForecastRule, course: Course): Foretold | undefined {
  const all = fillPoints(course.lists, course.ols);
  for (const share of SHARES) {
    const stretch = stretchOf(rule, course, { all, share });
    const found = stretch && reached(rule, course, stretch);
    if (found) return found;
  }
  return undefined;
}

function reached(rule: ForecastRule, { holt, habit, seasonAt, t }: Course, { line, points, trend, share }: Stretch): Foretold | undefined {
  const sign = AHEAD[rule.target.side];
  const follower = Math.abs(holt.slope - line.slope) > RESEAT * trend.sd ? { level: valueOnLine(line, t), slope: line.slope } : holt;
  const { level, slope } = follower;
  const wander = Math.hypot(wanderOf(points, trend.sigma), LEAST_WANDER * slope);
  const noise = { sigma: trend.sigma, nEff: trend.nEff, slopeSd: trend.sd, stretchMs: line.to - line.from, wander };
  const ahead = {
    at: (lead: Millis) => level + slope * lead + seasonAt(t + lead),
    reach: (lead: Millis) => reachOf(noise, lead),
  };
  const crossing = crossingOf(ahead, { limit: rule.target.at, side: rule.target.side }, LOOK * rule.horizonMs);
  // A stretch tells no more of the time to come than its share of the horizon.
  if (!crossing || crossing.middle > rule.horizonMs * share) return undefined;
  const rest = restOf(points, trend);
  if (rest !== undefined && sign * (rest + seasonAt(t + crossing.middle) - rule.target.at) < 0) return undefined;
  const start = valueOnLine(line, line.from);
  if (turnsOf(habit, { start, now: level, sign, until: line.from }, HABIT_WINDOWS * rule.windowMs) >= HABITS) return undefined;
  holt.level = level;
  holt.slope = slope;
  const now = seasonAt(t);
  return {
    t,
    level: level + now,
    slope,
    crossing,
    from: line.from,
    start: start + now,
    end: valueOnLine(line, t) + now,
    p: trend.p,
    noise,
  };
}

/**
 * Half the width of the interval, `leadMs` ahead of the end of the stretch: noise of its line there, and how the slope wandered within it. (Holt's own
 * interval grows with lead³ for gains that follow noise: for a reading a minute and a horizon of 12 h it was open in 98 of 100 forecasts of a plain ramp.)
 */
export function reachOf({ sigma, nEff, slopeSd, stretchMs, wander }: Noise, leadMs: Millis): number {
  return Z * Math.hypot(sigma / Math.sqrt(Math.max(1, nEff)), slopeSd * (leadMs + stretchMs / 2), wander * leadMs);
}

type Stretch = Readonly<{ line: Line; points: Points; trend: Trend; share: number }>;

/** The last `share` of the window, if it has a clear trend to the limit: what began an hour ago only bends the line of a whole day. */
function stretchOf(rule: ForecastRule, course: Course, { all, share }: Readonly<{ all: Points; share: number }>): Stretch | undefined {
  const { whole } = course;
  const first = Math.max(0, all.ts.findIndex((t) => t >= whole.to - share * rule.windowMs)); // prettier-ignore
  const line = first === 0 ? whole : lineThrough(all, first);
  if (!line || line.n < LEAST_PART_POINTS || AHEAD[rule.target.side] * line.slope <= 0) return undefined;
  // Nearly always: nothing gets there in time, and nobody need know how sure that is.
  if (!course.hasSeason && !mayReach(rule, course, { line, withinMs: rule.horizonMs * share })) return undefined;
  const noise = noiseOf(line, all, first);
  // Or the change is lost in the noise, and nobody need know how likely it is.
  if (!(Math.abs(line.slope) * (line.to - line.from) >= LEAST_CHANGE * noise.sigma)) return undefined;
  const points = first === 0 ? all : { ts: all.ts.slice(first), vs: all.vs.slice(first) };
  const trend = trendOf(line, points, { memory: rule.memory, noise });
  // Three stretches are tried, so each must be three times as sure (Bonferroni).
  return trend.p <= rule.significance / SHARES.length ? { line, points, trend, share } : undefined;
}

/** Whether the line or the course that follows meets the limit within `withinMs`: both are straight, so their ends tell. */
function mayReach({ target }: ForecastRule, { holt, t }: Course, { line, withinMs }: Readonly<{ line: Line; withinMs: Millis }>): boolean {
  const sign = AHEAD[target.side];
  const isShort = (level: number, slope: number): boolean =>
    sign * (level - target.at) < 0 && sign * (level + slope * withinMs - target.at) < 0;
  return !(isShort(holt.level, holt.slope) && isShort(valueOnLine(line, t), line.slope));
}
