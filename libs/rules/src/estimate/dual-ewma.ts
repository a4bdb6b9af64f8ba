/**
 * Slope from two exponential averages, one faster than the other (AS 4.2), O(1) in time and space, for irregular samples.
 *
 * Both averages lag behind the signal. Instead of taking the lags from the time constants (`slope = (fast − slow) / (τ_slow − τ_fast)`, right only
 * for dense samples long after the start) the mean age of what each average is made of is averaged along with the values. On a straight line
 * `(fast − slow) / (ageSlow − ageFast)` is then the slope exactly, from the second sample on and whatever the spacing. The sums of squared weights
 * go along too, so the noise of the slope is known exactly as well; far from the start it is the formula of AS 4.2.
 */
import type { Millis } from '@anlan/contracts';

/** Plain numbers, changed in place. `n` is 0 before the first sample. */
export type DualEwma = {
  n: number;
  t: Millis;
  v: number;
  fast: number;
  slow: number;
  ageFast: Millis;
  ageSlow: Millis;
  /** Sums of squared weights: of the fast average, of the slow one, and of their products. */
  ff: number;
  ss: number;
  fs: number;
  /** Variance of one sample's noise, from differences of neighbours less the slope; and of how many differences. */
  noise: number;
  differences: number;
};

export type Taus = Readonly<{ fastMs: Millis; slowMs: Millis }>;
/** What is kept of either average over a spacing, and the share of the noise that is learned anew. */
export type Decay = { dt: Millis; fast: number; slow: number; noise: number };

/** A new difference counts at most as if it were this many times the known spread: one spike must not hide the next slope. */
const CLIP = 4;
/** Below this many differences their plain mean is taken. */
const SETTLED = 8;
/** The noise forgets this many times more slowly than the slow average. */
const NOISE_MEMORY = 4;

export function startDual(): DualEwma {
  return { n: 0, t: 0, v: 0, fast: 0, slow: 0, ageFast: 0, ageSlow: 0, ff: 1, ss: 1, fs: 1, noise: 0, differences: 0 };
}

/** Begins with one sample. What is known of the noise stays. */
export function beginDual(state: DualEwma, t: Millis, v: number): void {
  state.n = 1;
  state.t = t;
  state.v = state.fast = state.slow = v;
  state.ageFast = state.ageSlow = 0;
  state.ff = state.ss = state.fs = 1;
}

export function newDecay(): Decay {
  return { dt: Number.NaN, fast: 0, slow: 0, noise: 0 };
}

function setDecay(decay: Decay, dt: Millis, { fastMs, slowMs }: Taus): void {
  decay.dt = dt;
  decay.fast = Math.exp(-dt / fastMs);
  decay.slow = Math.exp(-dt / slowMs);
  decay.noise = -Math.expm1(-(dt / (NOISE_MEMORY * slowMs)));
}

/**
 * Takes the next sample; `t` must be after the last one. `learn`: the noise may be learned from it.
 * `decay`: that of the last spacing with the same time constants, which is nearly always that of this one.
 */
export function stepDual(
  state: DualEwma,
  sample: Readonly<{ t: Millis; v: number; learn: boolean }>,
  taus: Taus,
  decay: Decay = newDecay(),
): void {
  const dt = sample.t - state.t;
  if (decay.dt !== dt) setDecay(decay, dt, taus);
  const { fast: keepFast, slow: keepSlow } = decay;
  const inFast = 1 - keepFast;
  const inSlow = 1 - keepSlow;
  if (sample.learn && state.n > 1) learnNoise(state, sample.v - state.v - slopeOfDual(state) * dt, decay.noise);
  state.fast += inFast * (sample.v - state.fast);
  state.slow += inSlow * (sample.v - state.slow);
  state.ageFast = keepFast * (state.ageFast + dt);
  state.ageSlow = keepSlow * (state.ageSlow + dt);
  state.ff = keepFast * keepFast * state.ff + inFast * inFast;
  state.ss = keepSlow * keepSlow * state.ss + inSlow * inSlow;
  state.fs = keepFast * keepSlow * state.fs + inFast * inSlow;
  state.t = sample.t;
  state.v = sample.v;
  state.n += 1;
}

/** Units per ms; 0 while there is one sample only. */
export function slopeOfDual(state: DualEwma): number {
  const apart = state.ageSlow - state.ageFast;
  return apart > 0 ? (state.fast - state.slow) / apart : 0;
}

/** Standard deviation that the noise gives the slope, in units per ms; Infinity while the noise is not known. */
export function slopeSdOfDual(state: DualEwma): number {
  const apart = state.ageSlow - state.ageFast;
  if (apart <= 0 || state.differences < SETTLED) return Infinity;
  return Math.sqrt(state.noise * Math.max(0, state.ff + state.ss - 2 * state.fs)) / apart;
}

/** Value that the line through both averages has at the last sample. */
export function levelOfDual(state: DualEwma): number {
  return state.fast + slopeOfDual(state) * state.ageFast;
}

function learnNoise(state: DualEwma, difference: number, share: number): void {
  const { noise, differences } = state;
  const square = (difference * difference) / 2;
  const isKnown = differences >= SETTLED && noise > 0;
  const taken = isKnown ? Math.min(square, CLIP * CLIP * noise) : square;
  const weight = Math.max(1 / (differences + 1), share);
  state.noise += weight * (taken - noise);
  state.differences = Math.min(differences + 1, Number.MAX_SAFE_INTEGER);
}
