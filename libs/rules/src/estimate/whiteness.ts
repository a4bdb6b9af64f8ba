/**
 * How much each value leans on the one before, and by how much that widens a sum of them.
 *
 * Dependent values wander: with lag-1 correlation φ the standard deviation of their mean is √((1 + φ)/(1 − φ)) times that of independent ones,
 * and a cumulative sum with the short-term deviation calls every few hours. Measured in units of the long-term deviation it keeps its false rate.
 */

/** Mutable and plain. `last`: the value before, null after a hole. */
export type Whiteness = { last: number | null; n: number; square: number; product: number };

/** Pairs that are remembered. */
const MEMORY = 200;
/** A correlation from a few pairs is a guess: as if so many uncorrelated ones had been seen before. */
const DOUBT = 10;
const MOST = 0.95;

export function newWhiteness(): Whiteness {
  return { last: null, n: 0, square: 0, product: 0 };
}

export function learnPair(whiteness: Whiteness, z: number): void {
  const { last } = whiteness;
  whiteness.last = z;
  if (last === null) return;
  whiteness.n = Math.min(whiteness.n + 1, MEMORY);
  whiteness.square += ((z * z + last * last) / 2 - whiteness.square) / whiteness.n;
  whiteness.product += (z * last - whiteness.product) / whiteness.n;
}

/** At least 1: values that swing back are not trusted to go on doing so. */
export function widening({ n, square, product }: Whiteness): number {
  if (square <= 0) return 1;
  const phi = Math.max(0, Math.min(MOST, (product / square) * (n / (n + DOUBT))));
  return Math.sqrt((1 + phi) / (1 - phi));
}
