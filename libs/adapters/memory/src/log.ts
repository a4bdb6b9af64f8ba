import { type Topic, partitionFor } from '@anlan/contracts';
import { type Clock, type Log, type LogPlace, type LogRecord, LogUnavailable, type NewRecord } from '@anlan/ports';

export type MemoryLogDeps = Readonly<{ clock: Clock; /** Partitions of every topic; 1 if left out. */ partitions?: number }>;
type Waiter = Readonly<{ offset: number; wake: () => void }>;
type Shelf = { first: number; records: LogRecord[]; lastAt: number; waiters: Set<Waiter>; readonly commits: Map<string, number> };

/** A log in memory: all promises but that it outlives the process. For the simulation and for tests. */
export function memoryLog({ clock, partitions = 1 }: MemoryLogDeps): Log {
  const shelves = new Map<string, Shelf>();
  let closed = false;

  const shelfOf = (topic: Topic, partition: number): Shelf => {
    const name = `${topic}/${partition}`;
    const found = shelves.get(name) ?? { first: 0, records: [], lastAt: 0, waiters: new Set<Waiter>(), commits: new Map<string, number>() };
    shelves.set(name, found);
    return found;
  };
  const put = ({ topic, key, value, trace }: NewRecord, partition: number): LogPlace => {
    const shelf = shelfOf(topic, partition);
    const place = { topic, partition, offset: nextOf(shelf), at: Math.max(shelf.lastAt, clock.now()) };
    shelf.records.push({ ...place, key, value, ...(trace !== undefined && { trace }) });
    shelf.lastAt = place.at;
    return place;
  };
  const append = async (records: readonly (readonly [NewRecord, number])[]): Promise<readonly LogPlace[]> => {
    if (closed) throw new LogUnavailable('the log is closed');
    const places = records.map(([record, partition]) => put(record, partition));
    for (const { topic, partition } of places) wake(shelfOf(topic, partition));
    return places;
  };

  return {
    partitions: () => partitions,
    partitionOf: (_topic, key) => partitionFor(key, partitions),
    append: (records) => append(records.map((record) => [record, partitionFor(record.key, partitions)])),
    appendToAll: (record) => append(Array.from({ length: partitions }, (_, partition) => [record, partition])),
    async read(topic, partition, offset, max) {
      const { first, records } = shelfOf(topic, partition);
      const from = Math.max(offset, first) - first;
      return records.slice(from, from + max);
    },
    async bounds(topic, partition) {
      const shelf = shelfOf(topic, partition);
      return { first: shelf.first, next: nextOf(shelf) };
    },
    until: (topic, partition, offset, signal) => waitFor(shelfOf(topic, partition), offset, signal),
    async committed(group, topic, partition) {
      return shelfOf(topic, partition).commits.get(group) ?? 0;
    },
    async commit(group, topic, partition, next) {
      const shelf = shelfOf(topic, partition);
      if (next > nextOf(shelf)) throw new RangeError(`${group} commits ${next} of ${topic}/${partition}, which ends at ${nextOf(shelf)}`);
      shelf.commits.set(group, Math.max(next, shelf.commits.get(group) ?? 0));
    },
    async expire(topic, before) {
      return Array.from({ length: partitions }, (_, partition) => expireShelf(shelfOf(topic, partition), before)).reduce(
        (sum, n) => sum + n,
        0,
      );
    },
    async close() {
      closed = true;
    },
  };
}

function nextOf(shelf: Shelf): number {
  return shelf.first + shelf.records.length;
}

function wake(shelf: Shelf): void {
  for (const waiter of [...shelf.waiters]) if (waiter.offset < nextOf(shelf)) waiter.wake();
}

function waitFor(shelf: Shelf, offset: number, signal: AbortSignal): Promise<void> {
  if (offset < nextOf(shelf) || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      shelf.waiters.delete(waiter);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const waiter: Waiter = { offset, wake: end };
    shelf.waiters.add(waiter);
    signal.addEventListener('abort', end, { once: true });
  });
}

function expireShelf(shelf: Shelf, before: number): number {
  const kept = Math.min(nextOf(shelf), ...shelf.commits.values());
  const firstYoung = shelf.records.findIndex((record) => record.at >= before || record.offset >= kept);
  const gone = firstYoung === -1 ? shelf.records.length : firstYoung;
  shelf.records.splice(0, gone);
  shelf.first += gone;
  return gone;
}
