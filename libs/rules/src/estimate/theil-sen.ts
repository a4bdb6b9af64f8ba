/**
 * Theil–Sen line (AS 4.4) through medians of at most `BINS` + 1 stretches of a sliding window: up to 29 % of the stretches may be nonsense, and within a
 * stretch half of the readings. All pairs are taken when a stretch begins: O(BINS²) then, O(1) for the readings in between.
 */
import type { Millis } from '@anlan/contracts';
import { SD_PER_MAD } from './quantile.js';

const BINS = 72;

/** Medians of medians (Rousseeuw and Bassett, JASA 85, 97, 1990): a median of up to `BASE`³ values from 3 · `BASE` kept ones. */
type Remedian = number[][];
const BASE = 11;
const TIERS = 3;

type Open = { first: Millis; last: Millis; values: Remedian };
/** Changed in place; plain JSON. */
export type MedianBins = { ts: number[]; vs: number[]; open: Open | null };

export type RobustLine = Readonly<{
  n: number;
  /** Units per ms: the median of the slopes of all pairs. */
  slope: number;
  /** Value of the line at `to`: its median distance from the points is 0. */
  at: number;
  /** Standard deviation of the slope as of least squares, from the median absolute distance, for points without memory. */
  sd: number;
  from: Millis;
  to: Millis;
}>;

export function startBins(): MedianBins {
  return { ts: [], vs: [], open: null };
}

/** Takes the next reading. Returns whether a stretch began with it. */
export function feedBins(state: MedianBins, sample: Readonly<{ t: Millis; v: number }>, windowMs: Millis): boolean {
  const { open } = state;
  if (open && sample.t - open.first < windowMs / BINS) {
    open.last = sample.t;
    take(open.values, sample.v);
    return false;
  }
  if (open) {
    state.ts.push((open.first + open.last) / 2);
    state.vs.push(middleOf(open.values));
  }
  state.open = { first: sample.t, last: sample.t, values: [[sample.v]] };
  const oldest = sample.t - windowMs;
  while (state.ts.length > 0 && (state.ts[0] ?? 0) < oldest) {
    state.ts.shift();
    state.vs.shift();
  }
  return true;
}

/** The line through the medians, the stretch that is going on included. Undefined under three points. */
export function robustLineOf({ ts, vs, open }: MedianBins): RobustLine | undefined {
  if (!open || ts.length < 2) return undefined;
  const times = [...ts, (open.first + open.last) / 2];
  const values = [...vs, middleOf(open.values)];
  const slope = medianOf(slopesOf(times, values));
  const to = times.at(-1) ?? 0;
  const distances = values.map((v, i) => v - slope * ((times[i] ?? 0) - to));
  const at = medianOf(distances);
  const sigma = SD_PER_MAD * medianOf(distances.map((d) => Math.abs(d - at)));
  const n = times.length;
  const mean = times.reduce((sum, t) => sum + (t - to), 0) / n;
  const spread = times.reduce((sum, t) => sum + (t - to - mean) ** 2, 0);
  return { n, slope, at, sd: spread > 0 ? sigma / Math.sqrt(spread) : Infinity, from: times[0] ?? to, to };
}

/** Slopes of all pairs that are apart. */
function slopesOf(times: readonly Millis[], values: readonly number[]): Float64Array {
  const slopes = new Float64Array((times.length * (times.length - 1)) / 2);
  let n = 0;
  for (let j = 1; j < times.length; j += 1) {
    for (let i = 0; i < j; i += 1) {
      const dt = (times[j] ?? 0) - (times[i] ?? 0);
      if (dt > 0) slopes[n++] = ((values[j] ?? 0) - (values[i] ?? 0)) / dt;
    }
  }
  return slopes.subarray(0, n);
}

function take(tiers: Remedian, value: number): void {
  let up: number | undefined = value;
  for (let i = 0; up !== undefined && i < TIERS; i += 1) {
    const tier = (tiers[i] ??= []);
    tier.push(up);
    up = tier.length < BASE ? undefined : medianOf(tier);
    if (up !== undefined) tiers[i] = i === TIERS - 1 ? [up] : [];
  }
}

/** Median of all that was taken: what each tier still holds weighs as much as it stands for. */
function middleOf(tiers: Remedian): number {
  const weighted = tiers.flatMap((tier, i) => tier.map((v) => ({ v, weight: BASE ** i }))).sort((a, b) => a.v - b.v);
  const half = weighted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let sum = 0;
  for (const [i, { v, weight }] of weighted.entries()) {
    sum += weight;
    if (sum > half) return v;
    if (sum === half) return (v + (weighted[i + 1]?.v ?? v)) / 2;
  }
  return Number.NaN;
}

function medianOf(values: ArrayLike<number>): number {
  // Typed arrays sort by value, many times faster than with a comparison.
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}
