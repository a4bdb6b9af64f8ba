/**
 * Cumulative sums of standardised departures in both directions (Page 1954): C = max(0, C + z − k), a call when C reaches h.
 * With k = 0.5 and h = 5 independent values call once in about 465 by chance (both directions together), a shift of one deviation after about 10.
 *
 * Q1  One wild value proves no shift: z counts for at most ±5.
 * Q2  A run knows where it began (the estimated time of the change) and the mean of what it has seen (the estimated amount).
 */
import type { Millis } from '@anlan/contracts';

/** Departures in one direction since `since`. Nothing runs while `c` is 0. `lately`: where the last few of them lie, each counting half as much as the next. */
export type Run = { c: number; since: Millis; n: number; sum: number; lately: number; peak: number };
/** Mutable and plain: save it as it is. */
export type Cusum = { up: Run; down: Run };

export type Departure = Readonly<{
  t: Millis;
  /** In standard deviations. */
  z: number;
  /** In the unit of the point. */
  by: number;
}>;

export const WINSOR = 5;

export function newCusum(): Cusum {
  return { up: newRun(), down: newRun() };
}

export function winsorised(z: number): number {
  return Math.max(-WINSOR, Math.min(WINSOR, z));
}

/** Takes the next departure. `most`: where the sums stop growing, so that the way back is not longer than the way up. */
export function stepCusum(cusum: Cusum, departure: Departure, { k, most }: Readonly<{ k: number; most: number }>): void {
  const z = winsorised(departure.z);
  advance(cusum.up, departure, { gain: z - k, most });
  advance(cusum.down, departure, { gain: -z - k, most });
}

/** Whether nothing runs in either direction. */
export function isAtRest({ up, down }: Cusum): boolean {
  return up.c === 0 && down.c === 0;
}

/** Mean of a run's departures: by how much the level has moved since the run began. */
export function amountOf({ n, sum }: Run): number {
  return n === 0 ? 0 : sum / n;
}

export function restCusum({ up, down }: Cusum): void {
  rest(up);
  rest(down);
}

function newRun(): Run {
  return { c: 0, since: 0, n: 0, sum: 0, lately: 0, peak: 0 };
}

function rest(run: Run): void {
  run.c = 0;
  run.since = 0;
  run.n = 0;
  run.sum = 0;
  run.lately = 0;
  run.peak = 0;
}

function advance(run: Run, { t, by }: Departure, { gain, most }: Readonly<{ gain: number; most: number }>): void {
  const c = Math.min(most, run.c + gain);
  if (c <= 0) {
    if (run.c > 0) rest(run);
    return;
  }
  if (run.c === 0) {
    run.since = t;
    run.lately = by;
  }
  run.c = c;
  run.n += 1;
  run.sum += by;
  run.lately += (by - run.lately) / 2;
  if (c > run.peak) run.peak = c;
}
