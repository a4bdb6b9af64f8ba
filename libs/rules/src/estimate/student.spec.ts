import { twoSidedP } from './student.js';

describe("Student's t", () => {
  // Two-sided critical values as printed in every table.
  test.each([
    [12.7062, 1, 0.05],
    [4.3027, 2, 0.05],
    [2.2281, 10, 0.05],
    [3.1693, 10, 0.01],
    [2.6603, 60, 0.01],
    [2.5758, 1e7, 0.01],
  ])('t %f with %d degrees of freedom has p %f, on either side', (t, dof, p) => {
    expect(twoSidedP(t, dof)).toBeCloseTo(p, 4);
    expect(twoSidedP(-t, dof)).toBe(twoSidedP(t, dof));
  });

  test('one degree of freedom is Cauchy, and fractions lie between', () => {
    for (const t of [0.1, 1, 3, 50]) expect(twoSidedP(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 9);
    expect(twoSidedP(3, 1.5)).toBeLessThan(twoSidedP(3, 1));
    expect(twoSidedP(3, 1.5)).toBeGreaterThan(twoSidedP(3, 2));
  });

  test('nothing can be said without degrees of freedom', () => {
    expect([twoSidedP(9, 0), twoSidedP(9, -1), twoSidedP(Number.NaN, 5), twoSidedP(0, 5)]).toEqual([1, 1, 1, 1]);
  });
});
