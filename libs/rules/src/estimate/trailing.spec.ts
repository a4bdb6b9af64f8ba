import { feed, newTrailing, trailingMean, type TrailingSpec } from './trailing.js';

const spec: TrailingSpec = { binMs: 10, bins: 3 };

describe('the trailing window', () => {
  test('W1: a bin is the mean of its readings and counts once it is over', () => {
    const trailing = newTrailing();
    expect(feed(trailing, spec, { t: 1, v: 2 })).toBe(false);
    expect(feed(trailing, spec, { t: 9, v: 4 })).toBe(false);
    expect(trailing.bins).toEqual([]);
    expect(trailingMean(trailing)).toBe(3);
    expect(feed(trailing, spec, { t: 10, v: 7 })).toBe(true);
    expect(trailing.bins).toEqual([3]);
    expect(trailingMean(trailing)).toBe(5);
  });

  test('W2: it holds the last bins that were fed, however far apart', () => {
    const trailing = newTrailing();
    for (const t of [0, 10, 20, 30, 9_000, 9_010]) feed(trailing, spec, { t, v: t });
    expect(trailing.bins).toEqual([20, 30, 9_000]);
  });

  test('with bins of no length every reading is one', () => {
    const trailing = newTrailing();
    for (const v of [1, 2, 3, 4]) expect(feed(trailing, { binMs: 0, bins: 3 }, { t: v, v })).toBe(true);
    expect(trailing.bins).toEqual([2, 3, 4]);
    expect(trailingMean(trailing)).toBe(3);
  });
});
