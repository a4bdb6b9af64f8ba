import { crossingOf } from './crossing.js';

const line = (from: number, slope: number, width = 0) => ({
  at: (lead: number) => from + slope * lead,
  reach: (lead: number) => width * lead,
});

describe('crossing', () => {
  test('middle, early and late are where the line and its edges meet the limit, from either side', () => {
    const up = crossingOf(line(0, 1, 0.25), { limit: 100, side: 'high' }, 1_000);
    expect(up?.early).toBeCloseTo(80, 2);
    expect(up?.middle).toBeCloseTo(100, 2);
    expect(up?.late).toBeCloseTo(133.333, 2);
    const down = crossingOf(line(0, -1, 0.25), { limit: -100, side: 'low' }, 1_000);
    expect([down?.early, down?.middle, down?.late]).toEqual([up?.early, up?.middle, up?.late]);
  });

  test('an interval that never closes has no late end; a course that never gets there no crossing', () => {
    expect(crossingOf(line(0, 1, 2), { limit: 100, side: 'high' }, 1_000)).toMatchObject({ late: null });
    expect(crossingOf(line(0, 0.01), { limit: 100, side: 'high' }, 1_000)).toBeUndefined();
    expect(crossingOf(line(0, -1), { limit: 100, side: 'high' }, 1_000)).toBeUndefined();
  });

  test('what is past the limit already crosses now', () => {
    expect(crossingOf(line(5, 1, 0.1), { limit: 5, side: 'high' }, 10)).toMatchObject({ early: 0, middle: 0 });
  });

  test('a course that swings is met where it first passes', () => {
    const swing = { at: (lead: number) => Math.sin(lead), reach: () => 0 };
    expect(crossingOf(swing, { limit: 0.5, side: 'high' }, 20)?.middle).toBeCloseTo(Math.PI / 6, 4);
  });
});
