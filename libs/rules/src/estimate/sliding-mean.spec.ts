import fc from 'fast-check';
import { feedMean, reachOf, startMean } from './sliding-mean.js';

describe('sliding mean', () => {
  test('sparse readings: exactly the mean of those less than the window old', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 16, max: 900 }), fc.integer({ min: -50, max: 50 })), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(steps, (given) => {
        const state = startMean();
        const all: [number, number][] = [];
        let t = 0;
        for (const [dt, v] of given) {
          t += dt;
          all.push([t, v]);
          const kept = all.filter(([at]) => at > t - 1_000).map(([, x]) => x);
          expect(feedMean(state, { t, v }, 1_000)).toBeCloseTo(kept.reduce((sum, x) => sum + x, 0) / kept.length, 9);
        }
      }),
    );
  });

  test('dense ones: bounded, and nothing adds up over a million readings', () => {
    const state = startMean();
    let mean = 0;
    for (let i = 0; i < 1_000_000; i += 1) mean = feedMean(state, { t: i, v: 1e9 + 0.1 * (i % 2) }, 1_000);
    expect(mean - 1e9).toBeCloseTo(0.05, 3);
    expect(state.ts.length).toBeLessThanOrEqual(66);
    expect(reachOf(state, 1_000_000)).toBeLessThanOrEqual(1_000);
  });
});
