import { performance } from 'node:perf_hooks';
import type { Clock } from '@anlan/ports';

/** The machine's clock. Timers keep the process alive only while something else does. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    mono: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
