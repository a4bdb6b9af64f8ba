/**
 * Distance from what is usual: AS 4.8 and 4.9.
 *
 * Cost of a reading: O(1) for a season or a frozen band; O(bins), at most 128, for `smooth` and, when a bin of a trailing window closes, for that.
 */
import type { BaselineRule } from '@anlan/contracts';
import type { Detector, Input } from '../../detector.js';
import { createBand, reachOfBand, type Band, type BandState } from '../../estimate/band.js';
import { feed, newTrailing, trailingMean, type Trailing } from '../../estimate/trailing.js';
import type { Kind } from '../kind.js';
import { BASELINE_KEYS, parseBaseline } from './parse-baseline.js';
import { drawBaseline, sayBaseline, type Compared } from './say-baseline.js';

/** Mutable and plain. */
export type BaselineState = { band: BandState; smooth: Trailing; compared: Compared | null };

/** Beyond this nobody counts scales: the past was constant. */
const MOST_SCALES = 1_000;
/** A mean over a longer silence says nothing. */
const MOST_INTERVALS = 3;
const SMOOTHING_BINS = 32;

export const baseline: Kind<'baseline', BaselineState> = {
  keys: BASELINE_KEYS,
  parse: parseBaseline,
  detector: detectorOf,
  shape: ({ band, direction, excess, smooth }) => ({ band, direction, excess, smooth }),
  reach: ({ band }, intervalMs) => reachOfBand(band, intervalMs),
};

function detectorOf(rule: BaselineRule): Detector<BaselineState> {
  const band = createBand(rule.band);
  return {
    unit: (pointUnit) => (rule.excess === 'absolute' ? pointUnit : 'σ'),
    start: () => ({ band: band.start(), smooth: newTrailing(), compared: null }),
    step: (state, input) => step(rule, band, { state, input }),
    explain: ({ compared }, about) => sayBaseline(rule, compared, about),
    evidence: (state, about) => drawBaseline({ rule, compared: state.compared, usualAt: (t) => band.at(state.band, t) }, about),
    save: (state) => state,
    load: (saved) => saved as BaselineState,
  };
}

function step(rule: BaselineRule, band: Band, { state, input }: Readonly<{ state: BaselineState; input: Input }>): number | undefined {
  const x = smoothed(rule, state, input);
  const usual = band.step(state.band, input);
  if (!usual || x === undefined) return undefined;
  const { centre, scale } = usual;
  const score = scored(rule, x - centre, scale);
  note(state, { t: input.t, x, centre, scale, score });
  return score;
}

/** In the object that is there: this runs for every reading, and what is kept from one to the next costs the collector most. */
function note(state: BaselineState, { t, x, centre, scale, score }: Compared): void {
  const compared = (state.compared ??= { t, x, centre, scale, score });
  compared.t = t;
  compared.x = x;
  compared.centre = centre;
  compared.scale = scale;
  compared.score = score;
}

/** In the wanted direction, in scales or in the unit of the point. */
function scored({ direction, excess }: BaselineRule, off: number, scale: number): number {
  const distance = direction === 'both' ? Math.abs(off) : direction === 'rise' ? off : -off;
  if (excess === 'absolute' || distance === 0) return distance;
  return Math.max(-MOST_SCALES, Math.min(MOST_SCALES, distance / scale));
}

/** What is compared: the reading, or the mean of the last ones once half of them are there. */
function smoothed({ smooth }: BaselineRule, state: BaselineState, { t, v, gapMs, intervalMs }: Input): number | undefined {
  if (!smooth) return v;
  if (gapMs > MOST_INTERVALS * intervalMs) state.smooth = newTrailing();
  const binMs = 'rows' in smooth ? 0 : Math.max(smooth.forMs / SMOOTHING_BINS, intervalMs);
  const wanted = 'rows' in smooth ? smooth.rows : Math.max(1, Math.round(smooth.forMs / binMs));
  // The open bin is one of them.
  feed(state.smooth, { binMs, bins: binMs === 0 ? wanted : wanted - 1 }, { t, v });
  const had = state.smooth.bins.length + (state.smooth.count > 0 ? 1 : 0);
  return had >= wanted / 2 ? trailingMean(state.smooth) : undefined;
}
