import { pause, type Clock } from '@anlan/ports';
import type { Millis } from '@anlan/contracts';

/** Wakes whoever waits for something to do, so that it need not look again and again. */
export type Bell = Readonly<{
  ring(): void;
  /** Read before looking, so that a ring between looking and waiting is not missed. */
  rings(): number;
  /** Resolves with the first ring after `heard`, after `atMostMs`, or when `signal` aborts. */
  wait(heard: number, atMostMs: Millis, signal: AbortSignal): Promise<void>;
}>;

export function bell(clock: Clock): Bell {
  const waiting = new Set<() => void>();
  let rings = 0;
  return {
    ring() {
      rings += 1;
      for (const wake of [...waiting]) wake();
    },
    rings: () => rings,
    async wait(heard, atMostMs, signal) {
      if (rings !== heard || signal.aborted) return;
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      await pause(clock, atMostMs, woken.signal);
      signal.removeEventListener('abort', wake);
      waiting.delete(wake);
    },
  };
}
