/** Least squares over a window, with or without a step in it. Cost: one pass over the cells. */
import type { Millis } from '@anlan/contracts';
import { DAY_MS } from './state.js';

export type Line = Readonly<{
  readings: number;
  /** Mean time of the readings: what the velocity is the velocity of. */
  centre: Millis;
  /** Mean displacement, steps included. */
  mean: number;
  /** mm/d. */
  v: number;
  /** Sum of squares of time about the centre, d². */
  spread: number;
  from: Millis;
  to: Millis;
  /** Where the line stands now: through this mean at this time, from so many readings (those after a step). */
  endReadings: number;
  endCentre: Millis;
  endMean: number;
}>;

type Part = Readonly<{ n: number; t: number; x: number; tt: number; tx: number }>;
/** Sums of a window before and after a step; days and mm from the origin (t0, x0), so that large times and values cost no digits. */
export type Parts = Readonly<{ t0: Millis; x0: number; from: Millis; to: Millis; breakT: Millis; before: Part; after: Part }>;

const NO_PART: Part = { n: 0, t: 0, x: 0, tt: 0, tx: 0 };

/** Sums over (t, mean mm, number) cells. */
export function partsOf(cells: readonly number[], breakT = -Infinity): Parts {
  const t0 = cells.at(-3) ?? Number.NaN;
  const x0 = cells.at(-2) ?? 0;
  let first = 0;
  while (first < cells.length && (cells[first] ?? 0) < breakT) first += 3;
  return {
    t0,
    x0,
    from: cells[0] ?? t0,
    to: t0,
    breakT,
    before: sumOf(cells, { from: 0, to: first }, { t0, x0 }),
    after: sumOf(cells, { from: first, to: cells.length }, { t0, x0 }),
  };
}

function sumOf(
  cells: readonly number[],
  { from, to }: Readonly<{ from: number; to: number }>,
  { t0, x0 }: Readonly<{ t0: Millis; x0: number }>,
): Part {
  if (from === to) return NO_PART;
  let n = 0;
  let t = 0;
  let x = 0;
  let tt = 0;
  let tx = 0;
  for (let i = from; i < to; i += 3) {
    const dt = (cells[i] ?? 0) - t0;
    const dx = (cells[i + 1] ?? 0) - x0;
    const count = cells[i + 2] ?? 0;
    n += count;
    t += count * dt;
    x += count * dx;
    tt += count * dt * dt;
    tx += count * dt * dx;
  }
  return { n, t: t / DAY_MS, x, tt: tt / DAY_MS / DAY_MS, tx: tx / DAY_MS };
}

/**
 * The line through the cells and `more` (t, mm) readings; undefined without any spread in time. With a step one slope is fitted to both sides, each
 * about its own mean, so that the step itself is no movement.
 */
export function lineOf(parts: Parts, more: readonly number[]): Line | undefined {
  const { t0, x0, before } = parts;
  let { n, t, x, tt, tx } = parts.after;
  for (let i = 0; i < more.length; i += 2) {
    const dt = ((more[i] ?? 0) - t0) / DAY_MS;
    const dx = (more[i + 1] ?? 0) - x0;
    n += 1;
    t += dt;
    x += dx;
    tt += dt * dt;
    tx += dt * dx;
  }
  const all = before.n + n;
  const spread = spreadOf(before) + (n > 0 ? tt - (t * t) / n : 0);
  if (!(spread > 0) || n === 0) return undefined;
  return {
    readings: all,
    centre: t0 + Math.round(((before.t + t) / all) * DAY_MS),
    mean: x0 + (before.x + x) / all,
    v: (commonOf(before) + tx - (t * x) / n) / spread,
    spread,
    from: parts.from,
    to: more.at(-2) ?? parts.to,
    endReadings: n,
    endCentre: t0 + (t / n) * DAY_MS,
    endMean: x0 + x / n,
  };
}

const spreadOf = ({ n, t, tt }: Part): number => (n > 0 ? tt - (t * t) / n : 0);
const commonOf = ({ n, t, x, tx }: Part): number => (n > 0 ? tx - (t * x) / n : 0);
