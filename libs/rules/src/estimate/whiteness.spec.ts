import { memory } from '../testing/noise.js';
import { learnPair, newWhiteness, widening } from './whiteness.js';

function widened(phi: number, n: number, seed = 7): number {
  const whiteness = newWhiteness();
  const next = memory(phi, seed);
  for (let i = 0; i < n; i += 1) learnPair(whiteness, next());
  return widening(whiteness);
}

describe('how much values lean on each other', () => {
  test.each([
    [0, 1],
    [0.5, 1.73],
    [0.9, 4.36],
  ])('correlation %f widens a sum %f times', (phi, expected) => {
    const many = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => widened(phi, 400, seed));
    const mean = many.reduce((sum, one) => sum + one, 0) / many.length;
    expect(Math.abs(mean / expected - 1)).toBeLessThan(0.2);
  });

  test('never below 1, and 1 before anything is known', () => {
    expect(widened(-0.9, 400)).toBe(1);
    expect(widening(newWhiteness())).toBe(1);
    const still = newWhiteness();
    for (let i = 0; i < 10; i += 1) learnPair(still, 0);
    expect(widening(still)).toBe(1);
  });

  test('a few pairs are no proof of a correlation', () => {
    const whiteness = newWhiteness();
    for (const z of [1, 1, 1]) learnPair(whiteness, z);
    expect(widening(whiteness)).toBeLessThan(1.25);
  });
});
