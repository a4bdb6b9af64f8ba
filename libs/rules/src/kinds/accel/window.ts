/**
 * The readings of one window, and what spikes do to them.
 *
 * W1  A reading is confirmed when two later ones are known. One that lies off its neighbours on both sides is a spike (AS 4.11): it never enters.
 * W2  Until then it counts in a velocity only if it lies on the course of the readings before, or if it and the next one go on in one direction.
 * W3  At most MOST_CELLS cells, whatever the rate of the readings; what lies apart shares no cell while there is room.
 */
import type { Millis } from '@anlan/contracts';
import { addReading, closedOf, offLine, openSums, sumsOf, type Sums } from './line.js';
import type { AccelState } from './state.js';

/** Cells of a window: two hours each at 72 h. */
const CELLS = 36;
const MOST_CELLS = 2 * CELLS;
/** Off by so many standard deviations is not noise. */
const OFF = 4;
/** A movement that grows faster than the window can follow is followed by the line through this many cells. */
const SHORT_COURSE = 6;
/** A run of readings that each are off goes on when it grows by at least this share of what it is off by. */
const GOES_ON = 0.25;
/** Noise is learned over about so many readings. */
const NOISE_READINGS = 100;
/** One reading adds no more than this many times the mean square: the square of three deviations. */
const NOISE_CLIP = 9;
/** Before so many readings there is no mean square to clip by. */
const NOISE_FIRST = 10;

/** Standard deviation of one reading in mm: stated, or shown by the readings if that is more. */
export function sigmaOf({ noise }: AccelState, noiseMm: number): number {
  return Math.max(noiseMm, Math.sqrt(noise.square));
}

type Admission = Readonly<{ windowMs: Millis; noiseMm: number; learns: boolean }>;

/** Takes the next reading and settles the one before the last two (W1). */
export function admit(state: AccelState, reading: Readonly<{ t: Millis; x: number }>, { windowMs, noiseMm, learns }: Admission): void {
  const { recent, cells } = state;
  recent.push(reading.t, reading.x);
  const i = recent.length - 6;
  if (i >= 0) {
    const off = OFF * sigmaOf(state, noiseMm);
    if (isSpike(recent, i, off)) removeReading(recent, i);
    else {
      if (learns && i >= 2) learnNoise(state, i);
      confirm(state, i, { widthMs: windowMs / CELLS, off });
      if (i >= 4) removeReading(recent, 0);
    }
  }
  let old = 0;
  while (old < cells.length && (cells[old] ?? 0) <= reading.t - windowMs) old += 3;
  if (old > 0) cells.splice(0, old);
}

/** `splice` makes a list of what it removes, for every reading. */
function removeReading(recent: number[], at: number): void {
  for (let j = at + 2; j < recent.length; j += 1) recent[j - 2] = recent[j] ?? 0;
  recent.pop();
  recent.pop();
}

/** Lies off all confirmed readings before it and off one of the two after it, on the same side. */
function isSpike(recent: readonly number[], i: number, off: number): boolean {
  const x = recent[i + 1] ?? 0;
  const next = (recent[i + 3] ?? 0) - x;
  const second = (recent[i + 5] ?? 0) - x;
  let below = Infinity;
  let above = Infinity;
  for (let j = 1; j < i; j += 2) {
    below = Math.min(below, x - (recent[j] ?? 0));
    above = Math.min(above, (recent[j] ?? 0) - x);
  }
  return (below > off && Math.min(next, second) < -off) || (above > off && Math.max(next, second) > off);
}

/** Scatter about the line between the neighbours: blind to trends, nearly blind to acceleration. */
function learnNoise({ noise, recent }: AccelState, i: number): void {
  const at = (k: number): number => recent[i + k] ?? 0;
  const share = at(2) > at(-2) ? (at(0) - at(-2)) / (at(2) - at(-2)) : 0.5;
  const left = at(1) - at(-1) - share * (at(3) - at(-1));
  const square = (left * left) / (1 + share * share + (1 - share) * (1 - share));
  noise.count = Math.min(noise.count + 1, NOISE_READINGS);
  const clipped = noise.count > NOISE_FIRST ? Math.min(square, NOISE_CLIP * noise.square) : square;
  noise.square += (clipped - noise.square) / noise.count;
}

