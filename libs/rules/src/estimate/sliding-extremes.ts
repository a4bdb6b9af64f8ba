/**
 * Smallest and largest value of the last stretch of time with the time of each, O(1) amortised, in bounded memory: candidates are kept at least
 * 1/`GRAINS` of the window apart, so dense series know the edge of the window to that share, sparse ones exactly.
 */
import type { Millis } from '@anlan/contracts';

const GRAINS = 128;

/** Candidates, oldest first; the first is the extreme. Changed in place; plain JSON. */
type Candidates = { ts: number[]; vs: number[] };
export type SlidingExtremes = { least: Candidates; most: Candidates };
export type Extreme = Readonly<{ t: Millis; v: number }>;

export function startExtremes(): SlidingExtremes {
  return { least: { ts: [], vs: [] }, most: { ts: [], vs: [] } };
}

export function feedExtremes({ least, most }: SlidingExtremes, sample: Extreme, windowMs: Millis): void {
  keep(least, sample, { grain: windowMs / GRAINS, sign: -1 });
  keep(most, sample, { grain: windowMs / GRAINS, sign: 1 });
}

/** Lets go of what is older than `oldest`. */
export function dropBefore({ least, most }: SlidingExtremes, oldest: Millis): void {
  for (const { ts, vs } of [least, most]) {
    while (ts.length > 0 && (ts[0] ?? 0) < oldest) {
      ts.shift();
      vs.shift();
    }
  }
}

export function leastOf({ least }: SlidingExtremes): Extreme | undefined {
  return firstOf(least);
}

export function mostOf({ most }: SlidingExtremes): Extreme | undefined {
  return firstOf(most);
}

function firstOf({ ts, vs }: Candidates): Extreme | undefined {
  const [t] = ts;
  const [v] = vs;
  return t === undefined || v === undefined ? undefined : { t, v };
}

/** A candidate that is younger and at least as extreme makes the older ones needless. */
function keep({ ts, vs }: Candidates, { t, v }: Extreme, { grain, sign }: Readonly<{ grain: Millis; sign: 1 | -1 }>): void {
  while (vs.length > 0 && sign * (vs.at(-1) ?? 0) <= sign * v) {
    ts.pop();
    vs.pop();
  }
  const last = ts.at(-1);
  if (last !== undefined && t - last < grain) return;
  ts.push(t);
  vs.push(v);
}
