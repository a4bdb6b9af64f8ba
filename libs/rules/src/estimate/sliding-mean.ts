/**
 * Mean of the last stretch of time in bounded memory: readings are kept one by one while at most `GRAINS` of them fit, else as parts of 1/`GRAINS` of the
 * stretch. The sum is taken anew once per turnover, so nothing adds up.
 */
import type { Millis } from '@anlan/contracts';

const GRAINS = 64;

/** Changed in place; plain JSON. Parts: time of the first reading, their number, their sum. */
export type SlidingMean = { ts: number[]; ns: number[]; sums: number[]; n: number; sum: number; left: number };

export function startMean(): SlidingMean {
  return { ts: [], ns: [], sums: [], n: 0, sum: 0, left: GRAINS };
}

/** Takes a reading and returns the mean of all that are less than `windowMs` old. */
export function feedMean(state: SlidingMean, { t, v }: Readonly<{ t: Millis; v: number }>, windowMs: Millis): number {
  const { ts, ns, sums } = state;
  const last = ts.length - 1;
  if (last >= 0 && t - (ts[last] ?? 0) < windowMs / GRAINS) {
    ns[last] = (ns[last] ?? 0) + 1;
    sums[last] = (sums[last] ?? 0) + v;
  } else {
    ts.push(t);
    ns.push(1);
    sums.push(v);
    state.left -= 1;
  }
  state.n += 1;
  state.sum += v;
  while (ts.length > 1 && t - (ts[0] ?? 0) >= windowMs) {
    ts.shift();
    state.n -= ns.shift() ?? 0;
    state.sum -= sums.shift() ?? 0;
  }
  if (state.left <= 0) {
    state.left = GRAINS;
    state.sum = sums.reduce((all, one) => all + one, 0);
  }
  return state.sum / state.n;
}

/** How far back the mean reaches from `t`. */
export function reachOf({ ts }: SlidingMean, t: Millis): Millis {
  return t - (ts[0] ?? t);
}