type Grid = Readonly<{ widthMs: Millis; off: number }>;

function confirm({ cells, recent }: AccelState, place: number, { widthMs, off }: Grid): void {
  const t = recent[place] ?? 0;
  const x = recent[place + 1] ?? 0;
  const last = cells.length - 3;
  const from = cells[last] ?? Number.NEGATIVE_INFINITY;
  const mean = cells[last + 1] ?? 0;
  const shares = Math.floor(t / widthMs) === Math.floor(from / widthMs) && (Math.abs(x - mean) <= off || cells.length >= 3 * MOST_CELLS);
  if (!shares) {
    cells.push(t, x, 1);
    return;
  }
  const n = (cells[last + 2] ?? 0) + 1;
  cells[last] = Math.round(from + (t - from) / n);
  cells[last + 1] = mean + (x - mean) / n;
  cells[last + 2] = n;
}

export type Course = Readonly<{ sums: Sums; jump: number }>;

/** Sums of the window, with the unconfirmed readings that count already (W2), and how far the newest one is off when it does not. */
export function courseOf(state: AccelState, noiseMm: number): Course {
  const { recent, cells, step } = state;
  state.closed = closedOf(cells, step?.t, state.closed);
  const sums = openSums(state.closed, cells);
  const off = OFF * sigmaOf(state, noiseMm);
  const end = recent.length;
  const t = recent[end - 2] ?? 0;
  const x = recent[end - 1] ?? 0;
  const t1 = recent[end - 4] ?? 0;
  const x1 = recent[end - 3] ?? 0;
  const isOlderOn = end >= 4 && offLine(sums, t1, x1, off) === 0;
  if (isOlderOn) addReading(sums, t1, x1);
  // Nearly always: both lie on the course.
  if (!isOlderOn || offLine(sums, t, x, off) !== 0) return { sums, jump: jumpIn(state, { sums, off, isOlderOn }) };
  addReading(sums, t, x);
  return { sums, jump: 0 };
}

/** The same where one of the two is off the long course: those that count are added, and it is said how far the newest one is off. */
function jumpIn(state: AccelState, { sums, off, isOlderOn }: Readonly<{ sums: Sums; off: number; isOlderOn: boolean }>): number {
  const { recent } = state;
  const newest = { t: recent.at(-2) ?? 0, x: recent.at(-1) ?? 0 };
  const older = recent.length >= 4 ? { t: recent.at(-4) ?? 0, x: recent.at(-3) ?? 0 } : null;
  const first = older && !isOlderOn ? offCourse(state, { sums, before: null, off }, older) : 0;
  if (older && !isOlderOn && first === 0) addReading(sums, older.t, older.x);
  const second = offCourse(state, { sums, before: first === 0 ? older : null, off }, newest);
  const grown = older ? Math.sign(first) * (newest.x - older.x) : 0;
  const goesOn = older && first !== 0 && grown > off && grown > GOES_ON * Math.abs(first);
  if (goesOn) addReading(sums, older.t, older.x);
  if (goesOn || second === 0) addReading(sums, newest.t, newest.x);
  return goesOn ? 0 : second;
}

/** The readings that are not confirmed yet. */
export function openOf({ recent }: AccelState): readonly number[] {
  return recent.slice(-4);
}

type Read = Readonly<{ t: Millis; x: number }>;
type Before = Readonly<{ sums: Sums; before: Read | null; off: number }>;

/** How far a reading is from the course of those before it, the long and the short one; 0 when it is on one of them. */
function offCourse({ cells, step }: AccelState, { sums, before, off }: Before, reading: Read): number {
  const long = offLine(sums, reading.t, reading.x, off);
  if (long === 0) return 0;
  const short = sumsOf(cells, step?.t, cells.length / 3 - SHORT_COURSE);
  if (before) addReading(short, before.t, before.x);
  return offLine(short, reading.t, reading.x, off) === 0 ? 0 : long;
}
