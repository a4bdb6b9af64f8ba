import type { RateEstimator, RateRule } from '@anlan/contracts';
import type { Detector, Input } from '../../detector.js';
import { LADDER_KEYS } from '../../parse-ladder.js';
import type { Kind } from '../kind.js';
import { differenceGauge } from './difference-gauge.js';
import { dualEwmaGauge } from './dual-ewma-gauge.js';
import type { Gauge, Gauged } from './gauge.js';
import { olsGauge } from './ols-gauge.js';
import { parseRate, RATE_KEYS } from './parse-rate.js';
import { evidenceOfRate, sayRate } from './say-rate.js';
import { theilSenGauge } from './theil-sen-gauge.js';

type State = { gauge: unknown; last: Gauged | null };

const GAUGES = {
  dualEwma: dualEwmaGauge,
  ols: olsGauge,
  theilSen: theilSenGauge,
  difference: differenceGauge,
} satisfies Record<RateEstimator, unknown>;

/** Once an alarm stands it takes this share of the signal to keep it, so that a slope at the edge of its noise does not flicker. */
const KEPT = 0.5;

/** How fast a point rises or falls (AS 4.2 to 4.4). */
export const rate: Kind<'rate', State> = {
  keys: [...LADDER_KEYS, ...RATE_KEYS],
  parse: parseRate,
  detector: detectorOf,
  shape: ({ estimator, windowMs, perMs, direction, minSignal, minCoverage, smoothMs, learnMs, significance }) => [
    estimator,
    windowMs,
    perMs,
    direction,
    minSignal,
    minCoverage,
    smoothMs,
    learnMs,
    significance,
  ],
  // The usual change is known after as long as it is learned over, everything else after two windows.
  reach: ({ estimator, minSignal, windowMs, learnMs }) =>
    Math.max(2 * windowMs, estimator === 'difference' && 'sd' in minSignal ? learnMs : 0),
};

function detectorOf(rule: RateRule): Detector<State> {
  // Each gauge is given its own states only.
  const gauge = GAUGES[rule.estimator](rule) as Gauge<unknown>;
  return {
    unit: () => rule.perUnit,
    start: () => ({ gauge: gauge.start(), last: null }),
    step(state, input) {
      const gauged = gauge.step(state.gauge, input);
      if (!gauged || isUnknown(rule, gauged)) return undefined;
      state.last = gauged;
      return stands(rule, gauged, input) ? directed(rule, gauged.change ?? gauged.rate * rule.perMs) : 0;
    },
    explain: ({ last }, about) => sayRate(rule, last, about),
    evidence: ({ last }) => (last ? evidenceOfRate(rule, last) : undefined),
    save: ({ gauge: saved, last }): Saved => ({ gauge: saved, last: last && { ...last, sd: Number.isFinite(last.sd) ? last.sd : null } }),
    load: (saved) => loaded(saved as Saved),
  };
}

/** JSON knows no Infinity. */
type Saved = Readonly<{ gauge: unknown; last: (Omit<Gauged, 'sd'> & Readonly<{ sd: number | null }>) | null }>;

function loaded({ gauge, last }: Saved): State {
  return { gauge, last: last && { ...last, sd: last.sd ?? Infinity } };
}

function isUnknown({ minSignal }: RateRule, { sd }: Gauged): boolean {
  return 'sd' in minSignal && minSignal.sd > 0 && sd === Infinity;
}

/** Is the rate more than noise (`minSignal`, `significance`). */
function stands({ minSignal, significance, windowMs }: RateRule, { rate: slope, sd, p }: Gauged, { open }: Input): boolean {
  const kept = open ? KEPT : 1;
  if (!open && p !== undefined && significance !== undefined && p > significance) return false;
  const least = 'change' in minSignal ? minSignal.change / windowMs : minSignal.sd > 0 ? minSignal.sd * sd : 0;
  return Math.abs(slope) >= kept * least;
}

function directed({ direction }: RateRule, slope: number): number {
  return direction === 'both' ? Math.abs(slope) : direction === 'rise' ? slope : -slope;
}
