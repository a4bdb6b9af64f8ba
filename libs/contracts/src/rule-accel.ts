import type { Millis } from './basics.js';
import type { LadderedRule } from './rule-ladder.js';

/** Rate of the uniform stage in mm a day: given by somebody, or learned (`AccelRule.learnMs`). */
export type UniformRate = Readonly<{ perDay: number; setBy: string }> | Readonly<{ setBy: null }>;

/** When the inverse velocity may speak of a time to failure, and what that time then means. */
export type InverseVelocityTerms = Readonly<{
  /** Least share of the scatter of 1/v that the line must explain. */
  minR2: number;
  /** Least number of velocities in the fit. */
  minPoints: number;
  /** The last `stableN` predictions differ from the newest by at most this share of the time that is left. */
  stableN: number;
  stableTol: number;
  orangeBeforeMs: Millis;
  redBeforeMs: Millis;
}>;

/**
 * What red needs on a point: `both` angle and forecast; `either`; `2points`: either, here and on another device of the rule at the site;
 * `2points|both`: that, or both here.
 */
export const RED_NEEDS = ['both', 'either', '2points', '2points|both'] as const;
export type RedNeeds = (typeof RED_NEEDS)[number];

/**
 * Accelerating displacement (mm) before a slope fails. The score is the rank of the stage reached, 0 to 4: tangent angle of the velocity over the
 * uniform rate, and time left by inverse velocity.
 */
export type AccelRule = LadderedRule<'accel'> &
  Readonly<{
    /** Velocities are slopes over this window, stamped at its centre. */
    windowMs: Millis;
    /** Standard deviation of one reading, at least: what the readings show counts when it is more. */
    noiseMm: number;
    /** Which way the slope moves when it fails. */
    direction: 'rise' | 'fall';
    uniform: UniformRate;
    /** The first quiet stretch of this length teaches how much velocities scatter, and the uniform rate if it is not given. */
    learnMs: Millis;
    /** Tangent angles in degrees. */
    tangent: Readonly<{ yellow: number; orange: number; red: number }>;
    inverse: InverseVelocityTerms;
    redNeeds: RedNeeds;
  }>;
