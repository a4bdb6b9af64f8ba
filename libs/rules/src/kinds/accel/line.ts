/** Least squares over a window, with or without a step in it. Cost: one pass over the cells, or the newest one when all others are known (`Closed`). */
import type { Millis } from '@anlan/contracts';

export const DAY_MS = 86_400_000;

/**
 * Sums of a window before and after a step; days and mm from an origin of its own (t0, x0), so that large times and values cost no digits. One flat list of
 * numbers, made for every reading: t0, x0, first and last time, and for either side number, t, x, t², t·x.
 */
export type Sums = number[];
const [T0, X0, FROM, TO, BEFORE, AFTER] = [0, 1, 2, 3, 4, 9] as const;
const [N, T, X, TT, TX] = [0, 1, 2, 3, 4] as const;

/**
 * Sums over (t, mean mm, number) cells from number `first` on. With a step at `breakT` one slope is fitted to both sides, each about its own mean: the step
 * itself is no movement.
 */
export function sumsOf(cells: readonly number[], breakT = -Infinity, first = 0): Sums {
  return sumsUpTo(cells, breakT, { from: 3 * Math.max(0, first), to: cells.length });
}

function sumsUpTo(cells: readonly number[], breakT: Millis, { from, to }: Readonly<{ from: number; to: number }>): Sums {
  const t0 = cells[to - 3] ?? Number.NaN;
  const x0 = cells[to - 2] ?? 0;
  const sums = [t0, x0, cells[from] ?? t0, t0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = from; i < to; i += 3) addCell(sums, (cells[i] ?? 0) < breakT ? BEFORE : AFTER, cells, i);
  return sums;
}

/** Sums over cells that later readings do not change: all but the newest. `length`: of the cells with it. */
export type Closed = Readonly<{ length: number; breakT: Millis; sums: Sums }>;

/** `known`, or the sums taken anew if other cells are closed now or another step is known: the same whatever was known before. */
export function closedOf(cells: readonly number[], breakT = -Infinity, known: Closed | null): Closed {
  const { length } = cells;
  // Times rise, so as many cells from the same first one on are the same cells.
  if (known && known.length === length && known.breakT === breakT && known.sums[FROM] === cells[0] && length > 3) return known;
  return { length, breakT, sums: sumsUpTo(cells, breakT, { from: 0, to: length > 3 ? length - 3 : length }) };
}

/** Sums over all cells, to add readings to. */
export function openSums({ sums, breakT }: Closed, cells: readonly number[]): Sums {
  const i = cells.length - 3;
  if (i <= 0) return sums.slice();
  if ((cells[i] ?? 0) < breakT) return sumsOf(cells, breakT);
  const open = sums.slice();
  addCell(open, AFTER, cells, i);
  return open;
}

function addCell(sums: Sums, side: number, cells: readonly number[], i: number): void {
  const t = cells[i] ?? 0;
  const dt = (t - (sums[T0] ?? 0)) / DAY_MS;
  const dx = (cells[i + 1] ?? 0) - (sums[X0] ?? 0);
  const n = cells[i + 2] ?? 0;
  sums[TO] = t;
  sums[side + N] = (sums[side + N] ?? 0) + n;
  sums[side + T] = (sums[side + T] ?? 0) + n * dt;
  sums[side + X] = (sums[side + X] ?? 0) + n * dx;
  sums[side + TT] = (sums[side + TT] ?? 0) + n * dt * dt;
  sums[side + TX] = (sums[side + TX] ?? 0) + n * dt * dx;
}

/** Takes one more reading in, later than all so far. */
export function addReading(sums: Sums, t: Millis, x: number): void {
  const dt = (t - (sums[T0] ?? 0)) / DAY_MS;
  const dx = x - (sums[X0] ?? 0);
  sums[TO] = t;
  sums[AFTER + N] = (sums[AFTER + N] ?? 0) + 1;
  sums[AFTER + T] = (sums[AFTER + T] ?? 0) + dt;
  sums[AFTER + X] = (sums[AFTER + X] ?? 0) + dx;
  sums[AFTER + TT] = (sums[AFTER + TT] ?? 0) + dt * dt;
  sums[AFTER + TX] = (sums[AFTER + TX] ?? 0) + dt * dx;
}

function spreadOn(sums: Readonly<Sums>, side: number): number {
  const n = sums[side + N] ?? 0;
  const t = sums[side + T] ?? 0;
  return n > 0 ? (sums[side + TT] ?? 0) - (t * t) / n : 0;
}

function commonOn(sums: Readonly<Sums>, side: number): number {
  const n = sums[side + N] ?? 0;
  return n > 0 ? (sums[side + TX] ?? 0) - ((sums[side + T] ?? 0) * (sums[side + X] ?? 0)) / n : 0;
}

/** How many readings the line goes through. */
export function readingsIn(sums: Readonly<Sums>): number {
  return (sums[BEFORE + N] ?? 0) + (sums[AFTER + N] ?? 0);
}

/** First and last time. */
export function fromOf(sums: Readonly<Sums>): Millis {
  return sums[FROM] ?? 0;
}

export function toOf(sums: Readonly<Sums>): Millis {
  return sums[TO] ?? 0;
}

/** Sum of squares of time about the centre, d²; 0 where there is no line. */
export function spreadOf(sums: Readonly<Sums>): number {
  return (sums[AFTER + N] ?? 0) === 0 ? 0 : spreadOn(sums, BEFORE) + spreadOn(sums, AFTER);
}

/** mm/d. */
export function velocityOf(sums: Readonly<Sums>): number {
  return (commonOn(sums, BEFORE) + commonOn(sums, AFTER)) / spreadOf(sums);
}

/** Mean time of the readings: what the velocity is the velocity of. */
export function centreOf(sums: Readonly<Sums>): Millis {
  return (sums[T0] ?? 0) + Math.round((((sums[BEFORE + T] ?? 0) + (sums[AFTER + T] ?? 0)) / readingsIn(sums)) * DAY_MS);
}

/** Mean displacement, steps included. */
export function meanOf(sums: Readonly<Sums>): number {
  return (sums[X0] ?? 0) + ((sums[BEFORE + X] ?? 0) + (sums[AFTER + X] ?? 0)) / readingsIn(sums);
}

/** How far a reading lies off the line, when that is more than `off` and what the line itself is uncertain by; else 0. */
export function offLine(sums: Readonly<Sums>, t: Millis, x: number, off: number): number {
  const spread = spreadOf(sums);
  if (!(spread > 0)) return 0;
  const n = sums[AFTER + N] ?? 0;
  const dt = (t - (sums[T0] ?? 0)) / DAY_MS - (sums[AFTER + T] ?? 0) / n;
  const mm = x - (sums[X0] ?? 0) - (sums[AFTER + X] ?? 0) / n - velocityOf(sums) * dt;
  return Math.abs(mm) > off && Math.abs(mm) > off * Math.sqrt(1 + 1 / n + (dt * dt) / spread) ? mm : 0;
}
