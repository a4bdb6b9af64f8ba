import { type Clock, pause } from '@anlan/ports';
import { lastValueFrom } from 'rxjs';
import { turns } from './streams/index.js';

export type PumpDeps = Readonly<{
  clock: Clock;
  /** The next batch; waits (bounded by the signal) while there is none. An empty batch is allowed. */
  pull(signal: AbortSignal): Promise<void>;
  /** A turn failed: told once a failure, then waited for and tried again. */
  onFailure(error: unknown): void;
  /** An error that no retry can heal (fenced, corrupt state): ends the loop. */
  isFatal?(error: unknown): boolean;
}>;
export type Pump = Readonly<{ start(): void; drain(): Promise<void>; ended: Promise<unknown> }>;

const RETRY = { firstMs: 100, lastMs: 5_000 };

/**
 * Turns `pull` over and over until drained: one turn at a time, the turn in hand is always finished.
 * A failing turn is tried again after 0.1 s, doubling to 5 s; nothing is skipped.
 */
export function pump({ clock, pull, onFailure, isFatal = () => false }: PumpDeps): Pump {
  const stop = new AbortController();
  let settle: (value: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    settle = resolve;
  });
  let started = false;
  const loop = turns({
    pull: () => pull(stop.signal),
    isOver: () => stop.signal.aborted,
    onFailure,
    isFatal,
    wait: (ms) => pause(clock, ms, stop.signal),
    retry: RETRY,
  });

  return {
    start() {
      if (started) return;
      started = true;
      lastValueFrom(loop, { defaultValue: undefined }).then(() => settle(undefined), settle);
    },
    async drain() {
      stop.abort();
      if (started) await ended;
    },
    ended,
  };
}
