import { normal } from '../testing/noise.js';
import { wanderOf } from './wander.js';

const points = (course: (i: number) => number) => {
  const ts = Array.from({ length: 73 }, (_, i) => i * 60_000);
  return { ts, vs: ts.map((_, i) => course(i)) };
};

describe('how a slope wanders', () => {
  test('a straight line in noise does not, or hardly', () => {
    const m = normal(76);
    const slopes = Array.from(
      { length: 200 },
      () =>
        wanderOf(
          points((i) => i * 0.1 + 0.2 * m()),
          0.2,
        ) * 60_000,
    );
    expect(slopes.reduce((sum, x) => sum + x, 0) / slopes.length).toBeLessThan(0.005);
  });

  test('a course that steepens from 0.1 to 0.2 to 0.3 a minute wanders by 0.1', () => {
    const bent = points((i) => i * 0.1 + Math.max(0, i - 24) * 0.1 + Math.max(0, i - 48) * 0.1);
    expect(wanderOf(bent, 0) * 60_000).toBeCloseTo(0.1, 2);
  });

  test('too few points say nothing', () => {
    expect(wanderOf({ ts: [0, 1, 2, 3, 4, 5, 6, 7], vs: [0, 9, 1, 8, 2, 7, 3, 6] }, 0)).toBe(0);
  });
});
