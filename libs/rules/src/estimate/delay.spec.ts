import { uniform } from '../testing/noise.js';
import { leastOnCount, meanReadingsBetweenFalseAlarms, meanReadingsToRun } from './delay.js';

/** Mean readings until `n` in a row breach, by trying. */
function tried(n: number, { p, runs, seed }: Readonly<{ p: number; runs: number; seed: number }>): number {
  const next = uniform(seed);
  let readings = 0;
  for (let run = 0; run < runs; run += 1) {
    for (let row = 0; row < n; readings += 1) row = next() < p ? row + 1 : 0;
  }
  return readings / runs;
}

describe('delay designer', () => {
  test.each([
    [1, 0.05, 20],
    [2, 0.05, 420],
    [3, 0.05, 8_420],
    [2, 0.01, 10_100],
    [1, 0.9, 1.11],
    [3, 0.9, 3.72],
    [5, 0.6, 29.65],
  ])('T(%d, %f) = %f', (n, p, want) => {
    expect(meanReadingsToRun(n, p) / want).toBeCloseTo(1, 2);
  });

  test.each([
    [1, 0.1],
    [2, 0.2],
    [3, 0.2],
    [4, 0.5],
    [5, 0.7],
  ])('synthetic bar: T(%d, %f) agrees with 20 000 trials within 3 %%', (n, p) => {
    expect(Math.abs(tried(n, { p, runs: 20_000, seed: n }) / meanReadingsToRun(n, p) - 1)).toBeLessThan(0.03);
  });

  test('between false alarms: the example of AS 2.2', () => {
    expect(meanReadingsBetweenFalseAlarms({ onCount: 3, offCount: 3, p: 0.2 })).toBeCloseTo(159.8, 1);
  });

  test('the ends: never, always, and chances as small as doubles are', () => {
    expect([meanReadingsToRun(3, 0), meanReadingsToRun(3, 1)]).toEqual([Infinity, 3]);
    expect(meanReadingsToRun(2, 1e-12) / 1e24).toBeCloseTo(1, 9);
    expect(meanReadingsToRun(3, 1 - 1e-12)).toBeCloseTo(3, 4);
  });

  test('the least count that suffices', () => {
    expect(leastOnCount({ p: 0.05, wanted: 5_000, offCount: 1, most: 10 })).toBe(3);
    expect(leastOnCount({ p: 0.9, wanted: 1e9, offCount: 1, most: 10 })).toBeUndefined();
  });
});
