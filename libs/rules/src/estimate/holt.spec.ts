import { uniform } from '../testing/noise.js';
import { beginHolt, holtTerms, startHolt, stepHolt, type Holt } from './holt.js';

const MIN = 60_000;
const terms = holtTerms(30 * MIN, 0.05);
const T0 = 1_750_000_000_000;

function begun(slope: number): Holt {
  const state = startHolt();
  beginHolt(state, { t: T0, level: 10, slope });
  return state;
}

describe('Holt', () => {
  test('a straight line is followed exactly at any spacing', () => {
    const next = uniform(71);
    const state = begun(1e-6);
    for (let i = 0, t = T0; i < 500; i += 1) {
      t += 1 + next() * 20 * MIN;
      stepHolt(state, { t, v: 10 + 1e-6 * (t - T0) }, terms);
      expect(state.level).toBeCloseTo(10 + 1e-6 * (t - T0), 9);
      expect(state.slope).toBeCloseTo(1e-6, 15);
    }
  });

  test('a new slope is taken on, slowly, and two readings a millisecond apart do no harm', () => {
    const state = begun(0);
    for (let i = 1; i <= 60 * 40; i += 1) stepHolt(state, { t: T0 + i * MIN, v: 10 + i * 0.01 }, terms);
    expect(state.slope * MIN).toBeCloseTo(0.01, 3);
    const { slope } = state;
    stepHolt(state, { t: state.t + 1, v: state.level + 1 }, terms);
    expect(Math.abs(state.slope - slope) * 3_600_000).toBeLessThan(0.2);
  });
});
