import fc from 'fast-check';
import { uniform } from '../testing/noise.js';
import { fedOls, lineOf, pointsOf, startOls, stepOls, valueOnLine, type Ols } from './ols.js';

const T0 = 1_750_000_000_000;

/** Least squares in the plainest way, about the means. */
function plain(ts: readonly number[], vs: readonly number[]): Readonly<{ slope: number; sse: number }> {
  const o = ts[0] ?? 0;
  const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const us = ts.map((t) => t - o);
  const [tm, vm] = [mean(us), mean(vs)];
  const stt = us.reduce((sum, u) => sum + (u - tm) ** 2, 0);
  const slope = us.reduce((sum, u, i) => sum + (u - tm) * ((vs[i] ?? 0) - vm), 0) / stt;
  return { slope, sse: us.reduce((sum, u, i) => sum + ((vs[i] ?? 0) - vm - slope * (u - tm)) ** 2, 0) };
}

describe('least squares in a sliding window', () => {
  test('sparse readings are fitted one by one, like plain least squares over the window', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 9_000, max: 90_000 }), fc.double({ min: -50, max: 50, noNaN: true })), {
          minLength: 3,
          maxLength: 300,
        }),
        (steps) => {
          const windowMs = 600_000;
          const state = startOls();
          const all: [number, number][] = [];
          let t = T0;
          for (const [dt, v] of steps) {
            t += dt;
            all.push([t, 1_000 + v]);
            stepOls(state, { t, v: 1_000 + v }, windowMs);
            const kept = all.filter(([at]) => at >= t - windowMs);
            const line = lineOf(state, windowMs);
            if (!line) continue;
            const want = plain(
              kept.map(([at]) => at),
              kept.map(([, x]) => x),
            );
            expect(line.n).toBe(kept.length);
            expect(Math.abs(line.slope - want.slope) * windowMs).toBeLessThan(1e-8);
            expect(Math.abs(line.sse - want.sse)).toBeLessThan(1e-6);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('synthetic bar: after 10⁷ samples at epoch milliseconds the slope is right to 1e-6', () => {
    const windowMs = 360_000;
    const state = startOls();
    const noise = uniform(5);
    let worst = 0;
    for (let i = 0; i < 10_000_000; i += 1) {
      const t = T0 + i * 1_000;
      stepOls(state, { t, v: 101_325 + i * 0.01 + noise() }, windowMs);
      if (i % 99_991 !== 0 || i === 0) continue;
      const { ts, vs } = pointsOf(state);
      const want = plain(ts, vs).slope;
      worst = Math.max(worst, Math.abs(((lineOf(state, windowMs)?.slope ?? 0) - want) / want));
    }
    expect(worst).toBeLessThan(1e-6);
    expect(lineOf(state, windowMs)?.slope).toBeCloseTo(0.00001, 6);
  }, 60_000);

  test('a line stays the line through dense readings, in bounded memory', () => {
    const state = startOls();
    for (let i = 0; i < 100_000; i += 1) stepOls(state, { t: T0 + i * 10, v: 3 - i * 0.001 }, 60_000);
    const line = lineOf(state, 60_000);
    expect((line?.slope ?? 0) / -0.0001).toBeCloseTo(1, 9);
    expect(line && valueOnLine(line, T0 + 999_990)).toBeCloseTo(3 - 99.999, 6);
    expect(pointsOf(state).ts.length).toBeLessThanOrEqual(74);
    expect(JSON.stringify(state).length).toBeLessThan(4_000);
  });

  test('what is saved goes on as what was not', () => {
    const noise = uniform(6);
    let saved: Ols = startOls();
    const kept = startOls();
    for (let i = 0; i < 1_000; i += 1) {
      const sample = { t: T0 + i * 700, v: noise() };
      saved = JSON.parse(JSON.stringify(saved)) as Ols;
      stepOls(saved, sample, 60_000);
      stepOls(kept, sample, 60_000);
    }
    expect(saved).toEqual(kept);
  });

  test('a trial leaves the window as it was; three points are needed', () => {
    const state = startOls();
    for (const [t, v] of [
      [0, 1],
      [60_000, 2],
    ] as const)
      stepOls(state, { t, v }, 600_000);
    const before = JSON.stringify(state);
    expect(lineOf(state, 600_000)).toBeUndefined();
    expect(lineOf(fedOls(state, { t: 120_000, v: 3 }, 600_000), 600_000)?.slope).toBeCloseTo(1 / 60_000, 12);
    expect(JSON.stringify(state)).toBe(before);
  });
});
