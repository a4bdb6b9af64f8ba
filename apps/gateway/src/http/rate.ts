import type { Clock } from '@anlan/ports';

const MAX_KEYS = 50_000;
type Bucket = { tokens: number; at: number };
/** `take` answers 0 when the call may go on, else the seconds after which it may be tried again. */
export type Rate = Readonly<{ take(key: string): number; peek(key: string): number }>;

/** One token bucket a key: `perMinute` on average, `burst` at once. Full buckets are forgotten. */
export function tokenBuckets(clock: Clock, perMinute: number, burst: number): Rate {
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;
  const refill = (key: string): Bucket => {
    const now = clock.mono();
    const bucket = buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) * perMs);
    bucket.at = now;
    return bucket;
  };
  const sweep = (): void => {
    for (const key of buckets.keys()) if (refill(key).tokens >= burst) buckets.delete(key);
    if (buckets.size >= MAX_KEYS) buckets.clear();
  };
  const waitOf = (bucket: Bucket): number => (bucket.tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1_000)));
  return {
    peek: (key) => waitOf(refill(key)),
    take(key) {
      if (buckets.size >= MAX_KEYS) sweep();
      const bucket = refill(key);
      const waitS = waitOf(bucket);
      if (waitS === 0) bucket.tokens -= 1;
      buckets.set(key, bucket);
      return waitS;
    },
  };
}
