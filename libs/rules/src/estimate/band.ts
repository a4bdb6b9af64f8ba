/**
 * The band in which a point usually is: learned, then frozen, slowly followed, or that of a trailing window.
 *
 * B1  No band before enough was learned: `learn` of time with readings (or as many readings), and never fewer than twenty readings.
 * B2  The band of a reading is what was known before it.
 * B3  Nothing is learned from uncertain readings, nor while an alarm is open unless `learnWhileOpen`.
 * B4  What was learned outlives every gap; only a trailing window begins anew after a gap longer than itself.
 */
import type { BandSpec, Millis, SeasonSpec } from '@anlan/contracts';
import type { Input } from '../detector.js';
import { addTo, digestMad, digestQuantile, madAbout, newDigest, quantileOf, SD_PER_MAD, sorted, type Digest } from './quantile.js';
import { binOf, learnIn, newProfile, usualAt, usualIn, type Profile, type Usual } from './seasonal.js';
import { feed, newTrailing, type Trailing } from './trailing.js';

/** Mutable and plain: save it as it is. */
export type BandState = {
  /** Of what B1 asks for. */
  seen: number;
  rows: number;
  profile: Profile;
  digest: Digest | null;
  window: Trailing | null;
  /** The band, where it is not read from the profile. */
  fixed: Usual | null;
};

export type Band = Readonly<{
  start(): BandState;
  /** The band of this reading (B2), which is learned thereafter; undefined: not known yet (B1). */
  step(state: BandState, input: Input): Usual | undefined;
  /** What is usual at `t`; undefined: not known yet. */
  at(state: BandState, t: Millis): Usual | undefined;
}>;

const LEAST_ROWS = 20;
const MOST_BINS = 128;
/** A reading stands for the time before it, but not for a silence. */
const MOST_INTERVALS = 3;

export function createBand(spec: BandSpec): Band {
  const wanted = 'rows' in spec.learn ? spec.learn.rows : spec.learn.forMs;
  const leastRows = 'rows' in spec.learn ? Math.min(spec.learn.rows, LEAST_ROWS) : LEAST_ROWS;
  const season = seasonOf(spec);
  const windowMs = typeof spec.adapt === 'string' ? undefined : spec.adapt.windowMs;
  const isSketched = windowMs === undefined && (spec.centre !== 'mean' || spec.scale === 'mad');

  const start = (): BandState => ({
    seen: 0,
    rows: 0,
    profile: newProfile(season),
    digest: isSketched ? newDigest() : null,
    window: windowMs === undefined ? null : newTrailing(),
    fixed: null,
  });

  const isLearned = (state: BandState): boolean => state.seen >= wanted && state.rows >= leastRows;

  const at = (state: BandState, t: Millis): Usual | undefined => {
    if (!isLearned(state)) return undefined;
    return isSketched || windowMs !== undefined
      ? (state.fixed ?? undefined)
      : usualIn(state.profile, season, binOf(t, season), spec.minScale);
  };

  const take = (state: BandState, { t, v, gapMs, intervalMs }: Input): void => {
    if (spec.adapt === 'frozen' && isLearned(state)) return;
    const forMs = Number.isFinite(gapMs) ? Math.min(gapMs, MOST_INTERVALS * intervalMs) : intervalMs;
    state.rows += 1;
    state.seen += 'rows' in spec.learn ? 1 : forMs;
    if (state.window && windowMs !== undefined) {
      const binMs = Math.max(windowMs / MOST_BINS, intervalMs);
      const isNew = feed(state.window, { binMs, bins: Math.max(1, Math.round(windowMs / binMs)) }, { t, v });
      if (isNew) state.fixed = bandOfBins(state.window.bins, spec);
      return;
    }
    learnIn(state.profile, season, binOf(t, season), { v, forMs: 'rows' in spec.learn ? intervalMs : forMs });
    if (state.digest) addTo(state.digest, v);
    if (!state.digest || !isLearned(state)) return;
    state.fixed = bandOfDigest(state.digest, spec, usualAt(state.profile, season, { t }));
    state.digest = null;
  };

  return {
    start,
    step(state, input) {
      // B4. The first reading of a point comes after no gap.
      if (windowMs !== undefined && input.gapMs > windowMs && state.rows > 0) Object.assign(state, start());
      const band = at(state, input.t);
      if (input.certain && (spec.learnWhileOpen || !input.open)) take(state, input);
      return band;
    },
    at,
  };
}

/** Time with readings is what counts, and some is always missing. */
const MORE = 1.1;

/** Stretch of past readings in which a band is learned, at this interval. */
export function reachOfBand({ learn: asked, adapt }: BandSpec, intervalMs: Millis): Millis {
  const learnMs = 'forMs' in asked ? asked.forMs : asked.rows * intervalMs;
  return MORE * Math.max(learnMs, typeof adapt === 'string' ? 0 : adapt.windowMs);
}

/** What is frozen forgets nothing; what is followed forgets, if nothing else is said, over the time that it took to learn. */
function seasonOf({ season, adapt, learn: asked }: BandSpec): SeasonSpec {
  if (adapt === 'frozen') return { ...season, memoryMs: Infinity };
  return season.memoryMs === undefined && 'forMs' in asked ? { ...season, memoryMs: asked.forMs } : season;
}

function bandOfBins(bins: readonly number[], { centre: wanted, scale, minScale }: BandSpec): Usual {
  const mean = bins.reduce((sum, v) => sum + v, 0) / bins.length;
  const centre = wanted === 'mean' ? mean : quantileOf(sorted(bins), wanted);
  const sd = Math.sqrt(bins.reduce((sum, v) => sum + (v - mean) ** 2, 0) / bins.length);
  return { centre, scale: Math.max(minScale, scale === 'sd' ? sd : SD_PER_MAD * madAbout(bins, centre)) };
}

function bandOfDigest(digest: Digest, { centre: wanted, scale, minScale }: BandSpec, usual: Usual | undefined): Usual | null {
  if (!usual) return null;
  const centre = wanted === 'mean' ? usual.centre : digestQuantile(digest, wanted);
  return { centre, scale: Math.max(minScale, scale === 'sd' ? usual.scale : SD_PER_MAD * digestMad(digest, centre)) };
}
