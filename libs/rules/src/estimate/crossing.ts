/** When a forecast with its growing uncertainty meets a limit. */
import type { Millis } from '@anlan/contracts';

export type Course = Readonly<{
  /** Value expected this long from now. */
  at(leadMs: Millis): number;
  /** Half the width of the interval then. */
  reach(leadMs: Millis): number;
}>;
/** Times from now; `late` is null when the interval never closes on the limit within the time looked at. */
export type Crossing = Readonly<{ early: Millis; middle: Millis; late: Millis | null }>;

/** Looked at so many moments, evenly spaced, and between two of them by halving. */
const MOMENTS = 96;
const HALVINGS = 20;

/** The first times within `withinMs` at which the upper edge, the middle and the lower edge of the course pass `limit` (from below if `side` is high). */
export function crossingOf(
  course: Course,
  { limit, side }: Readonly<{ limit: number; side: 'high' | 'low' }>,
  withinMs: Millis,
): Crossing | undefined {
  const sign = side === 'high' ? 1 : -1;
  const first = (edge: -1 | 0 | 1): Millis | undefined =>
    firstPast((lead) => sign * (course.at(lead) - limit) + (edge === 0 ? 0 : edge * course.reach(lead)), withinMs);
  const middle = first(0);
  if (middle === undefined) return undefined;
  return { early: first(1) ?? middle, middle, late: first(-1) ?? null };
}

/** The first time at which `past` is no longer negative. */
function firstPast(past: (lead: Millis) => number, withinMs: Millis): Millis | undefined {
  if (past(0) >= 0) return 0;
  for (let i = 1; i <= MOMENTS; i += 1) {
    const to = (withinMs * i) / MOMENTS;
    if (past(to) < 0) continue;
    let [low, high] = [(withinMs * (i - 1)) / MOMENTS, to];
    for (let j = 0; j < HALVINGS; j += 1) {
      const middle = (low + high) / 2;
      if (past(middle) < 0) low = middle;
      else high = middle;
    }
    return high;
  }
  return undefined;
}
