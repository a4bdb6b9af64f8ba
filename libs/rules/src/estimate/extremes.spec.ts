import fc from 'fast-check';
import { learnExtreme, rangeOf, type Extremes } from './extremes.js';

describe('range of a trailing stretch', () => {
  test('is that of all values not older than the stretch and at most one block more', () => {
    const values = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: -50, max: 50 })), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(values, (steps) => {
        const blocks: Extremes = [];
        const seen: { t: number; v: number }[] = [];
        let t = 1_000_000;
        for (const [gap, v] of steps) {
          t += gap;
          seen.push({ t, v });
          learnExtreme(blocks, { t, v }, 3_200);
          const range = rangeOf(blocks, t, 3_200);
          const sure = seen.filter((one) => one.t > t - 3_200).map((one) => one.v);
          const may = seen.filter((one) => one.t > t - 3_300).map((one) => one.v);
          expect(range?.low).toBeLessThanOrEqual(Math.min(...sure));
          expect(range?.low).toBeGreaterThanOrEqual(Math.min(...may));
          expect(range?.high).toBeGreaterThanOrEqual(Math.max(...sure));
          expect(range?.high).toBeLessThanOrEqual(Math.max(...may));
          expect(blocks.length).toBeLessThanOrEqual(33);
        }
      }),
    );
  });

  test('nothing learned, or all of it too old: no range', () => {
    const blocks: Extremes = [];
    expect(rangeOf(blocks, 5, 320)).toBeUndefined();
    learnExtreme(blocks, { t: 1_000, v: 1 }, 320);
    expect(rangeOf(blocks, 2_000, 320)).toBeUndefined();
  });
});
