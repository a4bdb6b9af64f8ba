import { normal, uniform } from '../testing/noise.js';
import { beginDual, levelOfDual, slopeOfDual, slopeSdOfDual, startDual, stepDual, type DualEwma } from './dual-ewma.js';

const taus = { fastMs: 60_000, slowMs: 300_000 };
const T0 = 1_750_000_000_000;

function run(samples: Iterable<Readonly<{ t: number; v: number }>>): DualEwma {
  const state = startDual();
  for (const { t, v } of samples) {
    if (state.n === 0) beginDual(state, t, v);
    else stepDual(state, { t, v, learn: true }, taus);
  }
  return state;
}

describe('dual EWMA', () => {
  test('the slope of a straight line is exact from the second sample on, whatever the spacing', () => {
    const next = uniform(1);
    const state = startDual();
    let t = T0;
    for (let i = 0; i < 500; i += 1) {
      const v = 101_325 - 0.002 * (t - T0);
      if (i === 0) beginDual(state, t, v);
      else stepDual(state, { t, v, learn: true }, taus);
      if (i > 0) {
        expect(slopeOfDual(state) / -0.002).toBeCloseTo(1, 6);
        expect(levelOfDual(state)).toBeCloseTo(v, 6);
      }
      t += 1 + Math.floor(200_000 * next() ** 4);
    }
  });

  test('far from the start, lags and noise are those of the formulas of AS 4.2', () => {
    const dt = 1_000;
    const state = run(Array.from({ length: 5_000 }, (_, i) => ({ t: T0 + i * dt, v: i % 2 })));
    const f = 1 - Math.exp(-dt / taus.fastMs);
    const s = 1 - Math.exp(-dt / taus.slowMs);
    expect(state.ff + state.ss - 2 * state.fs).toBeCloseTo(f / (2 - f) + s / (2 - s) - (2 * f * s) / (f + s - f * s), 9);
    expect((state.ageSlow - state.ageFast) / (taus.slowMs - taus.fastMs)).toBeCloseTo(1, 3);
  });

  test('the noise of the slope is foretold within 5 % for white noise at uneven times', () => {
    const next = normal(2);
    const gap = uniform(3);
    const state = startDual();
    let t = T0;
    let squares = 0;
    let foretold = 0;
    const n = 40_000;
    for (let i = 0; i < n; i += 1) {
      t += 500 + Math.floor(9_000 * gap());
      const v = 5 + 0.3 * next();
      if (i === 0) beginDual(state, t, v);
      else stepDual(state, { t, v, learn: true }, taus);
      if (i <= 1_000) continue;
      squares += slopeOfDual(state) ** 2;
      foretold += slopeSdOfDual(state) ** 2;
    }
    expect(Math.sqrt(foretold / squares)).toBeGreaterThan(0.95);
    expect(Math.sqrt(foretold / squares)).toBeLessThan(1.05);
  });

  test('the noise is not known at once, is not learned unless asked, and one spike hardly moves it', () => {
    const next = normal(4);
    const state = run(Array.from({ length: 8 }, (_, i) => ({ t: T0 + i * 1_000, v: next() })));
    expect(slopeSdOfDual(state)).toBe(Infinity);
    for (let i = 8; i < 300; i += 1) stepDual(state, { t: T0 + i * 1_000, v: next(), learn: true }, taus);
    const before = state.noise;
    expect(Math.sqrt(before)).toBeCloseTo(1, 0);
    stepDual(state, { t: T0 + 300_000, v: 1_000, learn: false }, taus);
    expect(state.noise).toBe(before);
    stepDual(state, { t: T0 + 301_000, v: -1_000, learn: true }, taus);
    expect(state.noise / before).toBeLessThan(1.2);
  });
});
