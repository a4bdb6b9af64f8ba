/** A jump that stays is a step, not a trend: does one explain the window better than any movement? */
import { DAY_MS } from './line.js';
import type { Step } from './state.js';

/** So much better, in mean squares of the noise, must a step explain the readings than a line or a bend: about three and a half deviations. */
const CLEARLY = 12;
/** One or two readings may be a spike yet (AS 4.11). */
const LEAST_BESIDE = 3;

type Sums = { n: number; t: number; x: number; tt: number; tx: number; xx: number };

/** Squares left about the mean. */
const aboutMean = (n: number, x: number, xx: number): number => (n > 0 ? Math.max(0, xx - (x * x) / n) : 0);

/** Squares left about level-then-ramp, the ramp beginning at `k` and over `after`. */
function aboutBend(all: Sums, after: Sums, k: number): number {
  const r = after.t - k * after.n;
  const rr = after.tt - 2 * k * after.t + k * k * after.n;
  const rx = after.tx - k * after.x;
  const spread = rr - (r * r) / all.n;
  const common = rx - (r * all.x) / all.n;
  return Math.max(0, aboutMean(all.n, all.x, all.xx) - (spread > 0 ? (common * common) / spread : 0));
}

/** The (t, mm, number) cells in days and mm from the first, without the uniform rate. */
function without(cells: readonly number[], uniform: number): readonly number[] {
  const t0 = cells[0] ?? 0;
  const x0 = cells[1] ?? 0;
  const rows = cells.slice();
  for (let i = 0; i < rows.length; i += 3) {
    const t = ((cells[i] ?? 0) - t0) / DAY_MS;
    rows[i] = t;
    rows[i + 1] = (cells[i + 1] ?? 0) - x0 - uniform * t;
  }
  return rows;
}

function add(sums: Sums, rows: readonly number[], i: number): void {
  const t = rows[i] ?? 0;
  const x = rows[i + 1] ?? 0;
  const n = rows[i + 2] ?? 0;
  sums.n += n;
  sums.t += n * t;
  sums.x += n * x;
  sums.tt += n * t * t;
  sums.tx += n * t * x;
  sums.xx += n * x * x;
}

/** The step in the (t, mm, number) cells, if one stands out against every line and bend. The uniform rate is taken off first. Two passes. */
export function findStep(cells: readonly number[], { uniform, sigma }: Readonly<{ uniform: number; sigma: number }>): Step | undefined {
  const rows = without(cells, uniform);
  const all: Sums = { n: 0, t: 0, x: 0, tt: 0, tx: 0, xx: 0 };
  for (let i = 0; i < rows.length; i += 3) add(all, rows, i);
  const after: Sums = { n: 0, t: 0, x: 0, tt: 0, tx: 0, xx: 0 };
  let moving = aboutMean(all.n, all.x, all.xx);
  let left = Infinity;
  let place = 0;
  let mm = 0;
  for (let i = rows.length - 3; i > 0; i -= 3) {
    add(after, rows, i);
    moving = Math.min(moving, aboutBend(all, after, rows[i - 3] ?? 0));
    const before = all.n - after.n;
    const rest = all.x - after.x;
    const both = aboutMean(before, rest, all.xx - after.xx) + aboutMean(after.n, after.x, after.xx);
    if (both >= left || before < LEAST_BESIDE || after.n < LEAST_BESIDE) continue;
    left = both;
    place = i;
    mm = after.x / after.n - rest / before;
  }
  const square = Math.max(sigma * sigma, left / Math.max(1, all.n - 3));
  return moving - left > CLEARLY * square ? { t: cells[place] ?? 0, mm } : undefined;
}
