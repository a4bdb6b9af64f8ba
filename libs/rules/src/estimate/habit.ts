/**
 * Has a value been here before and turned back? Pumps, tides and shifts go up and come down again; that way up is no news until it leads higher than
 * before. Remembered are lowest and highest values of `BLOCKS` stretches, so how often is known to a stretch only.
 */
import type { Millis } from '@anlan/contracts';

const BLOCKS = 32;

/** Youngest last; `key` is that of the youngest. A stretch without readings is NaN, which JSON makes null. Changed in place. */
export type Habit = { key: number; lows: number[]; highs: number[] };
/** As it comes back from JSON. */
export type SavedHabit = Readonly<{ key: number; lows: readonly (number | null)[]; highs: readonly (number | null)[] }>;

const NONE = Number.NaN;

export function startHabit(): Habit {
  return { key: 0, lows: [], highs: [] };
}

export function loadHabit({ key, lows, highs }: SavedHabit): Habit {
  const read = (all: readonly (number | null)[]): number[] => all.map((v) => v ?? NONE);
  return { key, lows: read(lows), highs: read(highs) };
}

/** Learns a value; all stretches together span `overMs`. */
export function learnHabit(habit: Habit, { t, v }: Readonly<{ t: Millis; v: number }>, overMs: Millis): void {
  const { lows, highs } = habit;
  const key = keyOf(t, overMs);
  if (key !== habit.key || lows.length === 0) begin(habit, key);
  const i = lows.length - 1;
  const low = lows[i] ?? NONE;
  const high = highs[i] ?? NONE;
  if (!(low <= v)) lows[i] = v;
  if (!(high >= v)) highs[i] = v;
}

/** A stretch begins; those that are too old are forgotten. */
function begin(habit: Habit, key: number): void {
  const { lows, highs } = habit;
  const isEmpty = lows.length === 0 || key - habit.key >= BLOCKS;
  if (isEmpty) lows.length = highs.length = 0;
  for (let k = isEmpty ? key : habit.key + 1; k <= key; k += 1) {
    lows.push(NONE);
    highs.push(NONE);
  }
  while (lows.length > BLOCKS) {
    lows.shift();
    highs.shift();
  }
  habit.key = key;
}

/**
 * How often before `until` the value was at least as far as `now` and came back to `start` or below (`sign` 1: far is high; −1: far is low), as far
 * back as is remembered.
 */
export function turnsOf(
  { key, lows, highs }: Habit,
  way: Readonly<{ start: number; now: number; sign: 1 | -1; until: Millis }>,
  overMs: Millis,
): number {
  const last = keyOf(way.until, overMs);
  let turns = 0;
  let isFar = false;
  for (let i = 0; i < lows.length && key - (lows.length - 1 - i) <= last; i += 1) {
    const far = (way.sign === 1 ? highs[i] : lows[i]) ?? NONE;
    const near = (way.sign === 1 ? lows[i] : highs[i]) ?? NONE;
    if (Number.isNaN(far)) continue;
    isFar ||= way.sign * (far - way.now) >= 0;
    if (isFar && way.sign * (near - way.start) <= 0) {
      turns += 1;
      isFar = false;
    }
  }
  return turns;
}

function keyOf(t: Millis, overMs: Millis): number {
  return Math.floor((t * BLOCKS) / overMs);
}
