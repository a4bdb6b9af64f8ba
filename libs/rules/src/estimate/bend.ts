/**
 * Where a course that slows down will come to rest. The window is cut into three equal stretches; if the second step between their means is clearly
 * smaller than the first, the steps are taken to shrink by the same ratio for ever (a geometric series, Aitken's Δ²), as consolidation, filling and
 * warming do.
 */
import type { Points } from './ols.js';

/** A bend below so many standard deviations may be chance. */
const CLEAR = 2;

/** The value at which the course comes to rest, at the earliest; undefined when it does not clearly slow down. `sigma`, `nEff`: noise and worth of the points. */
export function restOf({ ts, vs }: Points, { sigma, nEff }: Readonly<{ sigma: number; nEff: number }>): number | undefined {
  const from = ts[0] ?? 0;
  const third = ((ts.at(-1) ?? 0) - from) / 3;
  const sums = [0, 0, 0];
  const counts = [0, 0, 0];
  for (let i = 0; i < ts.length; i += 1) {
    const part = Math.min(2, Math.floor(((ts[i] ?? 0) - from) / third)) || 0;
    sums[part] = (sums[part] ?? 0) + (vs[i] ?? 0);
    counts[part] = (counts[part] ?? 0) + 1;
  }
  const [m1 = Number.NaN, m2 = Number.NaN, m3 = Number.NaN] = sums.map((sum, i) => sum / (counts[i] ?? 0));
  const first = m2 - m1;
  const second = m3 - m2;
  // The difference of the steps is m1 − 2·m2 + m3, of three means of a third of the points each.
  const sd = sigma * Math.sqrt(18 / Math.max(3, nEff));
  const slowing = Math.sign(first) * (first - second);
  if (!(slowing > CLEAR * sd) || first === 0) return undefined;
  const ratio = second / first;
  if (ratio <= 0) return m3;
  return m3 + (second * ratio) / (1 - ratio);
}
