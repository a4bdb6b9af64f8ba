import type { Millis } from '@anlan/contracts';

/** Waits between attempts: full jitter, so that many processes do not come back in the same moment. */
export type Backoff = Readonly<{ next(): Millis; reset(): void }>;

export function backoff({ baseMs, capMs, random }: Readonly<{ baseMs: Millis; capMs: Millis; random(): number }>): Backoff {
  let attempt = 0;
  return {
    next() {
      const ceiling = Math.min(capMs, baseMs * 2 ** attempt);
      attempt = Math.min(attempt + 1, 30);
      return Math.round(random() * ceiling);
    },
    reset() {
      attempt = 0;
    },
  };
}
