import type { Reading } from '@anlan/contracts';
import { pause, type Clock } from '@anlan/ports';
import { from, lastValueFrom, takeWhile, tap } from 'rxjs';
import { inSlices } from '../streams/index.js';
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
  tests: readonly Pick<Backtest, 'feed'>[],
  chunks: AsyncIterable<readonly Reading[]>,
  { clock, signal, onProgress }: RunDeps,
): Promise<boolean> {
  let readings = 0;
  const feed = (part: readonly Reading[]): void => {
    for (const test of tests) test.feed(part);
    readings += part.length;
  };
  const rest = (): Promise<void> => {
    onProgress?.({ readings });
    return pause(clock, 0, signal);
  };
  const slices = inSlices<readonly Reading[]>({ sliceMs: SLICE_MS, mono: () => clock.mono(), rest });
  // A chunk is asked for when the last one is through: no more than one is in memory.
  for await (const chunk of chunks) {
    const parts = from(strides(chunk)).pipe(
      slices,
      takeWhile(() => !signal.aborted),
      tap(feed),
    );
    await lastValueFrom(parts, { defaultValue: undefined });
    if (signal.aborted) return false;
  }
  onProgress?.({ readings });
  return !signal.aborted;
}

function* strides(chunk: readonly Reading[]): Generator<readonly Reading[]> {
  for (let i = 0; i < chunk.length; i += STRIDE) yield chunk.slice(i, i + STRIDE);
}
