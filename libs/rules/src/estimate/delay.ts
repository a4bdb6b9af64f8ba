/**
 * What counts before raising and clearing cost and buy (AS 2.2): the designer for `onCount` and `offCount`. All for independent readings; real ones
 * seldom are, so measure the chance of a false breach from history and look at the lag-1 correlation too.
 */

/**
 * T(n, p) = (1 − pⁿ) / ((1 − p) · pⁿ): mean number of readings until n in a row breach, when each does with chance p (Feller, An Introduction to
 * Probability Theory, XIII.7). n a whole number from 1, 0 < p ≤ 1; Infinity for p = 0.
 */
export function meanReadingsToRun(n: number, p: number): number {
  if (p <= 0) return Infinity;
  if (p >= 1) return n;
  // expm1 keeps the digits where pⁿ is near 1.
  const logRun = n * Math.log(p);
  return -Math.expm1(logRun) / ((1 - p) * Math.exp(logRun));
}

/** Mean number of readings between two false alarms, when a healthy reading breaches with chance p: T(onCount, p) + T(offCount, 1 − p). */
export function meanReadingsBetweenFalseAlarms({
  onCount,
  offCount,
  p,
}: Readonly<{ onCount: number; offCount: number; p: number }>): number {
  return meanReadingsToRun(onCount, p) + meanReadingsToRun(offCount, 1 - p);
}

/** The least `onCount` up to `most` with at least `wanted` readings between false alarms; undefined if none suffices. */
export function leastOnCount({
  p,
  wanted,
  offCount,
  most,
}: Readonly<{ p: number; wanted: number; offCount: number; most: number }>): number | undefined {
  for (let n = 1; n <= most; n += 1) if (meanReadingsBetweenFalseAlarms({ onCount: n, offCount, p }) >= wanted) return n;
  return undefined;
}
