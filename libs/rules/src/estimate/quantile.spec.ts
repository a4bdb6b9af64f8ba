import fc from 'fast-check';
import { addTo, digestMad, digestQuantile, madAbout, newDigest, quantileOf, sorted } from './quantile.js';

/** Share of values below `x`, where those equal to it count half. */
const rankOf = (values: readonly number[], x: number): number =>
  values.reduce((sum, v) => sum + (v < x ? 1 : v === x ? 0.5 : 0), 0) / values.length;

const noise = (seed: number, count: number): readonly number[] => {
  let x = seed;
  return Array.from({ length: count }, () => {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    return x / 2 ** 32;
  });
};

describe('exact quantiles', () => {
  test('lie between ranks', () => {
    expect(quantileOf([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantileOf([1, 2, 3, 4], 0.1)).toBeCloseTo(1.3, 12);
    expect(quantileOf([7], 0.9)).toBe(7);
    expect(quantileOf([], 0.5)).toBeNaN();
  });

  test('the median distance from a centre', () => {
    expect(madAbout([1, 2, 3, 4, 100], 3)).toBe(1);
  });
});

describe('the digest', () => {
  test.each([0.01, 0.1, 0.5, 0.9, 0.99])('finds quantile %d of 20 000 skewed values within half a percent of rank', (p) => {
    const values = noise(7, 20_000).map((u) => -Math.log(1 - u));
    const digest = newDigest();
    for (const v of values) addTo(digest, v);
    expect(Math.abs(rankOf(values, digestQuantile(digest, p)) - p)).toBeLessThan(0.005);
  });

  test('finds the median absolute deviation', () => {
    const values = noise(3, 5_000).map((u) => 10 + u ** 3);
    const digest = newDigest();
    for (const v of values) addTo(digest, v);
    const centre = quantileOf(sorted(values), 0.5);
    expect(Math.abs(digestMad(digest, centre) / madAbout(values, centre) - 1)).toBeLessThan(0.02);
  });

  test('stays small and inside the values, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, p) => {
          const digest = newDigest();
          for (const v of values) addTo(digest, v);
          const found = digestQuantile(digest, p);
          const all = sorted(values);
          expect(digest.means.length).toBeLessThanOrEqual(130);
          expect(found).toBeGreaterThanOrEqual((all[0] ?? 0) - 1e-3);
          expect(found).toBeLessThanOrEqual((all.at(-1) ?? 0) + 1e-3);
        },
      ),
      { numRuns: 60 },
    );
  });
});
