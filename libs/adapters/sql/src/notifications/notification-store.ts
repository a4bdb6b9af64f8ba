/**
 * The outbox.
 *
 * N1  A row is claimed by one worker at a time; a claim ends by `settle` or after its lease.
 * S-48  A text or link with a token in it is sealed.
 *
 * Workers of other processes claim at the same time: a row that one of them holds is passed over, not waited for.
 *
 * One column rules who may take what: `claim_at` is the due time, the end of a lease, or null when the row is finished.
 */
import { isVoided } from '@anlan/alarms';
import { rankOf, type Level, type Millis } from '@anlan/contracts';
import type { NotificationStore, SendLane, SendRecord } from '@anlan/ports';
import { sql, type SelectQueryBuilder } from 'kysely';
import { alarmOf } from '../alarms/alarm-rows.js';
import { cursorOf, pageOf, readCursor } from '../cursor.js';
import type { Keyring } from '../keys.js';
import { chunks, type SqlDatabase, type SqlTx } from '../sql-database.js';
import type { NotificationsTable, Tables } from '../tables.js';
import { notificationOf, sealedWords } from './notification-rows.js';

export type NotificationStoreDeps = Readonly<{ database: SqlDatabase; keys: Keyring }>;

/** Blue and yellow may share a message; orange and red go alone (`rulings` 22). */
const MERGE_RANK = rankOf('yellow');
const MAX_MERGED = 500;
const IDS_A_STATEMENT = 500;

export function sqlNotificationStore({ database, keys }: NotificationStoreDeps): NotificationStore {
  const { db } = database;
  return {
    claim: (now, leaseUntil, limit, lane = {}) =>
      database.transact(async (tx) => {
        const due = await free(database, inLane(tx.selectFrom('notifications').selectAll().where('claim_at', '<=', now), lane))
          .orderBy('level_rank', 'desc')
          .orderBy('created_at')
          .orderBy('id')
          .limit(limit)
          .execute();
        const rows = [...due, ...(await companions(database, tx, { due, lane }))];
        for (const ids of chunks(
          rows.map(({ id }) => id),
          IDS_A_STATEMENT,
        )) {
          await tx
            .updateTable('notifications')
            .set({ state: 'sending', claim_at: leaseUntil, attempts: sql<number>`attempts + 1` })
            .where('id', 'in', ids)
            .execute();
        }
        return rows.map((row) => notificationOf(keys, { ...row, state: 'sending', attempts: row.attempts + 1 }));
      }),
    settle: (id, mergedIds, record) => database.transact((tx) => settle(tx, keys, { id, mergedIds, record })),
    isVoid: (id) => isVoid(database, keys, id),
    shown: (alarmIds) => shown(database, alarmIds),
    async page(limit, cursor) {
      const all = db.selectFrom('notifications').selectAll();
      const [createdAt, id] = cursor === undefined ? [] : (readCursor(cursor, 'outbox', ['number', 'string']) as readonly [number, string]);
      const from =
        createdAt === undefined || id === undefined
          ? all
          : all.where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(createdAt, id)));
      const page = pageOf(
        await from
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit + 1)
          .execute(),
        limit,
        (last) => cursorOf('outbox', [last.created_at, last.id]),
      );
      return { items: page.rows.map((row) => notificationOf(keys, row)), nextCursor: page.nextCursor };
    },
    async untold(limit) {
      const rows = await db
        .selectFrom('notifications')
        .selectAll()
        .where(sql<boolean>`state <> 'sending' and told <> state || '/' || cast(attempts as text)`)
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map((row) => notificationOf(keys, row));
    },
    markTold: (rows) =>
      database.transact(async (tx) => {
        for (const { id, state, attempts } of rows) {
          const same = tx.updateTable('notifications').where('id', '=', id).where('state', '=', state).where('attempts', '=', attempts);
          await same.set({ told: `${state}/${attempts}` }).execute();
        }
      }),
    async nextDueAt() {
      const row = await db
        .selectFrom('notifications')
        .select(({ fn }) => fn.min<Millis | null>('claim_at').as('at'))
        .where('claim_at', 'is not', null)
        .executeTakeFirst();
      return row?.at ?? null;
    },
  };
}

