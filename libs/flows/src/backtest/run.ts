import type { Reading } from '@anlan/contracts';
import { pause, type Clock } from '@anlan/ports';
import type { Backtest } from './backtest.js';

export type Progress = Readonly<{ readings: number }>;
export type RunDeps = Readonly<{
  clock: Clock;
  signal: AbortSignal;
  onProgress?(progress: Progress): void;
}>;

/** Work without letting others run: the live platform goes first. */
const SLICE_MS = 5;
/** Readings between two looks at the clock. */
const STRIDE = 512;

/** Feeds every chunk to all of `tests` (versions side by side), in slices. False when it was aborted. */
export async function runBacktests(
  tests: readonly Backtest[],
  chunks: AsyncIterable<readonly Reading[]>,
  { clock, signal, onProgress }: RunDeps,
): Promise<boolean> {
  let readings = 0;
  let sliceEnd = clock.mono() + SLICE_MS;
  for await (const chunk of chunks) {
    for (let i = 0; i < chunk.length; i += STRIDE) {
      if (signal.aborted) return false;
      const part = chunk.slice(i, i + STRIDE);
      for (const test of tests) test.feed(part);
      readings += part.length;
      if (clock.mono() < sliceEnd) continue;
      onProgress?.({ readings });
      await pause(clock, 0, signal);
      sliceEnd = clock.mono() + SLICE_MS;
    }
  }
  onProgress?.({ readings });
  return !signal.aborted;
}
