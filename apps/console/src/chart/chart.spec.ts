/** @jest-environment node */
import type { BucketJson, SampleJson } from '@anlan/contracts';
import { spread } from './chart-paint.js';
import { limitsOf, rangeFor } from './limits.js';
import { linesOfBuckets, linesOfSamples } from './lines.js';

const sample = (min: number, v: number, q: SampleJson['q'] = 'good'): SampleJson => ({ t: new Date(min * 60_000).toISOString(), v, q });

describe('lines', () => {
  test('a silence breaks the line, and is a gap', () => {
    const lines = linesOfSamples([sample(0, 1), sample(1, 2), sample(2, 3), sample(20, 4)]);
    expect(lines.y).toEqual([1, 2, 3, null, 4]);
    expect(lines.gaps).toEqual([{ from: 120_000, to: 1_200_000 }]);
  });
  test('bad readings are beside the line, uncertain ones on it and marked', () => {
    const lines = linesOfSamples([sample(0, 1), sample(1, 99, 'bad'), sample(2, 2, 'uncertain')]);
    expect(lines.y).toEqual([1, 2]);
    expect(lines.marks.map(({ q }) => q)).toEqual(['bad', 'uncertain']);
    expect(lines.values).not.toContain(99);
  });
  test('readings farther apart than the buckets are joined, a silence among them is not', () => {
    const bucket = (min: number): BucketJson => ({ t: new Date(min * 60_000).toISOString(), min: 1, max: 1, mean: 1, count: 1 });
    const lines = linesOfBuckets([bucket(0), bucket(120), bucket(240), bucket(360), bucket(1_440)], 60_000);
    expect(lines.gaps).toEqual([{ from: 360 * 60_000, to: 1_440 * 60_000 }]);
  });
  test('a spike inside a bucket stays in the band', () => {
    const lines = linesOfBuckets([{ t: new Date(0).toISOString(), min: 0, max: 50, mean: 1, count: 100 }], 60_000);
    expect(lines.high).toEqual([50]);
    expect(lines.values).toContain(50);
  });
});

describe('labels of limits', () => {
  test('stand apart, in their order and in range, as near to their lines as there is room', () => {
    expect(spread([50, 52, 90], { from: 0, to: 100, gap: 10 })).toEqual([50, 60, 90]);
    expect(spread([-20, -30, 5], { from: 0, to: 100, gap: 10 })).toEqual([10, 0, 20]);
    expect(spread([99, 100, 100], { from: 0, to: 100, gap: 10 })).toEqual([80, 90, 100]);
    expect(spread([1, 1, 1], { from: 0, to: 10, gap: 10 })).toEqual([0, 5, 10]);
  });
});

describe('limits', () => {
  test('one-sided, two-sided and unknown steps', () => {
    expect(limitsOf({ side: 'low', levels: [{ level: 'red', at: 2, deadband: 0.5 }] })).toEqual([
      { level: 'red', side: 'low', at: 2, reset: 2.5 },
    ]);
    expect(limitsOf({ levels: [{ level: 'blue', high: 9, low: 1 }] }).map(({ at }) => at)).toEqual([9, 1]);
    expect(limitsOf({ levels: [{ level: 'blue', at: { times: 2 } }, 7, { level: 'pink', at: 1 }] })).toEqual([]);
    expect(limitsOf(undefined)).toEqual([]);
  });
  test('the range holds the data and the next limit on each side, not all of them', () => {
    const limits = limitsOf({
      levels: [
        { level: 'blue', at: 5 },
        { level: 'red', at: 100 },
      ],
    });
    const [low, high] = rangeFor([1, 2], limits);
    expect(low).toBeLessThanOrEqual(1);
    expect(high).toBeGreaterThan(5);
    expect(high).toBeLessThan(10);
    expect(rangeFor([], []).every(Number.isFinite)).toBe(true);
  });
});
