/**
 * Has a value been here before and turned back? Pumps, tides and shifts go up and come down again; that way up is no news until it leads higher than
 * before. Remembered are lowest and highest values of `BLOCKS` stretches, so how often is known to a stretch only.
 */
import type { Millis } from '@anlan/contracts';

const BLOCKS = 32;

/** Youngest last; `key` is that of the youngest. A stretch without readings is NaN, saved as null. Changed in place. */
export type Habit = { key: number; lows: (number | null)[]; highs: (number | null)[] };

export function startHabit(): Habit {
  return { key: 0, lows: [], highs: [] };
}

/** Learns a value; all stretches together span `overMs`. */
export function learnHabit(habit: Habit, { t, v }: Readonly<{ t: Millis; v: number }>, overMs: Millis): void {
  const { lows, highs } = habit;
  const key = keyOf(t, overMs);
  const isEmpty = lows.length === 0 || key - habit.key >= BLOCKS;
  if (isEmpty) lows.length = highs.length = 0;
  for (let k = isEmpty ? key : habit.key + 1; k <= key; k += 1) {
    lows.push(null);
    highs.push(null);
  }
  while (lows.length > BLOCKS) {
    lows.shift();
    highs.shift();
  }
  habit.key = key;
  const i = lows.length - 1;
  lows[i] = Math.min(lows[i] ?? v, v);
  highs[i] = Math.max(highs[i] ?? v, v);
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
    const far = way.sign === 1 ? highs[i] : lows[i];
    const near = way.sign === 1 ? lows[i] : highs[i];
    if (typeof far !== 'number' || typeof near !== 'number') continue;
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
