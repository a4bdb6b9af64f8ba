import type { Millis } from './basics.js';
import type { LadderedRule } from './rule-ladder.js';

/**
 * How a rate is measured: `dualEwma` two exponential averages; `ols` least squares over the window; `theilSen` median slope over the window, for data
 * with outliers; `difference` the largest change against any reading of the window, as the plain rules of standards are written.
 */
export const RATE_ESTIMATORS = ['dualEwma', 'ols', 'theilSen', 'difference'] as const;
export type RateEstimator = (typeof RATE_ESTIMATORS)[number];

export const RATE_DIRECTIONS = ['rise', 'fall', 'both'] as const;
export type RateDirection = (typeof RATE_DIRECTIONS)[number];

/** How fast a point rises or falls. The score is the rate in the watched direction (either way: its amount), in point units a `perMs`; side `high`. */
export type RateRule = LadderedRule<'rate'> &
  Readonly<{
    estimator: RateEstimator;
    windowMs: Millis;
    /** Time base of the score, and how it is written: `kPa/min`. */
    perMs: Millis;
    perUnit: string;
    direction: RateDirection;
    /** A rate that is no more than this counts as 0: so many standard deviations of the rate itself, or a change over the window in point units. */
    minSignal: Readonly<{ sd: number } | { change: number }>;
    /** Share of the window that must be covered before there is an opinion. */
    minCoverage: number;
    /** `difference`: means over this stretch are compared, not readings. */
    smoothMs?: Millis;
    /** `difference` with `minSignal` in sd: over this time the usual change is learned. */
    learnMs: Millis;
    /** `ols`: chance of such a slope in a series without trend, autocorrelation allowed for, above which the rate counts as 0. */
    significance?: number;
  }>;
