/** Counts of durations in buckets that grow by 1 %, from 1 µs to about 17 min: bounded memory, quantiles right to 1 %. */
export type Histogram = Readonly<{
  add(ms: number): void;
  count(): number;
  /** `q` in [0, 1]; 0 when empty. */ quantile(q: number): number;
  max(): number;
}>;

const BASE = Math.log(1.01);
const BUCKETS = 2_100;

export function histogram(): Histogram {
  const counts = new Float64Array(BUCKETS);
  let total = 0;
  let largest = 0;
  return {
    add: (ms) => {
      const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.ceil(Math.log(Math.max(ms * 1000, 1)) / BASE)));
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      total += 1;
      largest = Math.max(largest, ms);
    },
    count: () => total,
    quantile: (q) => {
      let left = Math.ceil(q * total);
      if (left === 0) return 0;
      const bucket = counts.findIndex((count) => (left -= count) <= 0);
      return Math.min(largest, Math.exp(bucket * BASE) / 1000);
    },
    max: () => largest,
  };
}