function inLane<O>(
  query: SelectQueryBuilder<Tables, 'notifications', O>,
  { levels, channel }: SendLane,
): SelectQueryBuilder<Tables, 'notifications', O> {
  const byLevel = levels ? query.where('level', 'in', levels.length > 0 ? levels : ['']) : query;
  return channel ? byLevel.where('channel', '=', channel) : byLevel;
}

/** Rows that no other process is just taking; with a file of our own there is no other. */
function free<O>(
  { flavour }: SqlDatabase,
  query: SelectQueryBuilder<Tables, 'notifications', O>,
): SelectQueryBuilder<Tables, 'notifications', O> {
  return flavour === 'postgres' ? query.forUpdate().skipLocked() : query;
}

type Claimed = Readonly<{ due: readonly NotificationsTable[]; lane: SendLane }>;

/** What waits for the same person on the same channel and may ride along, due or not. */
async function companions(database: SqlDatabase, tx: SqlTx, { due, lane }: Claimed): Promise<readonly NotificationsTable[]> {
  const taken = new Set(due.map(({ id }) => id));
  const inboxes = new Map(due.filter((row) => row.level_rank <= MERGE_RANK).map((row) => [`${row.person_id}|${row.channel}`, row]));
  const found: NotificationsTable[] = [];
  for (const { person_id, channel } of inboxes.values()) {
    const waiting = tx
      .selectFrom('notifications')
      .selectAll()
      .where('person_id', '=', person_id)
      .where('channel', '=', channel)
      .where('claim_at', 'is not', null)
      .where('state', '=', 'due');
    const rows = await free(database, inLane(waiting.where('level_rank', '<=', MERGE_RANK), lane))
      .orderBy('level_rank', 'desc')
      .orderBy('created_at')
      .orderBy('id')
      .limit(MAX_MERGED)
      .execute();
    found.push(...rows.filter(({ id }) => !taken.has(id)));
  }
  return found;
}

type Settlement = Readonly<{ id: string; mergedIds: readonly string[]; record: SendRecord }>;

/** What has been sent stays sent, whatever a slower worker says later; that it was sent is true whoever says so. */
async function settle(tx: SqlTx, keys: Keyring, { id, mergedIds, record }: Settlement): Promise<void> {
  const { state, outcome, at, dueAt } = record;
  const sentAt = state === 'sent' ? { sent_at: at } : {};
  const again = state === 'due' || state === 'unknown' ? (dueAt ?? (state === 'due' ? at : null)) : null;
  const change = { state, outcome, ...sealedWords(keys, id, record), ...sentAt, ...(again !== null && { due_at: again }), claim_at: again };
  const mine = tx.updateTable('notifications').set(change).where('id', '=', id);
  await (state === 'sent' ? mine.where('state', '!=', 'sent') : mine.where('state', 'in', ['sending', 'due', 'unknown'])).execute();

  for (const ids of chunks(mergedIds, IDS_A_STATEMENT)) {
    await tx
      .updateTable('notifications')
      .set({ state: 'merged', merged_into: id, outcome, claim_at: null })
      .where('id', 'in', ids)
      .where('state', 'in', ['sending', 'due', 'unknown'])
      .execute();
  }
  if (state === 'sent')
    await tx.updateTable('notifications').set({ sent_at: at }).where('merged_into', '=', id).where('sent_at', 'is', null).execute();
}

/** Somebody has already answered for this alarm at this level, or it is closed: nobody needs to be called any more. */
async function shown({ db }: SqlDatabase, alarmIds: readonly string[]): Promise<ReadonlyMap<string, Level>> {
  const found = new Map<string, Level>();
  for (const some of chunks(alarmIds, IDS_A_STATEMENT)) {
    const rows = await db.selectFrom('alarms').select('body').where('id', 'in', some).execute();
    for (const { id, process, level } of rows.map(alarmOf)) found.set(id, process === 'normal' ? 'normal' : level);
  }
  return found;
}

async function isVoid({ db }: SqlDatabase, keys: Keyring, id: string): Promise<boolean> {
  const row = await db.selectFrom('notifications').selectAll().where('id', '=', id).executeTakeFirst();
  const alarm = row && (await db.selectFrom('alarms').select('body').where('id', '=', row.alarm_id).executeTakeFirst());
  return row !== undefined && (row.state === 'cancelled' || (alarm !== undefined && isVoided(alarmOf(alarm), notificationOf(keys, row))));
}
