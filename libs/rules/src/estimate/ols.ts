/**
 * Least-squares line through a sliding window of time (AS 4.3), O(1) a sample.
 *
 * The window is kept as at most `BINS` + 1 points: samples that fall into the same 1/72 of the window are one point, their mean at their mean time,
 * so sparse series (daily readings, a window of a week) are fitted sample by sample and dense ones cost no memory. A line stays exactly a line.
 * Times are counted from a moving origin in windows and values from a moving value, so that no sum ever holds squares of epoch milliseconds; all sums
 * are taken anew once per turnover of the window, so that what is added and subtracted leaves no rest.
 */
import type { Millis } from '@anlan/contracts';

const BINS = 72;

/** Sums over the closed points, times in windows from `o`, values from `x`. */
type Sums = { o: Millis; x: number; t: number; tt: number; v: number; vv: number; tv: number };
type Open = { first: Millis; n: number; t: Millis; v: number };

/** Changed in place; plain JSON. */
export type Ols = {
  /** Closed points, oldest first. */
  ts: number[];
  vs: number[];
  open: Open | null;
  sums: Sums;
  /** Closings until the sums are taken anew. */
  left: number;
};

export type Line = Readonly<{
  /** Points that the line is made of. */
  n: number;
  /** Units per ms. */
  slope: number;
  /** The line passes through this point, the middle of all. */
  tMean: Millis;
  vMean: number;
  /** Sum of squared distances from the line, and of the times from their mean (ms²). */
  sse: number;
  spread: number;
  from: Millis;
  to: Millis;
}>;

export type Points = Readonly<{ ts: readonly Millis[]; vs: readonly number[] }>;

export function startOls(): Ols {
  return { ts: [], vs: [], open: null, sums: { o: 0, x: 0, t: 0, tt: 0, v: 0, vv: 0, tv: 0 }, left: 0 };
}

/** Takes the next sample, `t` not before the last, and lets go of what is older than the window. */
export function stepOls(state: Ols, sample: Readonly<{ t: Millis; v: number }>, windowMs: Millis): void {
  const { open } = state;
  if (open && sample.t - open.first < windowMs / BINS) {
    open.n += 1;
    open.t += (sample.t - open.t) / open.n;
    open.v += (sample.v - open.v) / open.n;
  } else {
    if (open) close(state, open, windowMs);
    state.open = { first: sample.t, n: 1, t: sample.t, v: sample.v };
  }
  const oldest = sample.t - windowMs;
  while (state.ts.length > 0 && (state.ts[0] ?? 0) < oldest)
    add(state.sums, { t: state.ts.shift() ?? 0, v: state.vs.shift() ?? 0, sign: -1 }, windowMs);
}

/** The window as it would be with one more sample; the given one stays as it is. */
export function fedOls(state: Ols, sample: Readonly<{ t: Millis; v: number }>, windowMs: Millis): Ols {
  const { ts, vs, open, sums, left } = state;
  const copy = { ts: [...ts], vs: [...vs], open: open && { ...open }, sums: { ...sums }, left };
  stepOls(copy, sample, windowMs);
  return copy;
}

/** The line through the window as it stands; undefined under three points or when all have one time. */
export function lineOf(state: Ols, windowMs: Millis): Line | undefined {
  const { ts, sums, open } = state;
  const n = ts.length + (open ? 1 : 0);
  if (!open || n < 3) return undefined;
  const all = { ...sums };
  add(all, { t: open.t, v: open.v, sign: 1 }, windowMs);
  const tMean = all.t / n;
  const vMean = all.v / n;
  const stt = all.tt - n * tMean * tMean;
  if (!(stt > 0)) return undefined;
  const slope = (all.tv - n * tMean * vMean) / stt;
  return {
    n,
    slope: slope / windowMs,
    tMean: all.o + tMean * windowMs,
    vMean: all.x + vMean,
    sse: Math.max(0, all.vv - n * vMean * vMean - slope * slope * stt),
    spread: stt * windowMs * windowMs,
    from: ts[0] ?? open.first,
    to: open.t,
  };
}

/** Points of the window, oldest first, with the one that is being made. */
export function pointsOf({ ts, vs, open }: Ols): Points {
  return open ? { ts: [...ts, open.t], vs: [...vs, open.v] } : { ts, vs };
}

/** The same in lists that are there already, for whoever asks often. */
export function fillPoints(points: Readonly<{ ts: Millis[]; vs: number[] }>, { ts, vs, open }: Ols): Points {
  copy(points.ts, ts, open?.t);
  copy(points.vs, vs, open?.v);
  return points;
}

function copy(to: number[], from: readonly number[], last: number | undefined): void {
  for (let i = 0; i < from.length; i += 1) to[i] = from[i] ?? 0;
  let length = from.length;
  if (last !== undefined) to[length++] = last;
  while (to.length > length) to.pop();
}

/** The least-squares line through given points from number `first` on, taken about their means; undefined under three or when all have one time. O(n). */
export function lineThrough({ ts, vs }: Points, first = 0): Line | undefined {
  const n = ts.length - first;
  const from = ts[first] ?? 0;
  let tMean = 0;
  let vMean = 0;
  for (let i = first; i < ts.length; i += 1) {
    tMean += ((ts[i] ?? 0) - from) / n;
    vMean += (vs[i] ?? 0) / n;
  }
  tMean += from;
  let spread = 0;
  let cross = 0;
  let squares = 0;
  for (let i = first; i < ts.length; i += 1) {
    const t = (ts[i] ?? 0) - tMean;
    const v = (vs[i] ?? 0) - vMean;
    spread += t * t;
    cross += t * v;
    squares += v * v;
  }
  if (n < 3 || !(spread > 0)) return undefined;
  const slope = cross / spread;
  return { n, slope, tMean, vMean, sse: Math.max(0, squares - slope * cross), spread, from, to: ts.at(-1) ?? from };
}

export function valueOnLine(line: Pick<Line, 'slope' | 'tMean' | 'vMean'>, t: Millis): number {
  return line.vMean + line.slope * (t - line.tMean);
}

function close(state: Ols, open: Open, windowMs: Millis): void {
  state.ts.push(open.t);
  state.vs.push(open.v);
  state.left -= 1;
  if (state.left > 0) return add(state.sums, { t: open.t, v: open.v, sign: 1 }, windowMs);
  state.left = BINS;
  state.sums = { o: open.t, x: open.v, t: 0, tt: 0, v: 0, vv: 0, tv: 0 };
  for (let i = 0; i < state.ts.length; i += 1) add(state.sums, { t: state.ts[i] ?? 0, v: state.vs[i] ?? 0, sign: 1 }, windowMs);
}

function add(sums: Sums, point: Readonly<{ t: Millis; v: number; sign: 1 | -1 }>, windowMs: Millis): void {
  const t = (point.t - sums.o) / windowMs;
  const v = point.v - sums.x;
  sums.t += point.sign * t;
  sums.tt += point.sign * t * t;
  sums.v += point.sign * v;
  sums.vv += point.sign * v * v;
  sums.tv += point.sign * t * v;
}
