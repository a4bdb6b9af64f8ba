import { learnHabit, loadHabit, startHabit, turnsOf, type Habit, type SavedHabit } from './habit.js';

const OVER = 3_200;
const learned = (values: readonly number[], stepMs = 25): Habit => {
  const habit = startHabit();
  values.forEach((v, i) => learnHabit(habit, { t: i * stepMs, v }, OVER));
  return habit;
};
const saw = Array.from({ length: 96 }, (_, i) => i % 24);

describe('habit', () => {
  test('counts how often the value went as far and came back', () => {
    const habit = learned(saw);
    expect(turnsOf(habit, { start: 2, now: 15, sign: 1, until: 72 * 25 }, OVER)).toBe(3);
    expect(turnsOf(habit, { start: 2, now: 24, sign: 1, until: 72 * 25 }, OVER)).toBe(0);
    expect(turnsOf(habit, { start: -1, now: 15, sign: 1, until: 72 * 25 }, OVER)).toBe(0);
  });

  test('downwards likewise', () => {
    expect(turnsOf(learned(saw.map((v) => -v)), { start: -2, now: -15, sign: -1, until: 72 * 25 }, OVER)).toBe(3);
  });

  test('what comes after `until` is the way itself and does not count', () => {
    expect(turnsOf(learned(saw.slice(0, 24)), { start: 2, now: 15, sign: 1, until: -1 }, OVER)).toBe(0);
  });

  test('is bounded, forgets, survives a long silence and JSON', () => {
    const habit = learned(Array.from({ length: 5_000 }, (_, i) => i % 24));
    expect(habit.lows).toHaveLength(32);
    learnHabit(habit, { t: 5_000 * 25 + 500, v: 1 }, OVER);
    const text = JSON.stringify(habit);
    expect(text).toContain('null');
    const again = loadHabit(JSON.parse(text) as SavedHabit);
    expect(again).toEqual(habit);
    expect(turnsOf(again, { start: 2, now: 15, sign: 1, until: Infinity }, OVER)).toBeGreaterThan(0);
    learnHabit(again, { t: 1e9, v: 1 }, OVER);
    expect(again).toEqual({ key: 1e7, lows: [1], highs: [1] });
  });
});
