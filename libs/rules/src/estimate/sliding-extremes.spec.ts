import fc from 'fast-check';
import { dropBefore, feedExtremes, leastOf, mostOf, startExtremes } from './sliding-extremes.js';

describe('sliding extremes', () => {
  test('sparse readings: exactly the extremes of the window, both ends included', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 8, max: 500 }), fc.integer({ min: -5, max: 5 })), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(steps, (given) => {
        const state = startExtremes();
        const all: [number, number][] = [];
        let t = 0;
        for (const [dt, v] of given) {
          t += dt;
          all.push([t, v]);
          dropBefore(state, t - 1_000);
          feedExtremes(state, { t, v }, 1_000);
          const kept = all.filter(([at]) => at >= t - 1_000).map(([, x]) => x);
          expect(leastOf(state)?.v).toBe(Math.min(...kept));
          expect(mostOf(state)?.v).toBe(Math.max(...kept));
        }
      }),
    );
  });

  test('dense ones: bounded, with the edge of the window known to 1/128', () => {
    const state = startExtremes();
    for (let i = 0; i <= 10_000; i += 1) {
      dropBefore(state, i - 1_280);
      feedExtremes(state, { t: i, v: -i }, 1_280);
    }
    expect(state.most.ts.length).toBeLessThanOrEqual(130);
    expect(leastOf(state)).toEqual({ t: 10_000, v: -10_000 });
    const most = mostOf(state)?.t ?? 0;
    expect(most).toBeGreaterThanOrEqual(10_000 - 1_280);
    expect(most).toBeLessThanOrEqual(10_000 - 1_280 + 10);
  });

  test('empty is undefined', () => {
    const state = startExtremes();
    feedExtremes(state, { t: 1, v: 1 }, 10);
    dropBefore(state, 2);
    expect([leastOf(state), mostOf(state)]).toEqual([undefined, undefined]);
  });
});
