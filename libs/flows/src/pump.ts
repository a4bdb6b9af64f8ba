import { type Clock, pause } from '@anlan/ports';
import { EMPTY, concatMap, defer, lastValueFrom, repeat } from 'rxjs';

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

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Turns `pull` over and over until drained: one turn at a time, the turn in hand is always finished.
 * A failing turn is tried again after 0.1 s, doubling to 5 s; nothing is skipped.
 */
export function pump({ clock, pull, onFailure, isFatal = () => false }: PumpDeps): Pump {
  const stop = new AbortController();
  let retryMs = FIRST_RETRY_MS;
  let settle: (value: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    settle = resolve;
  });
  let started = false;

  const turn = async (): Promise<void> => {
    try {
      await pull(stop.signal);
      retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (isFatal(error)) throw error;
      if (!stop.signal.aborted) onFailure(error);
      await pause(clock, retryMs, stop.signal);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  };

  return {
    start() {
      if (started) return;
      started = true;
      const turns = defer(() => (stop.signal.aborted ? EMPTY : [true])).pipe(
        concatMap(turn),
        repeat({ delay: () => (stop.signal.aborted ? EMPTY : [true]) }),
      );
      lastValueFrom(turns, { defaultValue: undefined }).then(() => settle(undefined), settle);
    },
    async drain() {
      stop.abort();
      if (started) await ended;
    },
    ended,
  };
}
