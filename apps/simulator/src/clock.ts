import type { Millis } from '@anlan/contracts';

/** Time as the simulator needs it: the system's, or a virtual one in tests. The `Clock` of `@anlan/ports` fits. */
export type SimulatorClock = Readonly<{ now(): Millis; mono(): Millis; after(delayMs: Millis, run: () => void): () => void }>;

export function realClock(): SimulatorClock {
  return {
    now: () => Date.now(),
    mono: () => performance.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after `delayMs`; at once when that is not positive. */
export function sleep(clock: SimulatorClock, delayMs: Millis): Promise<void> {
  return delayMs > 0 ? new Promise((resolve) => void clock.after(delayMs, resolve)) : Promise.resolve();
}

/** Resolves when `done` does, at the latest after `limitMs`. */
export function within(clock: SimulatorClock, done: Promise<void>, limitMs: Millis): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(limitMs, resolve);
    void done.then(() => {
      cancel();
      resolve();
    });
  });
}
