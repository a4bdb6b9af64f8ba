import type { Millis } from '@anlan/contracts';

export type Backoff = Readonly<{ firstMs: Millis; baseMs: Millis; maxMs: Millis }>;

/** The rule we publish for devices: full jitter from 1 s to 60 s, and 0–10 s the first time, so that a mass drop does not come back at once. */
export const DEVICE_BACKOFF: Backoff = { firstMs: 10_000, baseMs: 1_000, maxMs: 60_000 };
/** For tools that a person waits for. */
export const TOOL_BACKOFF: Backoff = { firstMs: 200, baseMs: 500, maxMs: 5_000 };

/** How long to wait before the `attempt`-th reconnect (0 = first). `random` is in [0, 1). */
export function backoffMs({ firstMs, baseMs, maxMs }: Backoff, attempt: number, random: number): Millis {
  if (attempt === 0) return random * firstMs;
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 16));
  return baseMs + random * (ceiling - baseMs);
}
