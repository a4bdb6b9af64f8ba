import type { LogRecord, LogPlace } from '@anlan/ports';
import type { Topic } from '@anlan/contracts';
import type { FetchedPart } from './fetch-answer.js';

type Waiter = Readonly<{ offset: number; wake: () => void }>;

/**
 * A run of one partition, held in memory for one reader: all records from `start` up to `next`, without a hole.
 *
 * V1  What is ahead of the reader is bounded: a full window is not fetched for.
 * V2  What is behind is kept for a while, for a second reader close by and for a turn that is tried again.
 */
export type Window = Readonly<{
  topic: Topic;
  partition: number;
  next(): number;
  full(): boolean;
  covers(offset: number): boolean;
  /** Up to `max` records from `offset` on; the reader is now there. */
  take(offset: number, max: number): readonly LogRecord[];
  /** What was fetched from somewhere at or before `next`. */
  add(fetched: Pick<FetchedPart, 'rows' | 'next'>): void;
  /** Calls `wake` once when a record at or beyond `offset` is here, or at `wakeAll`; the result takes it back. */
  wait(waiter: Waiter): () => void;
  wakeAll(): void;
  waiting(): boolean;
}> & {
  /** In a long poll that is under way, or that begins soon, so that its end is the end of the log but for what came in that time. */
  polled: boolean;
  usedAt: number;
  polls: number;
};

/** Characters of text. */
const MOST_AHEAD = 1024 * 1024;
const MOST_BEHIND = 512 * 1024;
const RECORD_COST = 100;

export function windowAt(place: Pick<LogPlace, 'topic' | 'partition' | 'offset'>, usedAt: number): Window {
  const { topic, partition } = place;
  const waiters = new Set<Waiter>();
  let start = place.offset;
  let next = place.offset;
  let position = place.offset;
  let records: LogRecord[] = [];
  /** Records before `position`, and the size of both sides. */
  let passed = 0;
  let behind = 0;
  let ahead = 0;

  const indexOf = (offset: number): number => {
    let [low, high] = [0, records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((records[middle]?.offset ?? Infinity) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const moveTo = (offset: number): void => {
    position = Math.max(position, offset);
    for (let record = records[passed]; record && record.offset < position; record = records[++passed]) {
      behind += sizeOf(record);
      ahead -= sizeOf(record);
    }
    if (behind <= MOST_BEHIND) return;
    let dropped = 0;
    for (let record = records[0]; record && dropped < passed && behind > MOST_BEHIND / 2; record = records[dropped]) {
      behind -= sizeOf(record);
      dropped++;
    }
    records = records.slice(dropped);
    passed -= dropped;
    start = records[0]?.offset ?? next;
  };

  return {
    topic,
    partition,
    polled: false,
    usedAt,
    polls: 0,
    next: () => next,
    full: () => ahead >= MOST_AHEAD,
    covers: (offset) => start <= offset && offset <= next,
    take(offset, max) {
      moveTo(offset);
      const from = indexOf(offset);
      return records.slice(from, from + max);
    },
    add(fetched) {
      for (const row of fetched.rows) {
        if (row.offset < next) continue;
        const record = { topic, partition, ...row };
        records.push(record);
        ahead += sizeOf(record);
      }
      next = Math.max(next, fetched.next);
      moveTo(position);
      const last = records.at(-1)?.offset ?? -1;
      for (const waiter of [...waiters]) if (waiter.offset <= last) waiter.wake();
    },
    wait(waiter) {
      moveTo(waiter.offset);
      if (waiter.offset <= (records.at(-1)?.offset ?? -1)) {
        waiter.wake();
        return () => undefined;
      }
      waiters.add(waiter);
      return () => waiters.delete(waiter);
    },
    wakeAll() {
      for (const waiter of [...waiters]) waiter.wake();
    },
    waiting: () => waiters.size > 0,
  };
}

function sizeOf({ key, value }: LogRecord): number {
  return key.length + value.length + RECORD_COST;
}
