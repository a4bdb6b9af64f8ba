import type { Millis } from './basics.js';

/** What a line means; the chart knows how to draw each. `inverse_velocity` has an axis of its own (days per unit), all others that of the point. */
export const EVIDENCE_LINES = [
  'limit',
  'centre',
  'lower',
  'upper',
  'slope',
  'forecast',
  'forecast_low',
  'forecast_high',
  'inverse_velocity',
] as const;
export type EvidenceLine = Readonly<{ name: (typeof EVIDENCE_LINES)[number]; points: readonly (readonly [t: Millis, v: number])[] }>;

/** Why a rule said what it said, as numbers and lines. At most 8 lines of 200 points. */
export type Evidence = Readonly<{
  /** The stretch of readings that was looked at. */
  from: Millis;
  to: Millis;
  /** The numbers that mattered, by a short English name with its unit: `slope_per_hour`, `sigma`, `r_squared`. */
  numbers: Readonly<Record<string, number>>;
  lines: readonly EvidenceLine[];
}>;
