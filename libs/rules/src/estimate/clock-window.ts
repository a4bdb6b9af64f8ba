/**
 * Readings of one stretch of the clock (an hour, the night) as one value, given when the first reading beyond the stretch comes.
 *
 * W1  The stretches lie fast on the local clock, so the same readings give the same values whenever one begins to listen.
 * W2  A stretch with less than half of its readings has no value: a mean of three readings is no mean of the night.
 */
import type { ClockWindow, Millis } from '@anlan/contracts';

/** Mutable and plain: save it as it is. `key`: number of the stretch being gathered, null outside all. */
export type Gathering = {
  key: number | null;
  n: number;
  sum: number;
  low: number;
  high: number;
  /** For the median: every `stride`-th value. */
  kept: number[];
  stride: number;
  certain: boolean;
};

/** One stretch: from `from` until before `to`. */
export type Gathered = Readonly<{ from: Millis; to: Millis; v: number; certain: boolean }>;
type Seen = Readonly<{ t: Millis; v: number; certain: boolean; intervalMs: Millis }>;
type Stretch = Readonly<{ key: number; from: Millis; to: Millis }>;

const DAY_MS = 86_400_000;
const LEAST_COVER = 0.5;
/** Values kept for a median; beyond, every second one is let go. Even, so that the stride stays in step. */
const MOST_KEPT = 128;

export function newGathering(): Gathering {
  return { key: null, n: 0, sum: 0, low: 0, high: 0, kept: [], stride: 1, certain: true };
}

export function lengthOf(window: ClockWindow): Millis {
  if ('everyMs' in window) return window.everyMs;
  const length = window.toMs - window.fromMs;
  return length > 0 ? length : length + DAY_MS;
}

/** Takes a reading in; gives the stretch that it shows to be over, if that has a value. */
export function gather(
  gathering: Gathering,
  seen: Seen,
  { window, zoneOffsetMs }: Readonly<{ window: ClockWindow; zoneOffsetMs: Millis }>,
): Gathered | undefined {
  const local = seen.t + zoneOffsetMs;
  const key = keyAt(window, local);
  const { key: had } = gathering;
  const done = had !== null && had !== key ? closed(gathering, { window, zoneOffsetMs, had, intervalMs: seen.intervalMs }) : undefined;
  if (had !== key) Object.assign(gathering, newGathering(), { key });
  if (key !== null) take(gathering, seen, window);
  return done;
}

/** Number of the stretch that local time lies in; null between two nights. */
function keyAt(window: ClockWindow, local: Millis): number | null {
  if ('everyMs' in window) return Math.floor(local / window.everyMs);
  const day = Math.floor((local - window.fromMs) / DAY_MS);
  return local - window.fromMs - day * DAY_MS < lengthOf(window) ? day : null;
}

function stretchOf(window: ClockWindow, key: number, zoneOffsetMs: Millis): Stretch {
  const from = ('everyMs' in window ? key * window.everyMs : key * DAY_MS + window.fromMs) - zoneOffsetMs;
  return { key, from, to: from + lengthOf(window) };
}

type Closing = Readonly<{ window: ClockWindow; zoneOffsetMs: Millis; had: number; intervalMs: Millis }>;

function closed(gathering: Gathering, { window, zoneOffsetMs, had, intervalMs }: Closing): Gathered | undefined {
  if (gathering.n < (LEAST_COVER * lengthOf(window)) / intervalMs) return undefined;
  const { from, to } = stretchOf(window, had, zoneOffsetMs);
  return { from, to, v: valueOf(gathering, window), certain: gathering.certain };
}

function valueOf({ n, sum, low, high, kept }: Gathering, { stat }: ClockWindow): number {
  switch (stat) {
    case 'mean':
      return sum / n;
    case 'min':
      return low;
    case 'max':
      return high;
    case 'median':
      return medianOf(kept);
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}

function take(gathering: Gathering, { v, certain }: Seen, { stat }: ClockWindow): void {
  gathering.low = gathering.n === 0 ? v : Math.min(gathering.low, v);
  gathering.high = gathering.n === 0 ? v : Math.max(gathering.high, v);
  if (stat === 'median' && gathering.n % gathering.stride === 0) keep(gathering, v);
  gathering.n += 1;
  gathering.sum += v;
  gathering.certain &&= certain;
}

function keep(gathering: Gathering, v: number): void {
  if (gathering.kept.length === MOST_KEPT) {
    gathering.kept = gathering.kept.filter((_, i) => i % 2 === 0);
    gathering.stride *= 2;
  }
  gathering.kept.push(v);
}
