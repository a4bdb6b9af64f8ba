/**
 * The balance of readings in the records, for recorders of several processes.
 *
 * G1  Counts, gaps and position are one transaction. The row of the position is the lock of its partition: of two recorders that
 *     believe to hold it, the second finds the position moved and changes nothing.
 * G2  Partitions whose batches are ready at the same time share the transaction; none of them waits for another's batch.
 */
import { addCounts, foldSeq, gapsOf, type LedgerItem, type SeqGap, type SeqState } from '@anlan/contracts';
import type { Ledger, LedgerEntry, LedgerSpan } from '@anlan/ports';
import { sql, type SelectQueryBuilder } from 'kysely';
import { rounds } from './rounds.js';
import { chunks, type SqlDatabase, type SqlTx } from './sql-database.js';
import type { LedgerCountsTable, LedgerSequencesTable, Tables } from './tables.js';

const ROWS_A_STATEMENT = 1_000;
const ROWS_A_DELETE = 5_000;
const COUNTS = ['received', 'stored', 'rejected', 'duplicate', 'quarantined'] as const;

export function sqlLedger(database: SqlDatabase): Ledger {
  const { db } = database;
  const apply = rounds<Application, number>((all) => database.transact((tx) => applyAll(database, tx, all)));
  const sums = (from: number, to: number) =>
    db
      .selectFrom('ledger_counts')
      .select(['device_id', ...COUNTS.map((name) => sql<number>`sum(${sql.ref(name)})`.as(name))])
      .where('hour', '>=', from)
      .where('hour', '<', to)
      .groupBy('device_id')
      .orderBy('device_id') as SelectQueryBuilder<Tables, 'ledger_counts', Omit<LedgerCountsTable, 'hour'>>;
  return {
    async position(partition) {
      return (await positionOf(db, partition)) ?? 0;
    },
    apply: (partition, span, entries) => apply({ partition, span, entries }),
    async items(from, to, deviceIds) {
      if (deviceIds === undefined) return withGaps(await sums(from, to).execute(), await sequences(db));
      const items: LedgerItem[] = [];
      for (const ids of chunks([...new Set(deviceIds)].sort(), ROWS_A_STATEMENT))
        items.push(...withGaps(await sums(from, to).where('device_id', 'in', ids).execute(), await sequences(db, ids)));
      return items;
    },
    async gaps(deviceId) {
      return gapsIn((await sequences(db, [deviceId])).get(deviceId));
    },
    async expire(before) {
      let total = 0;
      for (;;) {
        const some = db.selectFrom('ledger_counts').select(['device_id', 'hour']).where('hour', '<', before).limit(ROWS_A_DELETE);
        const { numDeletedRows } = await db
          .deleteFrom('ledger_counts')
          .where((is) => is(is.refTuple('device_id', 'hour'), 'in', some.$asTuple('device_id', 'hour')))
          .executeTakeFirst();
        total += Number(numDeletedRows);
        if (numDeletedRows < ROWS_A_DELETE) return total;
      }
    },
  };
}

type Application = Readonly<{ partition: number; span: LedgerSpan; entries: readonly LedgerEntry[] }>;

/** Each partition moves or stays by itself; what those that move bring is written together. Answers where each of them stands now. */
async function applyAll(database: SqlDatabase, tx: SqlTx, all: readonly Application[]): Promise<readonly number[]> {
  const positions = new Map(await lockedPositions(database, tx, [...new Set(all.map(({ partition }) => partition))]));
  const moved = new Map<number, number>();
  const entries: LedgerEntry[] = [];
  const answers = all.map(({ partition, span, entries: own }) => {
    const stands = moved.get(partition) ?? positions.get(partition) ?? 0;
    if (stands !== span.from) return stands;
    moved.set(partition, span.next);
    entries.push(...own);
    return span.next;
  });
  if (moved.size === 0) return answers;
  await movePositions(tx, [...moved]);
  await addRows(tx, summed(entries));
  await foldSequences(database, tx, entries);
  return answers;
}

/** In one order for all, so that two recorders wait for each other instead of blocking each other. */
async function lockedPositions(
  { flavour }: SqlDatabase,
  tx: SqlTx,
  partitions: readonly number[],
): Promise<readonly (readonly [number, number])[]> {
  const read = async (): Promise<readonly (readonly [number, number])[]> => {
    const rows = tx.selectFrom('ledger_positions').selectAll().where('partition', 'in', partitions).orderBy('partition');
    const found = await (flavour === 'postgres' ? rows.forUpdate() : rows).execute();
    return found.map(({ partition, next_offset }) => [partition, next_offset]);
  };
  const found = await read();
  if (found.length === partitions.length) return found;
  const fresh = partitions.map((partition) => ({ partition, next_offset: 0 }));
  await tx
    .insertInto('ledger_positions')
    .values(fresh)
    .onConflict((on) => on.column('partition').doNothing())
    .execute();
  return read();
}

