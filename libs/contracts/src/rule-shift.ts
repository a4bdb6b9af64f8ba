import type { Millis } from './basics.js';
import type { SeasonSpec } from './rule-baseline.js';
import type { LadderedRule } from './rule-ladder.js';

/** Readings of a stretch of the clock as one value: every so often, or once a day between two times of the local day (over midnight if `to` is less). */
export type ClockWindow = Readonly<{ stat: 'mean' | 'median' | 'min' | 'max' }> &
  (Readonly<{ everyMs: Millis }> | Readonly<{ fromMs: Millis; toMs: Millis }>);

/**
 * Many small departures in one direction add up (CUSUM). `k`: slack, `h`: limit, both in standard deviations of the values.
 * With `targetAlarmsPerMonth` the limit is raised beyond `h` if the second half of the learning stretch would have crossed it more often.
 */
export type CusumMethod = Readonly<{ method: 'cusum'; k: number; h: number; targetAlarmsPerMonth?: number }>;

/** A value has left the range of all values of the learning stretch by more than `margin` times that range. */
export type RangeMethod = Readonly<{ method: 'range'; margin: number }>;

/** A lasting change of level. The score is in limits: 1 is where the method calls. */
export type ShiftRule = LadderedRule<'shift'> &
  (CusumMethod | RangeMethod) &
  Readonly<{
    direction: 'rise' | 'fall' | 'both';
    /** Values are compared with those of like times only; `none`: with all. */
    season: SeasonSpec;
    /** Absent: each reading by itself. */
    window?: ClockWindow;
    /** Nothing is called before so much has been seen, and nothing older is compared with (`range`). */
    learnMs: Millis;
    /** Least scale, in the unit of the point, and as a share of the usual level. */
    minScale: number;
    minScaleShare: number;
    freezeWhileOpen: boolean;
    /** A level that has stood for so long is the usual one from then on. */
    rebaseMs: Millis;
  }>;
