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
}>;

type Part = { n: number; t: number; x: number; tt: number; tx: number };
const NOTHING: Readonly<Part> = { n: 0, t: 0, x: 0, tt: 0, tx: 0 };

/** Sums of a window before and after a step; days and mm from an origin of its own (t0, x0), so that large times and values cost no digits. */
export type Sums = {
  readonly t0: Millis;
  readonly x0: number;
  readonly from: Millis;
  to: Millis;
  readonly before: Readonly<Part>;
  readonly after: Part;
};

/**
 * Sums over (t, mean mm, number) cells from number `first` on. With a step at `breakT` one slope is fitted to both sides, each about its own mean: the step
 * itself is no movement.
 */
export function sumsOf(cells: readonly number[], breakT = -Infinity, first = 0): Sums {
  const t0 = cells.at(-3) ?? Number.NaN;
  const x0 = cells.at(-2) ?? 0;
  const from = 3 * Math.max(0, first);
  let after = from;
  while (after < cells.length && (cells[after] ?? 0) < breakT) after += 3;
  return {
    t0,
    x0,
    from: cells[from] ?? t0,
    to: t0,
    before: after === from ? NOTHING : partOf(cells, from, after),
    after: partOf(cells, after, cells.length),
  };
}

/** The sums of one side; in variables of their own, for this runs for every reading. */
function partOf(cells: readonly number[], from: number, to: number): Part {
  const t0 = cells.at(-3) ?? Number.NaN;
  const x0 = cells.at(-2) ?? 0;
  let count = 0;
  let t = 0;
  let x = 0;
  let tt = 0;
  let tx = 0;
  for (let i = from; i < to; i += 3) {
    const dt = ((cells[i] ?? 0) - t0) / DAY_MS;
    const dx = (cells[i + 1] ?? 0) - x0;
    const n = cells[i + 2] ?? 0;
    count += n;
    t += n * dt;
    x += n * dx;
    tt += n * dt * dt;
    tx += n * dt * dx;
  }
  return { n: count, t, x, tt, tx };
}

/** Takes one more reading in, later than all so far. */
export function addReading(sums: Sums, t: Millis, x: number): void {
  const { after, t0, x0 } = sums;
  const dt = (t - t0) / DAY_MS;
  const dx = x - x0;
  sums.to = t;
  after.n += 1;
  after.t += dt;
  after.x += dx;
  after.tt += dt * dt;
  after.tx += dt * dx;
}

const spreadOf = ({ n, t, tt }: Readonly<Part>): number => (n > 0 ? tt - (t * t) / n : 0);
const commonOf = ({ n, t, x, tx }: Readonly<Part>): number => (n > 0 ? tx - (t * x) / n : 0);

/** How far a reading lies off the line, when that is more than `off` and what the line itself is uncertain by; else 0. */
export function offLine({ before, after, t0, x0 }: Sums, reading: Readonly<{ t: Millis; x: number }>, off: number): number {
  const spread = spreadOf(before) + spreadOf(after);
  if (!(spread > 0) || after.n === 0) return 0;
  const v = (commonOf(before) + commonOf(after)) / spread;
  const dt = (reading.t - t0) / DAY_MS - after.t / after.n;
  const mm = reading.x - x0 - after.x / after.n - v * dt;
  return Math.abs(mm) > off && Math.abs(mm) > off * Math.sqrt(1 + 1 / after.n + (dt * dt) / spread) ? mm : 0;
}

/** The line; undefined without any spread in time. */
export function lineOf({ t0, x0, from, to, before, after }: Sums): Line | undefined {
  const spread = spreadOf(before) + spreadOf(after);
  if (!(spread > 0) || after.n === 0) return undefined;
  const readings = before.n + after.n;
  return {
    readings,
    centre: t0 + Math.round(((before.t + after.t) / readings) * DAY_MS),
    mean: x0 + (before.x + after.x) / readings,
    v: (commonOf(before) + commonOf(after)) / spread,
    spread,
    from,
    to,
  };
}
