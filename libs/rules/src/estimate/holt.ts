/**
 * Level and slope that follow a series (Holt's linear method, AS 4.5), O(1), for irregular samples: α = 1 − exp(−Δ/τ).
 *
 *     f = l + bΔ;  e = x − f;  l = f + αe;  b += αβe/Δ
 */
import type { Millis } from '@anlan/contracts';

/** Changed in place; plain JSON. `n` is 0 before it began. Slope in units per ms. */
export type Holt = { n: number; t: Millis; level: number; slope: number };

export type HoltTerms = Readonly<{ tauMs: Millis; beta: number; gain: Gain }>;
/** α of the last spacing: nearly always that of the next one. */
type Gain = { dt: Millis; alpha: number };

export function holtTerms(tauMs: Millis, beta: number): HoltTerms {
  return { tauMs, beta, gain: { dt: 0, alpha: 0 } };
}

function alphaOf({ tauMs, gain }: HoltTerms, dt: Millis): number {
  if (gain.dt !== dt) {
    gain.dt = dt;
    gain.alpha = -Math.expm1(-dt / tauMs);
  }
  return gain.alpha;
}

export function startHolt(): Holt {
  return { n: 0, t: 0, level: 0, slope: 0 };
}

/** Begins on a line that was fitted to what came before. */
export function beginHolt(state: Holt, line: Readonly<{ t: Millis; level: number; slope: number }>): void {
  Object.assign(state, line, { n: 1 });
}

/** Takes the next sample; `t` must be after the last one. */
export function stepHolt(state: Holt, { t, v }: Readonly<{ t: Millis; v: number }>, terms: HoltTerms): void {
  const dt = t - state.t;
  const alpha = alphaOf(terms, dt);
  const foretold = state.level + state.slope * dt;
  const error = v - foretold;
  state.level = foretold + alpha * error;
  state.slope += (alpha * terms.beta * error) / dt;
  state.t = t;
  state.n = Math.min(state.n + 1, Number.MAX_SAFE_INTEGER);
}
