import type { RateRule } from '@anlan/contracts';
import { feedBins, robustLineOf, startBins, type MedianBins } from '../../estimate/theil-sen.js';
import type { Input } from '../../detector.js';
import type { Gauge, Gauged } from './gauge.js';

const LEAST_POINTS = 5;
const HOLE = 0.5;

/** Has an opinion once per stretch of the window, when that begins; uncertain readings are left out, as outliers would be. */
export function theilSenGauge({ windowMs, minCoverage }: RateRule): Gauge<MedianBins> {
  return {
    start: startBins,
    step(state: MedianBins, { t, v, certain }: Input): Gauged | undefined {
      if (!certain) return undefined;
      if (state.open && t - state.open.last > HOLE * windowMs) Object.assign(state, startBins());
      const isOver = feedBins(state, { t, v }, windowMs);
      const line = isOver ? robustLineOf(state) : undefined;
      if (!line || line.n < LEAST_POINTS || line.to - line.from < minCoverage * windowMs) return undefined;
      return { rate: line.slope, sd: line.sd, from: line.from, to: line.to, at: line.at };
    },
  };
}
