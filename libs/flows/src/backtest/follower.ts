import { TOPICS, type Millis, type Reading } from '@anlan/contracts';
import type { Log, LogRecord } from '@anlan/ports';
import { readingsValue } from '../readings-value.js';
import type { BacktestOrder } from './desk.js';

const RECORDS_A_PAGE = 1_000;

/** What a page of the log held of the wanted points; `isEnd`: there was no page, all partitions are read to their ends. */
export type Page = Readonly<{ readings: readonly Reading[]; isEnd: boolean }>;
export type Follower = Readonly<{
  /** Takes the place in the log from which it goes on, before history is read. */
  mark(): Promise<void>;
  /** Remembers what history has told, and passes it on once: the stretch is read again after a failure. */
  seen(readings: readonly Reading[]): readonly Reading[];
  /** A page of each partition further on. */
  next(): Promise<Page>;
}>;

/** The readings of some points as they come into the log, each once: what stands in history already is passed over. */
export function follow({ points }: Pick<BacktestOrder, 'points'>, log: Pick<Log, 'bounds' | 'read' | 'partitionOf'>): Follower {
  const wanted = new Set(points.map(({ pointId }) => pointId));
  const sites = new Set(points.map(({ siteId }) => siteId));
  const partitions = new Set([...sites].map((siteId) => log.partitionOf(TOPICS.readings, siteId)));
  const places = new Map<number, number>();
  const told = new Map<string, Millis>();
  const isNew = ({ pointId, t }: Reading): boolean => t > (told.get(pointId) ?? -Infinity);
  const readingsOf = ({ key, value }: LogRecord): readonly Reading[] => {
    const record = sites.has(key) ? readingsValue(value) : undefined;
    return record && 'readings' in record ? record.readings.filter((reading) => wanted.has(reading.pointId) && isNew(reading)) : [];
  };
  return {
    async mark() {
      for (const partition of partitions) places.set(partition, (await log.bounds(TOPICS.readings, partition)).next);
    },
    seen(readings) {
      const fresh = readings.filter(isNew);
      for (const { pointId, t } of fresh) told.set(pointId, t);
      return fresh;
    },
    async next() {
      const read = [...places].map(([partition, place]) => log.read(TOPICS.readings, partition, place, RECORDS_A_PAGE));
      const records = (await Promise.all(read)).flat();
      // Only when every partition has answered: a failure loses nothing of those that did.
      for (const { partition, offset } of records) places.set(partition, offset + 1);
      return { readings: records.flatMap(readingsOf), isEnd: records.length === 0 };
    },
  };
}
