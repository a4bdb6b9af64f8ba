import type { Millis, Topic } from '@anlan/contracts';
import type { Database } from './database.js';

/** A partition of a topic. */
export type Place = Readonly<{ topic: Topic; partition: number }>;
/** Where a partition stands. */
export type LogPart = Place & Readonly<{ first: number; next: number; lastAt: Millis }>;

type PartRow = Place & Readonly<{ id: number; first: number; last_at: number }>;

/** The partitions of a log file: each has a number and a table `record_<number>`. */
export type LogParts = Readonly<{
  list(): readonly LogPart[];
  /** Number of a partition that has a table, else undefined. */
  idOf(place: Place): number | undefined;
  /** Numbers of these partitions by their name, with tables made for those that have none, in a transaction of its own. */
  ensure(places: readonly Place[]): void;
}>;

/** Reads the partitions of a log file. */
export function logParts(db: Database): LogParts {
  const rows = (): readonly PartRow[] => db.prepare('SELECT id, topic, partition, first, last_at FROM part').all<PartRow>();
  const ids = new Map(rows().map((row) => [nameOf(row), row.id]));

  return {
    list: () => rows().map((row) => partOf(db, row)),
    idOf: (place) => ids.get(nameOf(place)),
    ensure(places) {
      const missing = new Map(places.filter((place) => !ids.has(nameOf(place))).map((place) => [nameOf(place), place]));
      if (missing.size === 0) return;
      const made = db.transaction(() => [...missing].map(([name, place]) => [name, makePart(db, place)] as const));
      // Known only after the transaction stands.
      for (const [name, id] of made) ids.set(name, id);
    },
  };
}

function nameOf({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}

/** The primary key is the offset, so that appending writes at the end of a tree and nowhere else. */
function makePart(db: Database, { topic, partition }: Place): number {
  const sql = 'INSERT INTO part (topic, partition, first, last_at) VALUES (?, ?, 0, 0)';
  const { lastInsertRowid: id } = db.prepare(sql).run([topic, partition]);
  const columns = 'offset INTEGER PRIMARY KEY, at INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, crc INTEGER NOT NULL';
  db.exec(`CREATE TABLE record_${id} (${columns})`);
  return id;
}

function partOf(db: Database, { id, topic, partition, first, last_at }: PartRow): LogPart {
  const sql = `SELECT offset, at FROM record_${id} ORDER BY offset DESC LIMIT 1`;
  const last = db.prepare(sql).get<Readonly<{ offset: number; at: number }>>();
  return { topic, partition, first, next: Math.max(first, (last?.offset ?? -1) + 1), lastAt: Math.max(last_at, last?.at ?? 0) };
}
