/**
 * The plain rule of standards and manuals: the largest change of a reading, or of the mean over a stretch, against any other of the window before it.
 * What changes are usual for this point, either way, is learned as their root mean square, so that a limit can ask for more than the point's own weather.
 */
import type { Millis, RateDirection, RateRule } from '@anlan/contracts';
import {
  dropBefore,
  feedExtremes,
  leastOf,
  mostOf,
  startExtremes,
  type Extreme,
  type SlidingExtremes,
} from '../../estimate/sliding-extremes.js';
import { feedMean, reachOf, startMean, type SlidingMean } from '../../estimate/sliding-mean.js';
import type { Input } from '../../detector.js';
import type { Gauge, Gauged } from './gauge.js';

/** `n` changes since `since` with this mean square. */
type Usual = { square: number; n: number; since: Millis; t: Millis };
type State = { extremes: SlidingExtremes; mean: SlidingMean | null; usual: Usual; begun: Millis };

/** A change counts at most as this many usual ones. */
const CLIP = 4;
/** What is usual is known after so many changes over so many windows. */
const SETTLED = 8;
const SETTLED_WINDOWS = 5;
/** A mean over less of its stretch is no mean. */
const LEAST_SMOOTHED = 0.7;

export function differenceGauge(rule: RateRule): Gauge<State> {
  const { windowMs, minCoverage, smoothMs, learnMs, direction } = rule;

  /** The value to be compared: NaN while the mean is not complete. An uncertain reading is compared as it is. */
  function valueOf(state: State, { t, v, certain, intervalMs }: Input): number {
    if (!state.mean || smoothMs === undefined) return v;
    if (!certain) return Number.NaN;
    if (t - (state.mean.ts.at(-1) ?? t) > smoothMs) state.mean = startMean();
    const mean = feedMean(state.mean, { t, v }, smoothMs);
    return reachOf(state.mean, t) + intervalMs >= Math.max(LEAST_SMOOTHED, minCoverage) * smoothMs ? mean : Number.NaN;
  }

  return {
    start: () => ({
      extremes: startExtremes(),
      mean: smoothMs === undefined ? null : startMean(),
      usual: { square: 0, n: 0, since: 0, t: 0 },
      begun: 0,
    }),
    step(state: State, input: Input): Gauged | undefined {
      const value = valueOf(state, input);
      if (Number.isNaN(value)) return undefined;
      const { t, certain, open } = input;
      const { extremes, usual } = state;
      dropBefore(extremes, t - windowMs);
      const from = changedFrom(extremes, value, direction);
      const widest = changedFrom(extremes, value, 'both');
      if (certain) feedExtremes(extremes, { t, v: value }, windowMs);
      if (!from || !widest) {
        if (certain) state.begun = t;
        return undefined;
      }
      const change = isInDirection(direction, value - from.v) ? value - from.v : 0;
      const sd = usual.n >= SETTLED && usual.t - usual.since >= SETTLED_WINDOWS * windowMs ? Math.sqrt(usual.square) / windowMs : Infinity;
      if (certain && !open) learn(usual, { t, change: value - widest.v, learnMs });
      if (t - state.begun < minCoverage * windowMs) return undefined;
      return { rate: change / windowMs, change, sd, from: from.t, to: t, at: value };
    },
  };
}

function changedFrom(extremes: SlidingExtremes, value: number, direction: RateDirection): Extreme | undefined {
  const least = leastOf(extremes);
  const most = mostOf(extremes);
  if (!least || !most || direction === 'rise') return least;
  return direction === 'fall' || most.v - value > value - least.v ? most : least;
}

function isInDirection(direction: RateDirection, change: number): boolean {
  return direction === 'both' || (direction === 'rise' ? change > 0 : change < 0);
}

function learn(usual: Usual, { t, change, learnMs }: Readonly<{ t: Millis; change: number; learnMs: Millis }>): void {
  if (usual.n === 0) usual.since = t;
  const isKnown = usual.n >= SETTLED && usual.square > 0;
  const square = isKnown ? Math.min(change * change, CLIP * CLIP * usual.square) : change * change;
  const weight = usual.n === 0 ? 1 : Math.max(1 / (usual.n + 1), -Math.expm1((usual.t - t) / learnMs));
  usual.square += weight * (square - usual.square);
  usual.n = Math.min(usual.n + 1, Number.MAX_SAFE_INTEGER);
  usual.t = t;
}
