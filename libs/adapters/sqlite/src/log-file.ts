import type { Millis } from '@anlan/contracts';
import { checksumOf } from './checksum.js';
import { type Database, openDatabase } from './database.js';
import { type ManyRows, manyRows } from './many-rows.js';
import { type LogPart, type Place, logParts } from './log-parts.js';
import { ensureSchema } from './schema.js';
import { StoreFault } from './store-fault.js';

export type LogGroup = Place & Readonly<{ group: string; next: number }>;
export type LogRow = Place & Readonly<{ offset: number; at: Millis; key: string; value: string }>;
/** New records of one partition, the first at `offset`, all of one time. As columns, because they cross threads in a third of the time of rows. */
export type NewRows = Place & Readonly<{ offset: number; at: Millis; keys: readonly string[]; values: readonly string[] }>;

/** The log's file, without queue or promises: each call is one transaction. Lives in a worker thread. */
export type LogFile = Readonly<{
  parts(): readonly LogPart[];
  groups(): readonly LogGroup[];
  /** Records and group positions in one transaction, on the disk when it returns. */
  write(fresh: readonly NewRows[], groups: readonly LogGroup[]): void;
  /** In order from `offset` on; ends at `max` rows or about `maxChars` of text, but gives at least one row if there is one. */
  read(place: Place, offset: number, max: number, maxChars: number): readonly LogRow[];
  /** Removes at most `max` rows older than `before` and below offset `keepFrom`. Returns how many. */
  expire(place: Place, before: Millis, keepFrom: number, max: number): number;
  /** Moves the write-ahead file into the main one and empties it. */
  tidy(): void;
  sizeOnDisk(): number;
  close(): void;
}>;
export type LogFileOptions = Readonly<{ file: string; partitions: number }>;

