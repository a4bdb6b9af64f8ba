import { normal } from '../testing/noise.js';
import { feedBins, robustLineOf, startBins, type MedianBins } from './theil-sen.js';

const T0 = 1_750_000_000_000;
const DAY = 86_400_000;

describe('Theil–Sen', () => {
  test('a line is exact, and a quarter of nonsense readings hardly bends it', () => {
    const next = normal(21);
    const clean = startBins();
    const dirty = startBins();
    for (let i = 0; i < 60; i += 1) {
      const v = 12 + 0.05 * i;
      feedBins(clean, { t: T0 + i * DAY, v }, 60 * DAY);
      feedBins(dirty, { t: T0 + i * DAY, v: i % 4 === 3 ? 500 * next() : v + 0.01 * next() }, 60 * DAY);
    }
    expect((robustLineOf(clean)?.slope ?? 0) * DAY).toBeCloseTo(0.05, 9);
    expect(robustLineOf(clean)?.at).toBeCloseTo(12 + 0.05 * 59, 9);
    expect((robustLineOf(dirty)?.slope ?? 0) * DAY).toBeCloseTo(0.05, 2);
  });

  test('dense readings: a stretch is its median, half of which may be nonsense, in bounded memory', () => {
    const next = normal(22);
    const state = startBins();
    let begun = 0;
    for (let i = 0; i < 200_000; i += 1) {
      const v = i % 5 < 2 ? 1e6 : 3 + i * 1e-4 + 0.1 * next();
      if (feedBins(state, { t: T0 + i * 1_000, v }, 72 * 500_000)) begun += 1;
    }
    expect(begun).toBe(400);
    expect((robustLineOf(state)?.slope ?? 0) * 1_000).toBeCloseTo(1e-4, 5);
    expect(JSON.stringify(state).length).toBeLessThan(5_000);
  });

  test('the noise of the slope is foretold within 15 %', () => {
    const next = normal(23);
    let squares = 0;
    let foretold = 0;
    for (let w = 0; w < 300; w += 1) {
      const state = startBins();
      for (let i = 0; i < 50; i += 1) feedBins(state, { t: i * DAY, v: next() }, 60 * DAY);
      const line = robustLineOf(state);
      squares += (line?.slope ?? 0) ** 2;
      foretold += (line?.sd ?? 0) ** 2;
    }
    expect(Math.sqrt(foretold / squares)).toBeGreaterThan(0.85);
    expect(Math.sqrt(foretold / squares)).toBeLessThan(1.15);
  });

  test('two points are no line, what is old is let go, and what is saved goes on', () => {
    let state = startBins();
    feedBins(state, { t: 0, v: 1 }, 10 * DAY);
    feedBins(state, { t: DAY, v: 1 }, 10 * DAY);
    expect(robustLineOf(state)).toBeUndefined();
    for (let i = 2; i < 40; i += 1) {
      state = JSON.parse(JSON.stringify(state)) as MedianBins;
      feedBins(state, { t: i * DAY, v: i }, 10 * DAY);
    }
    expect(robustLineOf(state)).toMatchObject({ n: 11, from: 29 * DAY, to: 39 * DAY });
  });
});
