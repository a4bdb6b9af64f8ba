import type { Millis } from '@anlan/contracts';

/** Time from outside: system in the product, virtual in tests and replay. Nothing else may tell the time or wait. */
export type Clock = Readonly<{
  /** Wall clock; may jump. */
  now(): Millis;
  /** Never goes back; for durations of our own. */
  mono(): Millis;
  /** Calls `run` once after `delayMs`; the result cancels it. */
  after(delayMs: Millis, run: () => void): () => void;
}>;

/** Resolves after `delayMs`, or at once when `signal` is aborted. */
export function pause(clock: Clock, delayMs: Millis, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancel();
      resolve();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
