/** Smallest and largest value of a trailing stretch of time, in at most 33 blocks: what is a block too old is forgotten as a whole. */
import type { Millis } from '@anlan/contracts';

/** Oldest first. Mutable and plain: save it as it is. */
export type Extremes = { key: number; low: number; high: number }[];

const BLOCKS = 32;

/** Lets the stretch of `overMs` ending at `t` learn the value `v`. */
export function learnExtreme(blocks: Extremes, { t, v }: Readonly<{ t: Millis; v: number }>, overMs: Millis): void {
  const key = Math.floor((t * BLOCKS) / overMs);
  const last = blocks.at(-1);
  if (last?.key === key) {
    last.low = Math.min(last.low, v);
    last.high = Math.max(last.high, v);
  } else {
    blocks.push({ key, low: v, high: v });
  }
  forget(blocks, key);
}

/** Range of what was learned within `overMs` before `t`; undefined when there is nothing. */
export function rangeOf(blocks: Extremes, t: Millis, overMs: Millis): Readonly<{ low: number; high: number }> | undefined {
  forget(blocks, Math.floor((t * BLOCKS) / overMs));
  if (blocks.length === 0) return undefined;
  let low = Infinity;
  let high = -Infinity;
  for (const block of blocks) {
    if (block.low < low) low = block.low;
    if (block.high > high) high = block.high;
  }
  return { low, high };
}

function forget(blocks: Extremes, now: number): void {
  while (blocks[0] && blocks[0].key < now - BLOCKS) blocks.shift();
}
