import { Fenced } from '@anlan/ports';
import { checksumOf } from './checksum.js';
import { type Database, openDatabase } from './database.js';
import { ensureSchema } from './schema.js';
import { StoreFault } from './store-fault.js';

/** As `Checkpoint`, in the form that crosses threads fastest. */
export type StoredCheckpoint = Readonly<{ epoch: number; nextOffset: number; entries: readonly (readonly [string, string])[] }>;
/** One save: entries to put and to drop, and the offset that goes with them. */
export type Save = Owner &
  Readonly<{ epoch: number; nextOffset: number; put: readonly (readonly [string, string])[]; drop: readonly string[] }>;
type Owner = Readonly<{ owner: string; partition: number }>;
export type CheckpointFile = Readonly<{
  openOwner(owner: string, partition: number): StoredCheckpoint;
  save(save: Save): void;
  sizeOnDisk(): number;
  close(): void;
}>;
export type CheckpointFileOptions = Readonly<{ file: string }>;

const SCHEMA = `
  CREATE TABLE owner (
    owner TEXT NOT NULL, partition INTEGER NOT NULL, epoch INTEGER NOT NULL, next_offset INTEGER NOT NULL, entries INTEGER NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (owner, partition)
  ) WITHOUT ROWID;
  CREATE TABLE entry (owner TEXT NOT NULL, partition INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY (owner, partition, key)) WITHOUT ROWID;`;

type OwnerRow = Readonly<{ epoch: number; next_offset: number; entries: number; crc: number }>;
type EntryRow = Readonly<{ key: string; value: string; crc: number }>;

const PUT_OWNER = `INSERT INTO owner (owner, partition, epoch, next_offset, entries, crc) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (owner, partition) DO UPDATE SET epoch = excluded.epoch, next_offset = excluded.next_offset, entries = excluded.entries, crc = excluded.crc`;
const CHANGE_ENTRY = 'UPDATE entry SET value = ?, crc = ? WHERE owner = ? AND partition = ? AND key = ?';
const ADD_ENTRY = 'INSERT INTO entry (owner, partition, key, value, crc) VALUES (?, ?, ?, ?, ?)';
const DROP_ENTRY = 'DELETE FROM entry WHERE owner = ? AND partition = ? AND key = ?';

/** Opens `state.db`: offset and state of each worker, written together, each row with a checksum. Throws StoreFault. */
export function openCheckpointFile({ file }: CheckpointFileOptions): CheckpointFile {
  // State and offset stand or fall together: a save that the power takes back only means that a little of the log is judged again.
  const db = openDatabase(file, { synchronous: 'NORMAL' });
  ensureSchema(db, 1, SCHEMA);
  return {
    openOwner: (owner, partition) => db.transaction(() => openOwner(db, { owner, partition })),
    save: (save) => db.transaction(() => saveDelta(db, save)),
    sizeOnDisk: () => db.sizeOnDisk(),
    close: () => db.close(),
  };
}

function openOwner(db: Database, owner: Owner): StoredCheckpoint {
  const before = readOwner(db, owner) ?? { epoch: 0, next_offset: 0, entries: 0 };
  const entries = readEntries(db, owner, before.entries);
  const opened = { ...before, epoch: before.epoch + 1 };
  writeOwner(db, owner, opened);
  return { epoch: opened.epoch, nextOffset: opened.next_offset, entries };
}

function saveDelta(db: Database, { owner, partition, epoch, nextOffset, put, drop }: Save): void {
  const before = readOwner(db, { owner, partition });
  if (before?.epoch !== epoch) throw new Fenced(`${owner}/${partition}: epoch ${epoch} was replaced by ${before?.epoch ?? 'none'}`);
  let entries = before.entries;
  for (const [key, value] of put) {
    const crc = checksumOf(owner, partition, key, value);
    if (db.prepare(CHANGE_ENTRY).run([value, crc, owner, partition, key]).changes > 0) continue;
    db.prepare(ADD_ENTRY).run([owner, partition, key, value, crc]);
    entries++;
  }
  for (const key of drop) entries -= db.prepare(DROP_ENTRY).run([owner, partition, key]).changes;
  writeOwner(db, { owner, partition }, { epoch, next_offset: nextOffset, entries });
}

function readOwner(db: Database, { owner, partition }: Owner): OwnerRow | undefined {
  const sql = 'SELECT epoch, next_offset, entries, crc FROM owner WHERE owner = ? AND partition = ?';
  const row = db.prepare(sql).get<OwnerRow>([owner, partition]);
  if (row === undefined || row.crc === checksumOf(owner, partition, row.epoch, row.next_offset, row.entries)) return row;
  throw damaged(db, `the checkpoint of ${owner}/${partition} does not match its checksum`);
}

function writeOwner(db: Database, { owner, partition }: Owner, { epoch, next_offset, entries }: Omit<OwnerRow, 'crc'>): void {
  db.prepare(PUT_OWNER).run([owner, partition, epoch, next_offset, entries, checksumOf(owner, partition, epoch, next_offset, entries)]);
}

function readEntries(db: Database, { owner, partition }: Owner, expected: number): readonly (readonly [string, string])[] {
  const rows = db.prepare('SELECT key, value, crc FROM entry WHERE owner = ? AND partition = ?').all<EntryRow>([owner, partition]);
  const bad = rows.find(({ key, value, crc }) => crc !== checksumOf(owner, partition, key, value));
  if (bad !== undefined) throw damaged(db, `the entry ${bad.key} of ${owner}/${partition} does not match its checksum`);
  if (rows.length !== expected)
    throw damaged(db, `the checkpoint of ${owner}/${partition} has ${rows.length} entries instead of ${expected}`);
  return rows.map(({ key, value }) => [key, value]);
}

function damaged({ file }: Database, what: string): StoreFault {
  return new StoreFault('corrupt', file, `${file} is damaged: ${what}`);
}
