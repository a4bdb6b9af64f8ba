import type { RateRule } from '@anlan/contracts';
import {
  beginDual,
  levelOfDual,
  newDecay,
  slopeOfDual,
  slopeSdOfDual,
  startDual,
  stepDual,
  type DualEwma,
  type Taus,
} from '../../estimate/dual-ewma.js';
import type { Input } from '../../detector.js';
import type { Gauge, Gauged } from './gauge.js';

/** AS 4.2: the slow average looks over half the window, the fast one over a fifth of that. */
export function tausOf(windowMs: number): Taus {
  return { slowMs: windowMs / 2, fastMs: windowMs / 10 };
}

type State = { dual: DualEwma; begun: number };

export function dualEwmaGauge({ windowMs, minCoverage }: RateRule): Gauge<State> {
  const taus = tausOf(windowMs);
  const decay = newDecay();

  function gauged(dual: DualEwma, begun: number): Gauged | undefined {
    if (dual.t - begun < minCoverage * windowMs) return undefined;
    return {
      rate: slopeOfDual(dual),
      sd: slopeSdOfDual(dual),
      from: Math.max(begun, dual.t - windowMs),
      to: dual.t,
      at: levelOfDual(dual),
    };
  }

  return {
    start: () => ({ dual: startDual(), begun: 0 }),
    step(state: State, { t, v, certain, open }: Input): Gauged | undefined {
      const isNew = state.dual.n === 0 || t - state.dual.t > taus.slowMs;
      if (!certain) {
        if (isNew) return undefined;
        const trial = { ...state.dual };
        stepDual(trial, { t, v, learn: false }, taus, decay);
        return gauged(trial, state.begun);
      }
      if (isNew) {
        beginDual(state.dual, t, v);
        state.begun = t;
        return undefined;
      }
      stepDual(state.dual, { t, v, learn: !open }, taus, decay);
      return gauged(state.dual, state.begun);
    },
  };
}
