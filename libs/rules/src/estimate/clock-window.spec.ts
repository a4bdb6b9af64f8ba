import type { ClockWindow, Millis } from '@anlan/contracts';
import { gather, newGathering, type Gathered } from './clock-window.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.parse('2026-03-01T00:00:00+08:00');
const ZONE = 8 * HOUR;

function run(window: ClockWindow, readings: readonly (readonly [t: Millis, v: number])[], certain = true): readonly Gathered[] {
  const gathering = newGathering();
  return readings.flatMap(([t, v]) => gather(gathering, { t, v, certain, intervalMs: 10 * MINUTE }, { window, zoneOffsetMs: ZONE }) ?? []);
}

/** A reading each ten minutes; its value is the local hour. */
function hours(from: Millis, count: number): readonly (readonly [Millis, number])[] {
  return Array.from({ length: count }, (_, i) => {
    const t = from + i * 10 * MINUTE;
    return [t, Math.floor((t - T0) / HOUR) % 24] as const;
  });
}

describe('windows of the clock', () => {
  test('W1: stretches lie fast on the local clock, whenever one begins to listen', () => {
    const whole = run({ everyMs: 2 * HOUR, stat: 'mean' }, hours(T0, 40));
    const later = run({ everyMs: 2 * HOUR, stat: 'mean' }, hours(T0 + 50 * MINUTE, 40));
    expect(whole.map(({ from, v }) => [(from - T0) / HOUR, v])).toEqual([
      [0, 0.5],
      [2, 2.5],
      [4, 4.5],
    ]);
    expect(later.slice(1)).toEqual(whole.slice(1));
  });

  test('the night: once a day, given with the first reading after it, over midnight too', () => {
    const night = run({ fromMs: 2 * HOUR, toMs: 4 * HOUR, stat: 'mean' }, hours(T0, 300));
    expect(night.map(({ from, to, v }) => [(from - T0) / HOUR, (to - T0) / HOUR, v])).toEqual([
      [2, 4, 2.5],
      [26, 28, 2.5],
    ]);
    const over = run({ fromMs: 23 * HOUR, toMs: HOUR, stat: 'max' }, hours(T0 + 12 * HOUR, 150));
    expect(over.map(({ from, to, v }) => [(from - T0) / HOUR, (to - T0) / HOUR, v])).toEqual([[23, 25, 23]]);
  });

  test('mean, median, least and most', () => {
    const values = [5, 1, 1, 1, 1, 9].map((v, i) => [T0 + i * 10 * MINUTE, v] as const);
    const of = (stat: ClockWindow['stat']): number | undefined => run({ everyMs: HOUR, stat }, [...values, [T0 + HOUR, 0]])[0]?.v;
    expect([of('mean'), of('median'), of('min'), of('max')]).toEqual([3, 1, 1, 9]);
  });

  test('W2: half of the readings must be there', () => {
    const few = [0, 1].map((i) => [T0 + i * 10 * MINUTE, 1] as const);
    const half = [0, 1, 2].map((i) => [T0 + i * 10 * MINUTE, 1] as const);
    expect(run({ everyMs: HOUR, stat: 'mean' }, [...few, [T0 + HOUR, 0]])).toEqual([]);
    expect(run({ everyMs: HOUR, stat: 'mean' }, [...half, [T0 + HOUR, 0]])).toHaveLength(1);
    expect(
      run({ everyMs: HOUR, stat: 'mean' }, [
        [T0, 1],
        [T0 + 9 * DAY, 1],
      ]),
    ).toEqual([]);
  });

  test('one doubtful reading makes its stretch doubtful, not the next', () => {
    const gathering = newGathering();
    const given = hours(T0, 13).flatMap(
      ([t, v], i) =>
        gather(
          gathering,
          { t, v, certain: i !== 3, intervalMs: 10 * MINUTE },
          { window: { everyMs: HOUR, stat: 'mean' }, zoneOffsetMs: ZONE },
        ) ?? [],
    );
    expect(given.map(({ certain }) => certain)).toEqual([false, true]);
  });

  test('a median over thousands of readings stays small and near', () => {
    const gathering = newGathering();
    const window = { everyMs: HOUR, stat: 'median' } as const;
    let found: Gathered | undefined;
    for (let i = 0; i <= 3_600; i += 1)
      found ??= gather(
        gathering,
        { t: T0 + i * 1_000, v: (i * 7_919) % 3_601, certain: true, intervalMs: 1_000 },
        { window, zoneOffsetMs: ZONE },
      );
    expect(gathering.kept.length).toBeLessThanOrEqual(128);
    expect(Math.abs((found?.v ?? 0) - 1_800)).toBeLessThan(180);
  });
});
