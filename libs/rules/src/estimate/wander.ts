/** How much a slope wandered within the stretch that it was taken from, beyond what noise makes of it: it will go on to. */
import { lineThrough, type Points } from './ols.js';

const PARTS = 3;

/** Standard deviation of the slope from part to part, in units per ms; `sigma`: noise of the points. 0 for stretches of too few points. */
export function wanderOf({ ts, vs }: Points, sigma: number): number {
  const size = Math.floor(ts.length / PARTS);
  if (size < 3) return 0;
  const slopes: number[] = [];
  let noise = 0;
  for (let part = 0; part < PARTS; part += 1) {
    const from = ts.length - (PARTS - part) * size;
    const line = lineThrough({ ts: ts.slice(from, from + size), vs: vs.slice(from, from + size) });
    if (!line) return 0;
    slopes.push(line.slope);
    noise += (sigma * sigma) / line.spread / PARTS;
  }
  const mean = slopes.reduce((sum, slope) => sum + slope, 0) / PARTS;
  const variance = slopes.reduce((sum, slope) => sum + (slope - mean) ** 2, 0) / (PARTS - 1);
  return Math.sqrt(Math.max(0, variance - noise));
}
