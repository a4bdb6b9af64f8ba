import type { RateRule } from '@anlan/contracts';
import { fedOls, lineOf, pointsOf, startOls, stepOls, valueOnLine, type Ols } from '../../estimate/ols.js';
import { twoSidedP } from '../../estimate/student.js';
import { trendOf } from '../../estimate/trend.js';
import type { Input } from '../../detector.js';
import type { Gauge, Gauged } from './gauge.js';

/** A line through fewer points says nothing of its own noise. */
const LEAST_POINTS = 5;
/** Two clusters with a hole between them are no course: after a gap of this share of the window it begins anew. */
const HOLE = 0.5;

/** For so many degrees of freedom t is normal. */
const MANY = 1e6;

/** The least t that any number of points can be significant with. */
function leastT(significance: number): number {
  let [low, high] = [0, 40];
  for (let i = 0; i < 40; i += 1) {
    const t = (low + high) / 2;
    if (twoSidedP(t, MANY) > significance) low = t;
    else high = t;
  }
  return low;
}

export function olsGauge({ windowMs, minCoverage, significance }: RateRule): Gauge<Ols> {
  const least = significance === undefined ? 0 : leastT(significance);

  function gauged(ols: Ols): Gauged | undefined {
    const line = lineOf(ols, windowMs);
    if (!line || line.n < LEAST_POINTS || line.to - line.from < minCoverage * windowMs) return undefined;
    const { slope, from, to, n, sse, spread } = line;
    const sd = Math.sqrt(sse / (n - 2) / spread);
    const found = { rate: slope, sd, from, to, at: valueOnLine(line, to) };
    if (significance === undefined) return found;
    // Memory of the noise only widens it, so what does not stand out without it need not be looked at more closely.
    return { ...found, p: Math.abs(slope) < least * sd ? 1 : trendOf(line, pointsOf(ols)).p };
  }

  return {
    start: startOls,
    step(state: Ols, { t, v, certain }: Input): Gauged | undefined {
      const isNew = state.open !== null && t - state.open.t > HOLE * windowMs;
      if (!certain) return isNew ? undefined : gauged(fedOls(state, { t, v }, windowMs));
      if (isNew) Object.assign(state, startOls());
      stepOls(state, { t, v }, windowMs);
      return gauged(state);
    },
  };
}