const SCHEMA = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE part (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL, last_at INTEGER NOT NULL, UNIQUE (topic, partition)
  );
  CREATE TABLE consumer (name TEXT NOT NULL, part INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (name, part)) WITHOUT ROWID;`;
const GROUPS = 'SELECT name AS "group", topic, partition, next FROM consumer JOIN part ON part.id = consumer.part';
const ADVANCE =
  'INSERT INTO consumer (name, part, next) VALUES (?, ?, ?) ON CONFLICT (name, part) DO UPDATE SET next = max(next, excluded.next)';
/** 16 MB: a commit seldom has to move pages, and the file stays small. */
const WAL_PAGES = 4_000;
const READ_AT_ONCE = 250;

type RecordRow = Readonly<{ offset: number; at: number; key: string; value: string; crc: number }>;

/** Opens `log.db`. Throws StoreFault. */
export function openLogFile({ file, partitions }: LogFileOptions): LogFile {
  const db = openDatabase(file, { walAutocheckpoint: WAL_PAGES });
  ensureSchema(db, 1, SCHEMA);
  holdPartitions(db, partitions);
  const parts = logParts(db);

  const inserts = new Map<number | undefined, ManyRows>();
  const insertInto = (id: number | undefined): ManyRows => {
    const insert = inserts.get(id) ?? manyRows(db, { head: `INSERT INTO record_${id} (offset, at, key, value, crc)`, columns: 5 });
    inserts.set(id, insert);
    return insert;
  };
  return {
    parts: () => parts.list(),
    groups: () => db.prepare(GROUPS).all<LogGroup>(),
    write(fresh, groups) {
      parts.ensure([...fresh, ...groups]);
      db.transaction(() => {
        for (const rows of fresh) insertInto(parts.idOf(rows))(rowsOf(rows));
        for (const group of groups) db.prepare(ADVANCE).run([group.group, parts.idOf(group), group.next]);
      });
    },
    read(place, offset, max, maxChars) {
      const id = parts.idOf(place);
      return id === undefined ? [] : readPart({ db, id, place, maxChars }, offset, max);
    },
    expire(place, before, keepFrom, max) {
      const id = parts.idOf(place);
      return id === undefined ? 0 : db.transaction(() => expirePart(db, id, { before, keepFrom, max }));
    },
    tidy: () => void db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all(),
    sizeOnDisk: () => db.sizeOnDisk(),
    close: () => db.close(),
  };
}

function rowsOf({ offset, at, keys, values }: NewRows): readonly (readonly unknown[])[] {
  return values.map((value, i) => {
    const key = keys[i] ?? '';
    return [offset + i, at, key, value, checksumOf(offset + i, at, key, value)];
  });
}

/** The number of partitions decides where a key goes, for ever: a log made with another number is refused. */
function holdPartitions(db: Database, partitions: number): void {
  db.prepare("INSERT INTO setting VALUES ('partitions', ?) ON CONFLICT DO NOTHING").run([String(partitions)]);
  const kept = db.prepare("SELECT value FROM setting WHERE name = 'partitions'").get<Readonly<{ value: string }>>()?.value;
  if (kept === String(partitions)) return;
  throw new StoreFault('other_partitions', db.file, `${db.file} was made with ${kept} partitions, not ${partitions}`);
}

type Reading = Readonly<{ db: Database; id: number; place: Place; maxChars: number }>;

/** In small pieces rather than by an iteration that stops early: that would keep its snapshot open. */
function readPart({ db, id, place, maxChars }: Reading, offset: number, max: number): readonly LogRow[] {
  const sql = `SELECT offset, at, key, value, crc FROM record_${id} WHERE offset >= ? ORDER BY offset LIMIT ?`;
  const rows: LogRow[] = [];
  let chars = 0;
  for (let more = true; more && rows.length < max && chars < maxChars;) {
    const found = db.prepare(sql).all<RecordRow>([(rows.at(-1)?.offset ?? offset - 1) + 1, Math.min(READ_AT_ONCE, max - rows.length)]);
    for (const row of found) {
      rows.push(checkedRow(db.file, place, row, rows.at(-1)));
      chars += row.key.length + row.value.length;
    }
    more = found.length === READ_AT_ONCE;
  }
  return rows;
}

function checkedRow(
  file: string,
  { topic, partition }: Place,
  { offset, at, key, value, crc }: RecordRow,
  before: LogRow | undefined,
): LogRow {
  const damaged = (words: string): StoreFault =>
    new StoreFault('corrupt', file, `${file} is damaged: record ${topic}/${partition}/${offset} ${words}`);
  if (checksumOf(offset, at, key, value) !== crc) throw damaged('does not match its checksum');
  if (before !== undefined && offset !== before.offset + 1) throw damaged(`follows ${before.offset}`);
  return { topic, partition, offset, at, key, value };
}

type Expiry = Readonly<{ before: Millis; keepFrom: number; max: number }>;

/** `at` never falls within a partition, so the old records are a prefix and its end is found by halving. */
function expirePart(db: Database, id: number, { before, keepFrom, max }: Expiry): number {
  const end = (direction: 'ASC' | 'DESC'): number | undefined =>
    db.prepare(`SELECT offset FROM record_${id} ORDER BY offset ${direction} LIMIT 1`).get<Readonly<{ offset: number }>>()?.offset;
  const [first, last] = [end('ASC'), end('DESC')];
  if (first === undefined || last === undefined) return 0;
  const atOf = (offset: number): number =>
    db.prepare(`SELECT at FROM record_${id} WHERE offset = ?`).get<Readonly<{ at: number }>>([offset])?.at ?? before;
  const keep = Math.min(
    firstWhere(first, last + 1, (offset) => atOf(offset) >= before),
    keepFrom,
    first + max,
  );
  if (keep <= first) return 0;
  db.prepare('UPDATE part SET first = ?, last_at = max(last_at, ?) WHERE id = ?').run([keep, atOf(keep - 1), id]);
  return db.prepare(`DELETE FROM record_${id} WHERE offset < ?`).run([keep]).changes;
}

/** Smallest number in [low, high] for which `holds`, given that it holds for all after it too; `high` if for none. */
function firstWhere(low: number, high: number, holds: (n: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
