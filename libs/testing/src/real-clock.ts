import { performance } from 'node:perf_hooks';
import type { Clock } from '@anlan/ports';

/** The machine's clock, for specs against real engines; the product's own is in `@anlan/shell`, which adapters do not know. */
export const realClock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
