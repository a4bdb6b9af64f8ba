/**
 * The last stretch of a series as at most so many bins of equal length, each the mean of its readings: a window of any length in bounded memory.
 *
 * W1  `bins` are those that are over; what is read from them changes with them only. The mean counts the open one too.
 * W2  The window holds the last bins that were fed, so a stretch that nobody fed (an alarm stood) is cut out, not remembered as silence.
 */
import type { Millis } from '@anlan/contracts';

/** Length 0: every reading is a bin of its own. */
export type TrailingSpec = Readonly<{ binMs: Millis; bins: number }>;

/** Mutable and plain: save it as it is. */
export type Trailing = { bins: number[]; from: Millis; sum: number; count: number };

export function newTrailing(): Trailing {
  return { bins: [], from: 0, sum: 0, count: 0 };
}

/** Takes the next reading. Returns whether a bin was closed. */
export function feed(trailing: Trailing, spec: TrailingSpec, { t, v }: Readonly<{ t: Millis; v: number }>): boolean {
  if (spec.binMs === 0) {
    keep(trailing, spec, v);
    return true;
  }
  const from = Math.floor(t / spec.binMs) * spec.binMs;
  const isOver = trailing.count > 0 && from !== trailing.from;
  if (isOver) {
    keep(trailing, spec, trailing.sum / trailing.count);
    trailing.sum = 0;
    trailing.count = 0;
  }
  trailing.from = from;
  trailing.sum += v;
  trailing.count += 1;
  return isOver;
}

function keep({ bins }: Trailing, spec: TrailingSpec, mean: number): void {
  bins.push(mean);
  if (bins.length > spec.bins) bins.shift();
}

/** Mean of the closed bins and the open one; NaN of none. */
export function trailingMean({ bins, sum, count }: Trailing): number {
  const closed = bins.reduce((total, mean) => total + mean, 0);
  return count === 0 ? closed / bins.length : (closed + sum / count) / (bins.length + 1);
}
