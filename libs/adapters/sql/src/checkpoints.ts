/**
 * Saved states of workers in the records, for workers of several processes.
 *
 * C1  One transaction: the owner's row first, which is the lock of its partition, then the entries.
 * C2  A save names its epoch; the update of the owner's row finds nothing once another has opened it.
 * C3  Each row carries a checksum, and the owner's row how many entries there are: a changed, missing or surplus one makes `open` fail.
 */
import { crc32 } from 'node:zlib';
import { Fenced, type Checkpoint, type CheckpointDelta, type Checkpoints } from '@anlan/ports';
import { chunks, type SqlDatabase, type SqlTx } from './sql-database.js';
import type { CheckpointEntriesTable, CheckpointsTable } from './tables.js';

type Owner = Readonly<{ owner: string; partition: number }>;
type Place = Omit<CheckpointsTable, 'owner' | 'partition' | 'checksum'>;

const ROWS_A_STATEMENT = 1_000;

export function sqlCheckpoints(database: SqlDatabase): Checkpoints {
  return {
    open: (owner, partition) => database.transact((tx) => open(tx, { owner, partition })),
    // eslint-disable-next-line max-params -- as the port has it
    save: (owner, partition, epoch, nextOffset, delta) =>
      database.transact((tx) => save(tx, { owner, partition }, { epoch, nextOffset, delta })),
  };
}

async function open(tx: SqlTx, owner: Owner): Promise<Checkpoint> {
  const first: Place = { epoch: 0, next_offset: 0, entries: 0 };
  await tx
    .insertInto('checkpoints')
    .values({ ...owner, ...first, checksum: placeSum(owner, first) })
    .onConflict((on) => on.columns(['owner', 'partition']).doNothing())
    .execute();
  // The update waits for a save in hand and locks the row, so what is read after it stands until the end.
  const before = await tx
    .updateTable('checkpoints')
    .set((is) => ({ epoch: is('epoch', '+', 1) }))
    .where('owner', '=', owner.owner)
    .where('partition', '=', owner.partition)
    .returning(['epoch', 'next_offset', 'entries', 'checksum'])
    .executeTakeFirstOrThrow();
  if (before.checksum !== placeSum(owner, { ...before, epoch: before.epoch - 1 })) throw damaged(owner, 'it does not match its checksum');
  await setSum(tx, owner, before);
  return { epoch: before.epoch, nextOffset: before.next_offset, entries: await readEntries(tx, owner, before.entries) };
}

async function readEntries(tx: SqlTx, owner: Owner, expected: number): Promise<ReadonlyMap<string, string>> {
  const rows = await tx
    .selectFrom('checkpoint_entries')
    .select(['entry_key', 'value', 'checksum'])
    .where('owner', '=', owner.owner)
    .where('partition', '=', owner.partition)
    .execute();
  const bad = rows.find((row) => row.checksum !== entrySum(owner, row.entry_key, row.value));
  if (bad) throw damaged(owner, `the entry ${bad.entry_key} does not match its checksum`);
  if (rows.length !== expected) throw damaged(owner, `it has ${rows.length} entries instead of ${expected}`);
  return new Map(rows.map((row) => [row.entry_key, row.value]));
}

type Save = Readonly<{ epoch: number; nextOffset: number; delta: CheckpointDelta }>;

async function save(tx: SqlTx, owner: Owner, { epoch, nextOffset, delta: { put, drop } }: Save): Promise<void> {
  const mine = await tx
    .updateTable('checkpoints')
    .set({ next_offset: nextOffset })
    .where('owner', '=', owner.owner)
    .where('partition', '=', owner.partition)
    .where('epoch', '=', epoch)
    .returning('entries')
    .executeTakeFirst();
  if (!mine) throw new Fenced(`${owner.owner}/${owner.partition}: epoch ${epoch} was replaced`);
  const gone = await removeEntries(tx, owner, [...put.keys(), ...drop]);
  await addEntries(
    tx,
    [...put].map(([key, value]) => ({ ...owner, entry_key: key, value, checksum: entrySum(owner, key, value) })),
  );
  await setSum(tx, owner, { epoch, next_offset: nextOffset, entries: mine.entries - gone + put.size });
}

/** Entries are replaced whole: what is to be written is taken away first, which also tells how many there were. */
async function removeEntries(tx: SqlTx, { owner, partition }: Owner, keys: readonly string[]): Promise<number> {
  let gone = 0;
  for (const some of chunks(keys, ROWS_A_STATEMENT)) {
    const { numDeletedRows } = await tx
      .deleteFrom('checkpoint_entries')
      .where('owner', '=', owner)
      .where('partition', '=', partition)
      .where('entry_key', 'in', some)
      .executeTakeFirst();
    gone += Number(numDeletedRows);
  }
  return gone;
}

async function addEntries(tx: SqlTx, rows: readonly CheckpointEntriesTable[]): Promise<void> {
  for (const some of chunks(rows, ROWS_A_STATEMENT)) await tx.insertInto('checkpoint_entries').values(some).execute();
}

async function setSum(tx: SqlTx, owner: Owner, place: Place): Promise<void> {
  await tx
    .updateTable('checkpoints')
    .set({ entries: place.entries, checksum: placeSum(owner, place) })
    .where('owner', '=', owner.owner)
    .where('partition', '=', owner.partition)
    .execute();
}

function placeSum({ owner, partition }: Owner, { epoch, next_offset, entries }: Place): number {
  return checksumOf(owner, partition, epoch, next_offset, entries);
}

function entrySum({ owner, partition }: Owner, key: string, value: string): number {
  return checksumOf(owner, partition, key, value);
}

/** CRC-32 over the parts of a row, so that a byte that changed in the store is found when the row is read. */
function checksumOf(...parts: readonly (string | number)[]): number {
  return parts.reduce<number>((sum, part) => crc32(`${part}\u0000`, sum), 0);
}

function damaged({ owner, partition }: Owner, what: string): Error {
  return new Error(`the checkpoint of ${owner}/${partition} is damaged: ${what}`);
}
