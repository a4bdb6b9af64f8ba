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
import { rankOf, type AlarmLevel, type Level, type Millis, type NoticeKind, type Notification } from '@anlan/contracts';
import type { NotificationStore, SendLane, SendRecord } from '@anlan/ports';
import { sql, type SelectQueryBuilder } from 'kysely';
import { alarmOf } from '../alarms/alarm-rows.js';
import { cursorOf, pageOf, readCursor } from '../cursor.js';
import type { Keyring } from '../keys.js';
import { chunks, type SqlDatabase } from '../sql-database.js';
import type { NotificationsTable, Tables } from '../tables.js';
import { together, type Part } from '../together.js';
import { notificationOf, sealedWords } from './notification-rows.js';

export type NotificationStoreDeps = Readonly<{ database: SqlDatabase; keys: Keyring }>;

/** Blue and yellow may share a message; orange and red go alone (`rulings` 22). */
const MERGE_RANK = rankOf('yellow');
const MAX_MERGED = 500;
const IDS_A_STATEMENT = 500;
const UNSETTLED = ['sending', 'due', 'unknown'];

export function sqlNotificationStore({ database, keys }: NotificationStoreDeps): NotificationStore {
  const { db } = database;
  return {
    async claim(now, leaseUntil, limit, lane = {}) {
      const rows = await claim(database, { now, leaseUntil, limit, lane });
      return rows.map((row) => notificationOf(keys, row)).sort(inOrder(now));
    },
    settle: (id, mergedIds, record) => settle(database, keys, { id, mergedIds, record }),
    isVoid: (id) => isVoid(database, id),
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
    async markTold(rows) {
      for (const some of chunks(rows, IDS_A_STATEMENT)) await markTold(database, some);
    },
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

type Claim = Readonly<{ now: Millis; leaseUntil: Millis; limit: number; lane: SendLane }>;

/**
 * One statement, so one round trip. With rows of blue and yellow come those that wait for the same person on the same channel and
 * may ride along, due or not.
 */
async function claim(database: SqlDatabase, { now, leaseUntil, limit, lane }: Claim): Promise<readonly NotificationsTable[]> {
  const { db } = database;
  const gravestFirst = <O>(query: SelectQueryBuilder<Tables, 'notifications', O>, most: number) =>
    free(database, inLane(query, lane)).orderBy('level_rank', 'desc').orderBy('created_at').orderBy('id').limit(most);
  const all = db.selectFrom('notifications').select(['id', 'person_id', 'channel', 'level_rank']);
  const due = gravestFirst(all.where('claim_at', '<=', now), limit);
  const waiting = all.where('claim_at', 'is not', null).where('state', '=', 'due').where('level_rank', '<=', MERGE_RANK);
  const sameInbox = sql<boolean>`(person_id, channel) in (select person_id, channel from due where level_rank <= ${MERGE_RANK})`;
  const riding = gravestFirst(waiting.where(sameInbox), MAX_MERGED);
  const { rows } = await sql<NotificationsTable>`
    with due as ${due}, riding as ${riding}
    update notifications set state = 'sending', claim_at = ${leaseUntil}, attempts = attempts + 1
    where id in (select id from due union select id from riding) returning *`.execute(db);
  return rows;
}

/** What is due before what rides along; gravest first, then oldest. */
function inOrder(now: Millis): (left: Notification, right: Notification) => number {
  const rides = ({ dueAt }: Notification): number => (dueAt <= now ? 0 : 1);
  return (left, right) =>
    rides(left) - rides(right) ||
    rankOf(right.level) - rankOf(left.level) ||
    left.createdAt - right.createdAt ||
    (left.id < right.id ? -1 : 1);
}

type Told = Pick<Notification, 'id' | 'state' | 'attempts'>;

async function markTold({ db }: SqlDatabase, rows: readonly Told[]): Promise<void> {
  const told = rows.map(({ id, state, attempts }) => sql`(${id}, ${state}, cast(${attempts} as integer))`);
  await db
    .updateTable('notifications')
    .set({ told: sql<string>`state || '/' || cast(attempts as text)` })
    .where(sql<boolean>`(id, state, attempts) in (values ${sql.join(told)})`)
    .execute();
}

type Settlement = Readonly<{ id: string; mergedIds: readonly string[]; record: SendRecord }>;

/** What has been sent stays sent, whatever a slower worker says later; that it was sent is true whoever says so. */
async function settle(database: SqlDatabase, keys: Keyring, { id, mergedIds, record }: Settlement): Promise<void> {
  const { state, outcome, at, dueAt } = record;
  const sentAt = state === 'sent' ? { sent_at: at } : {};
  const again = state === 'due' || state === 'unknown' ? (dueAt ?? (state === 'due' ? at : null)) : null;
  const change = { state, outcome, ...sealedWords(keys, id, record), ...sentAt, ...(again !== null && { due_at: again }), claim_at: again };
  const parts = (on: SqlDatabase['db']): readonly Part[] => {
    const rows = on.updateTable('notifications');
    const mine = rows.set(change).where('id', '=', id);
    const rode = rows.set({ state: 'merged', merged_into: id, outcome, ...sentAt, claim_at: null });
    return [
      state === 'sent' ? mine.where('state', '!=', 'sent') : mine.where('state', 'in', UNSETTLED),
      ...[...chunks(mergedIds, IDS_A_STATEMENT)].map((ids) => rode.where('id', 'in', ids).where('state', 'in', UNSETTLED)),
      // Those that rode along with an attempt of which nobody knew what became.
      ...(state === 'sent' ? [rows.set(sentAt).where('merged_into', '=', id).where('sent_at', 'is', null)] : []),
    ];
  };
  const { flavour, db } = database;
  await (flavour === 'postgres' ? together(flavour, db, parts(db)) : database.transact((tx) => together(flavour, tx, parts(tx))));
}

/** What alarms show now. */
async function shown({ db }: SqlDatabase, alarmIds: readonly string[]): Promise<ReadonlyMap<string, Level>> {
  const found = new Map<string, Level>();
  for (const some of chunks(alarmIds, IDS_A_STATEMENT)) {
    const rows = await db.selectFrom('alarms').select('body').where('id', 'in', some).execute();
    for (const { id, process, level } of rows.map(alarmOf)) found.set(id, process === 'normal' ? 'normal' : level);
  }
  return found;
}

/** Somebody has already answered for this alarm at this level, or it is closed: nobody needs to be called any more. */
async function isVoid({ db }: SqlDatabase, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('notifications as n')
    .leftJoin('alarms as a', 'a.id', 'n.alarm_id')
    .select(['n.state', 'n.kind', 'n.level', 'a.body'])
    .where('n.id', '=', id)
    .executeTakeFirst();
  if (!row) return false;
  const { state, body, kind, level } = row;
  return state === 'cancelled' || (body !== null && isVoided(alarmOf({ body }), { kind: kind as NoticeKind, level: level as AlarmLevel }));
}
