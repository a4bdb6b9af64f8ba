import type { Millis } from './basics.js';
import type { AlarmLevel } from './level.js';
import type { BandSpec } from './rule-baseline.js';
import type { LadderedRule } from './rule-ladder.js';

/** What the point may reach: a limit above or below it, and the colour that it has in the rule it comes from. */
export type ForecastTarget = Readonly<{ at: number; side: 'high' | 'low'; level?: AlarmLevel }>;

/** When a point will reach a limit if it goes on so. The score is the time left, in hours (side `low`); a point that is not on its way has `FAR_HOURS` left. */
export type ForecastRule = LadderedRule<'forecast'> &
  Readonly<{
    target: ForecastTarget;
    /** Farther ahead nothing is foretold. */
    horizonMs: Millis;
    /** Over this stretch there must be a trend. */
    windowMs: Millis;
    /** Time constant of the level. */
    tauMs: Millis;
    /** Of the last `n` evaluations (72 a window at most) at least `k` must foretell it. */
    confirm: Readonly<{ k: number; n: number }>;
    /** Chance of such a trend in a series without one, above which nothing is foretold. */
    significance: number;
    /** Readings remember each other: the test counts how many independent ones they are worth. */
    memory: boolean;
    /** What is usual at each hour is taken off first. */
    detrend?: BandSpec;
  }>;

/** Hours left of a point that is not on its way to the limit: more than a year. */
export const FAR_HOURS = 9_999;
