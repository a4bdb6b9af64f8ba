import { normal } from '../testing/noise.js';
import { amountOf, isAtRest, newCusum, stepCusum } from './cusum.js';

const PAGE = { k: 0.5, most: 100 };

/** Values until either sum reaches `h`. */
function runLength(next: () => number, h: number): number {
  const cusum = newCusum();
  for (let n = 1; ; n += 1) {
    const z = next();
    stepCusum(cusum, { t: n, z, by: z }, PAGE);
    if (Math.max(cusum.up.c, cusum.down.c) >= h) return n;
  }
}

function meanRunLength(next: () => number, h: number, runs: number): number {
  let sum = 0;
  for (let i = 0; i < runs; i += 1) sum += runLength(next, h);
  return sum / runs;
}

describe('cumulative sums', () => {
  test('ARL: independent values call once in about 465 with k 0.5 and h 5, both directions together', () => {
    const arl = meanRunLength(normal(1), 5, 1_000);
    expect(arl).toBeGreaterThan(420);
    expect(arl).toBeLessThan(510);
  });

  test('ARL: a limit of 4 calls about every 170, one of 8 hardly ever', () => {
    expect(Math.abs(meanRunLength(normal(2), 4, 1_000) - 168)).toBeLessThan(20);
    expect(meanRunLength(normal(3), 8, 20)).toBeGreaterThan(5_000);
  });

  test('a shift of one deviation is found after about ten values, one of three after about three', () => {
    const shifted = (by: number, seed: number): (() => number) => {
      const next = normal(seed);
      return () => next() + by;
    };
    expect(Math.abs(meanRunLength(shifted(1, 4), 5, 2_000) - 10.4)).toBeLessThan(0.6);
    expect(Math.abs(meanRunLength(shifted(3, 5), 5, 2_000) - 2.6)).toBeLessThan(0.4);
  });

  test('Q1: one wild value is no shift', () => {
    const cusum = newCusum();
    stepCusum(cusum, { t: 1, z: 1e9, by: 1e9 }, PAGE);
    expect(cusum.up.c).toBe(4.5);
    for (let t = 2; t <= 10; t += 1) stepCusum(cusum, { t, z: 0, by: 0 }, PAGE);
    expect(isAtRest(cusum)).toBe(true);
  });

  test('Q2: a run knows when it began and by how much the level has moved', () => {
    const cusum = newCusum();
    [0, 0.2, -0.1, 2, 2.2, 1.8].forEach((z, t) => stepCusum(cusum, { t, z, by: 10 * z }, PAGE));
    expect(cusum.up.since).toBe(3);
    expect(amountOf(cusum.up)).toBeCloseTo(20);
    expect(cusum.down.c).toBe(0);
  });

  test('sums stop growing where they are told to, so the way back is short', () => {
    const cusum = newCusum();
    for (let t = 0; t < 1_000; t += 1) stepCusum(cusum, { t, z: 5, by: 5 }, { k: 0.5, most: 7.5 });
    expect(cusum.up.c).toBe(7.5);
  });
});
