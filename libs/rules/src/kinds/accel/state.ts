import type { Millis } from '@anlan/contracts';
import type { Closed } from './line.js';

/** A prediction of the failure by inverse velocity. */
export type Forecast = Readonly<{
  /** When it was made. */
  at: Millis;
  failure: Millis;
  /** Bounds, about two standard deviations and what the model may be wrong by; `from` may lie before `at`. */
  from: Millis;
  to: Millis;
  r2: number;
  /** First velocity of the fit. */
  since: Millis;
  /** Velocity at the time, in mm/d. */
  v: number;
}>;

/** A jump that stayed and led nowhere. */
export type Step = Readonly<{ t: Millis; mm: number }>;

/** What the last reading came to, when it is above stage 0; enough to say why without the readings. */
export type Finding = Readonly<{
  t: Millis;
  /** Mean time of the window's readings. */
  centre: Millis;
  /** First reading of the window. */
  from: Millis;
  /** Displacement at `centre`. */
  mean: number;
  /** Velocity and its standard error in mm/d. */
  v: number;
  se: number;
  /** Uniform rate: as known (0: not yet), and as used after the floor. */
  known: number;
  uniform: number;
  /** Degrees. */
  angle: number;
  rank: number;
  /** Only while every gate passes. */
  forecast: Forecast | null;
  /** How far the newest readings lie off the course, in mm; 0: not. */
  jump: number;
}>;

/** What the quiet stretch at the beginning taught. */
export type Quiet = {
  /** Weighted sum of its velocities, the weights, and how many they are. */
  sum: number;
  weight: number;
  count: number;
  /** How long it was so far. */
  ms: Millis;
  /** Mean square of (velocity − uniform rate) over its standard error: above 1 when readings err together, as GNSS solutions of one day do. */
  excess: number;
};

/** Memory of one point under an `accel` rule. Changed in place; flat lists, because there may be many. */
export type AccelState = {
  /** Confirmed readings of the window: (t, mean mm, number) each, oldest first. */
  cells: number[];
  /** Sums over all cells but the newest, until they change; follows from the cells and is not saved. */
  closed: Closed | null;
  /** The last readings as they came: up to two confirmed ones, then up to two that are not yet. (t, mm) each. */
  recent: number[];
  /** Velocities of the past: (centre, mm/d) each, oldest first. */
  tail: number[];
  /** Mean square of what neighbours do not explain, and how many readings it comes from. */
  noise: { square: number; count: number };
  quiet: Quiet;
  /** The last predictions, whether or not all gates passed. */
  forecasts: Forecast[];
  /** The last prediction that passed every gate, until the movement slows down. */
  sound: Forecast | null;
  step: Step | null;
  now: Finding | null;
};

export function startAccel(): AccelState {
  return {
    cells: [],
    closed: null,
    recent: [],
    tail: [],
    noise: { square: 0, count: 0 },
    quiet: { sum: 0, weight: 0, count: 0, ms: 0, excess: 0 },
    forecasts: [],
    sound: null,
    step: null,
    now: null,
  };
}
