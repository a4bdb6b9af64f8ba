import type { Millis } from '@anlan/contracts';
import type { Placed } from './origin.js';

/**
 * The newest time that the store holds of each point, as far as this process can know it: a row beyond it needs no look-up.
 *
 * What one process remembers is right only while it writes every record of a partition. When records of a partition are missing
 * between two writes, another process may have had the partition meanwhile, and all of its points are forgotten. (Records without
 * readings look the same; forgetting costs one query.)
 */
export type NewestTimes = Readonly<{
  /** Looks at the places in the log that `rows` come from, in their order. */ follow(rows: readonly Placed[]): void;
  get(pointId: string): Millis | undefined;
  set(row: Placed, newest: Millis): void;
  /** After a failed write nothing is known of its partitions. */ forget(rows: readonly Placed[]): void;
}>;

type Known = Readonly<{ newest: Millis; partition: number; era: number }>;

/** `limit`: points kept; the one not used for longest goes first. */
export function newestTimes(limit: number): NewestTimes {
  const points = new Map<string, Known>();
  const partitions = new Map<number, Readonly<{ next: number; era: number }>>();
  let eras = 0;

  return {
    follow(rows) {
      for (const [partition, { first, last }] of spansOf(rows)) {
        const known = partitions.get(partition);
        const unbroken = known !== undefined && first <= known.next;
        if (unbroken) partitions.set(partition, { next: Math.max(last + 1, known.next), era: known.era });
        else partitions.set(partition, { next: last + 1, era: (eras += 1) });
      }
    },
    get(pointId) {
      const known = points.get(pointId);
      return known && partitions.get(known.partition)?.era === known.era ? known.newest : undefined;
    },
    set({ row: { reading }, partition }, newest) {
      const { pointId } = reading;
      points.delete(pointId);
      points.set(pointId, { newest, partition, era: partitions.get(partition)?.era ?? 0 });
      const oldest = points.size > limit ? points.keys().next().value : undefined;
      if (oldest !== undefined) points.delete(oldest);
    },
    forget(rows) {
      for (const { partition } of rows) partitions.delete(partition);
    },
  };
}

/** First and last offset of each partition. */
function spansOf(rows: readonly Placed[]): ReadonlyMap<number, Readonly<{ first: number; last: number }>> {
  const spans = new Map<number, { first: number; last: number }>();
  for (const { partition, offset } of rows) {
    const span = spans.get(partition);
    if (span === undefined) spans.set(partition, { first: offset, last: offset });
    else {
      span.first = Math.min(span.first, offset);
      span.last = Math.max(span.last, offset);
    }
  }
  return spans;
}
