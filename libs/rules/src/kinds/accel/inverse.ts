/**
 * Time to failure by inverse velocity (Fukuzono 1985): near failure 1/v falls on a line that meets zero when the slope fails. AS 4.12.
 *
 * F1  No forecast unless every gate is passed: velocities that can be measured, well above the uniform rate, an onset of acceleration, enough points over a
 *     halving of 1/v, a falling line that explains them, bounds no wider than the time left, predictions that agree, a failure in the future, no step.
 *
 * The line is right where v grows with 1/(time left). Where it grows with a weaker power (0.9) the middle is late by a quarter to a half of the time left, and
 * only the early bound holds; where it grows with a stronger one the middle is early.
 */
import type { InverseVelocityTerms, Millis } from '@anlan/contracts';
import { DAY_MS } from './line.js';
import type { Forecast } from './state.js';

/** Short and long mean of velocities; while the short one is not above the long one nothing accelerates (domain practice). */
const SHORT = 3;
const LONG = 7;
/** Velocities of less than the newest over this say little of where the line ends. */
const NEAR = 8;
const HALVING = 2;
/** Standard errors to each side. */
const WIDE = 2;
/** Slopes that fail faster than the line says are on record (AS 4.12: corrections of 0.3 to 0.55 of the time left), so the early bound is drawn in. */
const EARLIER = 2 / 3;

type Ground = Readonly<{ t: Millis; least: number; minPoints: number; windowMs: Millis }>;

/** What the velocities (t, mm/d; oldest first) foretell at `t`; undefined without an acceleration above `least` to draw a line through. */
export function foreseen(tail: readonly number[], { t, least, minPoints, windowMs }: Ground): Forecast | undefined {
  const from = onsetOf(tail, least);
  const points = (tail.length - from) / 2;
  const v = tail.at(-1) ?? 0;
  if (points < minPoints) return undefined;
  const since = tail[from] ?? 0;
  const line = fit(tail, from);
  if (!line) return undefined;
  // Windows overlap: all these velocities tell as much as one for each window, and the two that a line takes.
  const share = points / Math.min(points, 2 + ((tail.at(-2) ?? 0) - since) / windowMs);
  const sd = line.sd * Math.sqrt(share);
  const moment = (days: number): Millis => Math.round(since + days * DAY_MS);
  const early = moment(line.zero - WIDE * sd);
  return {
    at: t,
    failure: moment(line.zero),
    from: Math.round(t + EARLIER * (early - t)),
    to: moment(line.zero + WIDE * sd),
    r2: line.r2,
    since,
    v,
  };
}

/** Where the acceleration begins: after the last velocity that is not above `least` or a small part of the newest. Nowhere (the end) without one. */
function onsetOf(tail: readonly number[], least: number): number {
  if (!(meanOfLast(tail, SHORT) > meanOfLast(tail, LONG))) return tail.length;
  const bound = Math.max(least, (tail.at(-1) ?? 0) / NEAR);
  let i = tail.length;
  while (i > 0 && (tail[i - 1] ?? 0) > bound) i -= 2;
  return i;
}

function meanOfLast(tail: readonly number[], count: number): number {
  const from = Math.max(0, tail.length - 2 * count);
  let sum = 0;
  for (let i = from; i < tail.length; i += 2) sum += tail[i + 1] ?? 0;
  return (2 * sum) / (tail.length - from);
}

/**
 * Line of 1/v over days since the first, each weighted with v²: between the weights of equal errors in 1/v and in v, for both noise and curvature. `zero` is
 * where it meets zero, in centred form t̄ − ȳ/b; its variance by the delta method. Undefined without a halving of 1/v, or when it does not fall.
 */
function fit(tail: readonly number[], from: number): Readonly<{ zero: number; sd: number; r2: number }> | undefined {
  const since = tail[from] ?? 0;
  const n = (tail.length - from) / 2;
  let sw = 0;
  let st = 0;
  let sy = 0;
  let least = Infinity;
  let most = 0;
  for (let i = from; i < tail.length; i += 2) {
    const v = tail[i + 1] ?? 0;
    sw += v * v;
    st += (v * v * ((tail[i] ?? 0) - since)) / DAY_MS;
    sy += v;
    least = Math.min(least, v);
    most = Math.max(most, v);
  }
  if (most < HALVING * least) return undefined;
  const t0 = st / sw;
  const y0 = sy / sw;
  let stt = 0;
  let sty = 0;
  let syy = 0;
  for (let i = from; i < tail.length; i += 2) {
    const v = tail[i + 1] ?? 0;
    const dt = ((tail[i] ?? 0) - since) / DAY_MS - t0;
    const dy = 1 / v - y0;
    stt += v * v * dt * dt;
    sty += v * v * dt * dy;
    syy += v * v * dy * dy;
  }
  const b = sty / stt;
  if (!(b < 0)) return undefined;
  const left = Math.max(0, syy - b * sty);
  const variance = left / (n - 2);
  const sd = Math.sqrt(variance / sw / (b * b) + (y0 * y0 * (variance / stt)) / b ** 4);
  return { zero: t0 - y0 / b, sd, r2: 1 - left / syy };
}

/** Whether the last predictions agree on when, as a share of the time that is left. */
export function agree(forecasts: readonly Forecast[], { stableN, stableTol }: InverseVelocityTerms): boolean {
  const last = forecasts.at(-1);
  if (!last || forecasts.length < stableN) return false;
  const room = stableTol * (last.failure - last.at);
  return forecasts.slice(-stableN).every(({ failure }) => Math.abs(failure - last.failure) <= room);
}
