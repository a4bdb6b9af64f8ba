/** Quantiles: exact ones of short lists, and a sketch of bounded size for streams of any length. */

/** In rising order; not the array given. */
export function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** Quantile of values in rising order, by linear interpolation between ranks (type 7 of Hyndman and Fan 1996); NaN of none. */
export function quantileOf(rising: ArrayLike<number>, p: number): number {
  const rank = (rising.length - 1) * p;
  const below = Math.floor(rank);
  const low = rising[below] ?? Number.NaN;
  const high = rising[Math.min(below + 1, rising.length - 1)] ?? Number.NaN;
  return low + (high - low) * (rank - below);
}

/** Scale of a normal distribution with this median absolute deviation. */
export const SD_PER_MAD = 1.4826;

/** Median of the distances from `centre`. */
export function madAbout(values: readonly number[], centre: number): number {
  return quantileOf(sorted(values.map((v) => Math.abs(v - centre))), 0.5);
}

/**
 * A merging t-digest (Dunning and Ertl 2019): centroids that are fine at the tails and coarse in the middle. Deterministic; its size is bounded by
 * MOST_CENTROIDS and the buffer. Mutable and plain: save it as it is.
 */
export type Digest = { means: number[]; weights: number[]; fresh: number[] };

const MOST_CENTROIDS = 64;
const BUFFER = 32;

export function newDigest(): Digest {
  return { means: [], weights: [], fresh: [] };
}

export function addTo(digest: Digest, v: number): void {
  digest.fresh.push(v);
  if (digest.fresh.length >= BUFFER) settle(digest);
}

/** Quantile of all values added; NaN of none. */
export function digestQuantile(digest: Digest, p: number): number {
  settle(digest);
  return weightedQuantile(digest.means, digest.weights, p);
}

/** Median distance of all values added from `centre`. */
export function digestMad(digest: Digest, centre: number): number {
  settle(digest);
  const away = digest.means.map((mean, i) => [Math.abs(mean - centre), digest.weights[i] ?? 0] as const).sort((a, b) => a[0] - b[0]);
  return weightedQuantile(
    away.map(([distance]) => distance),
    away.map(([, weight]) => weight),
    0.5,
  );
}

/** Scale function k1: how far along its allowance of centroids the share `q` of the weight is. */
function allowance(q: number): number {
  return (MOST_CENTROIDS / 2) * (Math.asin(2 * Math.min(1, q) - 1) / Math.PI + 0.5) * 2;
}

/** Merges the buffer in. */
function settle(digest: Digest): void {
  if (digest.fresh.length === 0) return;
  const parts = [
    ...digest.means.map((mean, i) => [mean, digest.weights[i] ?? 0] as const),
    ...digest.fresh.map((v) => [v, 1] as const),
  ].sort((a, b) => a[0] - b[0]);
  const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
  const means: number[] = [];
  const weights: number[] = [];
  let before = 0;
  let start = 0;
  for (const [mean, weight] of parts) {
    const last = weights.length - 1;
    const held = weights[last] ?? 0;
    if (last >= 0 && allowance((before + weight) / total) - start <= 1) {
      weights[last] = held + weight;
      means[last] = (means[last] ?? 0) + ((mean - (means[last] ?? 0)) * weight) / (held + weight);
    } else {
      start = allowance(before / total);
      means.push(mean);
      weights.push(weight);
    }
    before += weight;
  }
  digest.means = means;
  digest.weights = weights;
  digest.fresh = [];
}

/** Between centroids, each of which stands in the middle of its weight. */
function weightedQuantile(means: readonly number[], weights: readonly number[], p: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const wanted = p * total;
  let passed = 0;
  let lastMiddle = 0;
  for (const [i, mean] of means.entries()) {
    const middle = passed + (weights[i] ?? 0) / 2;
    if (middle >= wanted) {
      const before = means[i - 1];
      return before === undefined ? mean : before + ((mean - before) * (wanted - lastMiddle)) / (middle - lastMiddle);
    }
    passed += weights[i] ?? 0;
    lastMiddle = middle;
  }
  return means.at(-1) ?? Number.NaN;
}