async function movePositions(tx: SqlTx, moved: readonly (readonly [number, number])[]): Promise<void> {
  await tx
    .insertInto('ledger_positions')
    .values(moved.map(([partition, next_offset]) => ({ partition, next_offset })))
    .onConflict((on) => on.column('partition').doUpdateSet((is) => ({ next_offset: is.ref('excluded.next_offset') })))
    .execute();
}

async function positionOf(db: SqlDatabase['db'], partition: number): Promise<number | undefined> {
  const row = await db.selectFrom('ledger_positions').select('next_offset').where('partition', '=', partition).executeTakeFirst();
  return row?.next_offset;
}

async function addRows(tx: SqlTx, rows: readonly LedgerCountsTable[]): Promise<void> {
  for (const some of chunks(rows, ROWS_A_STATEMENT)) {
    await tx
      .insertInto('ledger_counts')
      .values(some)
      .onConflict((on) =>
        on
          .columns(['device_id', 'hour'])
          .doUpdateSet(() =>
            Object.fromEntries(
              COUNTS.map((name) => [name, sql<number>`${sql.ref(`ledger_counts.${name}`)} + ${sql.ref(`excluded.${name}`)}`]),
            ),
          ),
      )
      .execute();
  }
}

/** One row a device and hour, in the order of both: transactions that meet wait for each other instead of blocking each other. */
function summed(entries: readonly LedgerEntry[]): readonly LedgerCountsTable[] {
  const sums = new Map<string, LedgerEntry>();
  for (const entry of entries) {
    const name = `${entry.hour}/${entry.deviceId}`;
    const before = sums.get(name);
    sums.set(name, before === undefined ? entry : { ...entry, counts: addCounts(before.counts, entry.counts) });
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([
        ,
        {
          deviceId,
          hour,
          counts: { received, stored, rejected, duplicate, quarantined },
        },
      ]) => ({
        device_id: deviceId,
        hour,
        received,
        stored,
        rejected,
        duplicate,
        quarantined,
      }),
    );
}

/** The numbering of each device after these messages. Always from the rows: another recorder may have held the partition meanwhile. */
async function foldSequences({ flavour }: SqlDatabase, tx: SqlTx, entries: readonly LedgerEntry[]): Promise<void> {
  const numbered = entries.filter(({ seq }) => seq !== undefined);
  const ids = [...new Set(numbered.map(({ deviceId }) => deviceId))].sort();
  const states = new Map<string, SeqState>();
  for (const some of chunks(ids, ROWS_A_STATEMENT)) {
    const rows = tx.selectFrom('ledger_sequences').selectAll().where('device_id', 'in', some).orderBy('device_id');
    for (const row of await (flavour === 'postgres' ? rows.forUpdate() : rows).execute()) states.set(row.device_id, stateOf(row));
  }
  for (const { deviceId, seq, newestT } of numbered) {
    if (seq !== undefined) states.set(deviceId, foldSeq(states.get(deviceId), seq, newestT));
  }
  const rows = ids.flatMap((deviceId): readonly LedgerSequencesTable[] => {
    const state = states.get(deviceId);
    return state ? [{ device_id: deviceId, state: JSON.stringify(state) }] : [];
  });
  for (const some of chunks(rows, ROWS_A_STATEMENT)) {
    await tx
      .insertInto('ledger_sequences')
      .values(some)
      .onConflict((on) => on.column('device_id').doUpdateSet((is) => ({ state: is.ref('excluded.state') })))
      .execute();
  }
}

async function sequences(db: SqlDatabase['db'], ids?: readonly string[]): Promise<ReadonlyMap<string, SeqState>> {
  const all = db.selectFrom('ledger_sequences').selectAll();
  const rows = await (ids ? all.where('device_id', 'in', ids) : all).execute();
  return new Map(rows.map((row) => [row.device_id, stateOf(row)]));
}

function stateOf({ state }: LedgerSequencesTable): SeqState {
  return JSON.parse(state) as SeqState;
}

function gapsIn(state: SeqState | undefined): readonly SeqGap[] {
  return state === undefined ? [] : gapsOf(state);
}

function withGaps(rows: readonly Omit<LedgerCountsTable, 'hour'>[], states: ReadonlyMap<string, SeqState>): readonly LedgerItem[] {
  return rows.map(({ device_id, received, stored, rejected, duplicate, quarantined }) => ({
    deviceId: device_id,
    received,
    stored,
    rejected,
    duplicate,
    quarantined,
    inFlight: 0,
    gaps: gapsIn(states.get(device_id)),
  }));
}
