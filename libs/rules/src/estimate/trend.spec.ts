import { memory } from '../testing/noise.js';
import { lineThrough, type Line } from './ols.js';
import { trendOf } from './trend.js';

function fit(ts: readonly number[], vs: readonly number[]): Line {
  const line = lineThrough({ ts, vs });
  if (!line) throw new Error('no line');
  return line;
}

function falseRate(phi: number, { n, windows, seed }: Readonly<{ n: number; windows: number; seed: number }>): number {
  const next = memory(phi, seed);
  const ts = Array.from({ length: n }, (_, i) => i * 60_000);
  let found = 0;
  for (let w = 0; w < windows; w += 1) {
    // Windows apart by many times the memory are independent of each other.
    for (let i = 0; i < 60; i += 1) next();
    const vs = ts.map(next);
    if (trendOf(fit(ts, vs), { ts, vs }).p <= 0.01) found += 1;
  }
  return found / windows;
}

describe('trend test', () => {
  test('synthetic bar: at most 4 % of 20 000 trendless windows with memory 0.95 pass at n = 144', () => {
    expect(falseRate(0.95, { n: 144, windows: 20_000, seed: 11 })).toBeLessThanOrEqual(0.04);
  }, 120_000);

  test.each([0, 0.5, 0.8, 0.9])('… and at most 4 %% of 4 000 with memory %f', (phi) => {
    expect(falseRate(phi, { n: 144, windows: 4_000, seed: 15 })).toBeLessThanOrEqual(0.04);
  });

  test('even short windows with long memory stay below 4.5 %', () => {
    expect(falseRate(0.95, { n: 48, windows: 6_000, seed: 12 })).toBeLessThanOrEqual(0.045);
  }, 60_000);

  test('a real trend in noise with memory is found', () => {
    const next = memory(0.5, 13);
    const ts = Array.from({ length: 144 }, (_, i) => i * 60_000);
    const vs = ts.map((_, i) => next() + i * 0.03);
    const { p, r1, nEff, sigma } = trendOf(fit(ts, vs), { ts, vs });
    expect(p).toBeLessThan(0.01);
    expect(r1).toBeGreaterThan(0.3);
    expect(r1).toBeLessThan(0.75);
    expect(nEff).toBeLessThan(80);
    expect(sigma).toBeCloseTo(1, 0);
  });

  test('a bend is not memory: an accelerating rise is a trend', () => {
    const next = memory(0, 14);
    const ts = Array.from({ length: 72 }, (_, i) => i * 60_000);
    const vs = ts.map((_, i) => (i / 20) ** 2 + 0.1 * next());
    expect(trendOf(fit(ts, vs), { ts, vs }).p).toBeLessThan(1e-6);
  });

  test('uneven times: the bend that is taken off is orthogonal to every line', () => {
    const ts = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144].map((t) => t * 1_000);
    const vs = ts.map((t) => 4 + 0.001 * t + 1e-8 * t * t);
    expect(trendOf(fit(ts, vs), { ts, vs }).sigma).toBeLessThan(1e-9);
  });

  test('nothing can be said of few points; without memory it is the plain test', () => {
    const ts = [0, 1, 2, 3, 4, 5].map((t) => t * 1_000);
    const vs = [0, 1.1, 1.9, 3, 4.1, 5];
    expect(trendOf(fit(ts, vs), { ts, vs }).p).toBe(1);
    expect(trendOf(fit(ts, vs), { ts, vs }, { memory: false }).p).toBeLessThan(0.01);
  });
});
