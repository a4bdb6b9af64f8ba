import type { Millis } from '@anlan/contracts';
import type { Input } from '../../detector.js';

/** What an estimator reads off the course of a point. */
export type Gauged = Readonly<{
  /** Point units per ms; falling is negative. */
  rate: number;
  /** `difference`: the change itself, free of the rounding that a detour by the rate would bring. */
  change?: number;
  /** Standard deviation of the rate where nothing happens; Infinity while that is not known. */
  sd: number;
  /** Chance of such a rate in a series without trend, where the estimator tests that. */
  p?: number;
  /** The stretch that the rate speaks of, and the value that the line has at its end. */
  from: Millis;
  to: Millis;
  at: number;
}>;

/** One way to measure a rate. Its state is plain JSON, changed in place; an uncertain reading may be gauged but leaves no trace in it. */
export type Gauge<S> = Readonly<{
  start(): S;
  /** Undefined: no opinion yet. */
  step(state: S, input: Input): Gauged | undefined;
}>;
