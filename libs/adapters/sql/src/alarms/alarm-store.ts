/**
 * Alarms, their events, timers and outbox, written together.
 *
 * A1  One open alarm a key: a partial unique index, so that no code path can make a second.
 * A2  `transact` is all or nothing, and one at a time in all processes: what it read stands until it has written.
 * I8  A command's first result is kept and given again.
 * I9  Events of an alarm are numbered without gaps; each is chained to the one before it by its hash.
 */
import { ACTION_NOTICES, keyText, rankOf, type AlarmKey, type AlarmLevel, type Millis } from '@anlan/contracts';
import type { AlarmChange, AlarmStore, AlarmTx, Clock } from '@anlan/ports';
import { sql, type ExpressionBuilder } from 'kysely';
import type { Keyring } from '../keys.js';
import { notificationRow } from '../notifications/notification-rows.js';
import { chunks, type SqlDatabase, type SqlTx } from '../sql-database.js';
import type { Tables } from '../tables.js';
import { alarmOf, alarmRow, eventRow, timerOf, timerRow } from './alarm-rows.js';

export type AlarmStoreDeps = Readonly<{
  database: SqlDatabase;
  keys: Keyring;
  clock: Pick<Clock, 'now'>;
  /** Device of a point, for the filter by device. */ deviceOf(pointId: string): string | undefined;
}>;

const ROWS_A_STATEMENT = 500;
export const ACTION_KINDS: readonly string[] = [...ACTION_NOTICES];

export function sqlAlarmStore(deps: AlarmStoreDeps): AlarmStore {
  return { transact: (work) => deps.database.exclusive({ name: 'alarms' }, (tx) => work(alarmTx(deps, tx))) };
}

function alarmTx(deps: AlarmStoreDeps, tx: SqlTx): AlarmTx {
  return {
    async openByKey(key) {
      const row = await tx
        .selectFrom('alarms')
        .select('body')
        .where('alarm_key', '=', keyText(key))
        .where('open', '=', 1)
        .executeTakeFirst();
      return row && alarmOf(row);
    },
    async lastClosedByKey(key) {
      const closed = tx
        .selectFrom('alarms')
        .select('body')
        .where('alarm_key', '=', keyText(key))
        .where('unclosed', '=', 0)
        .where('retrospective', '=', 0);
      const row = await closed.orderBy('raised_at', 'desc').orderBy('id', 'desc').limit(1).executeTakeFirst();
      return row && alarmOf(row);
    },
    async byId(id) {
      const row = await tx.selectFrom('alarms').select('body').where('id', '=', id).executeTakeFirst();
      return row && alarmOf(row);
    },
    covers: (key, t) => covers(tx, key, t),
    async chainHead(alarmId) {
      const row = await tx.selectFrom('alarms').select(['last_seq', 'last_hash']).where('id', '=', alarmId).executeTakeFirst();
      return { seq: row?.last_seq ?? 0, hash: row?.last_hash ?? '' };
    },
    async hasEvent(eventId) {
      return (await tx.selectFrom('alarm_events').select('seq').where('id', '=', eventId).executeTakeFirst()) !== undefined;
    },
    async write(change) {
      await write(deps, tx, change);
      await deps.database.breathe();
    },
    cancelDue: (alarmId, upToLevel) => cancelDue(tx, alarmId, rankOf(upToLevel)),
    async commandResult(alarmId, idempotencyKey) {
      const row = await tx
        .selectFrom('command_results')
        .select('result')
        .where('alarm_id', '=', alarmId)
        .where('idempotency_key', '=', idempotencyKey)
        .executeTakeFirst();
      return row?.result;
    },
    async saveCommandResult(alarmId, idempotencyKey, result) {
      const row = { alarm_id: alarmId, idempotency_key: idempotencyKey, result, created_at: deps.clock.now() };
      await tx
        .insertInto('command_results')
        .values(row)
        .onConflict((on) => on.columns(['alarm_id', 'idempotency_key']).doNothing())
        .execute();
    },
    async applied(partition) {
      const row = await tx.selectFrom('applied').selectAll().where('partition', '=', partition).executeTakeFirst();
      return row && { partition, offset: row.log_offset, index: row.verdict_index };
    },
    async setApplied({ partition, offset, index }) {
      const place = { log_offset: offset, verdict_index: index };
      await tx
        .insertInto('applied')
        .values({ partition, ...place })
        .onConflict((on) => on.column('partition').doUpdateSet(place))
        .execute();
    },
    async dueTimers(now, limit) {
      const due = tx
        .selectFrom('alarm_timers as t')
        .innerJoin('alarms as a', 'a.id', 't.alarm_id')
        .selectAll('t')
        .where('t.due_at', '<=', now);
      const rows = await due
        .orderBy('a.level_rank', 'desc')
        .orderBy('t.due_at')
        .orderBy('t.alarm_id')
        .orderBy('t.kind')
        .limit(limit)
        .execute();
      return rows.map(timerOf);
    },
    async dropTimer({ alarmId, kind, generation }) {
      await tx
        .deleteFrom('alarm_timers')
        .where('alarm_id', '=', alarmId)
        .where('kind', '=', kind)
        .where('generation', '=', generation)
        .execute();
    },
    async openByLevel() {
      const rows = await tx
        .selectFrom('alarms')
        .select(['level', ({ fn }) => fn.countAll<number>().as('n')])
        .where('open', '=', 1)
        .groupBy('level')
        .execute();
      return new Map(rows.map(({ level, n }) => [level as AlarmLevel, n]));
    },
  };
}

async function write(
  { keys, deviceOf }: AlarmStoreDeps,
  tx: SqlTx,
  { alarm, created, events, notifications, timers }: AlarmChange,
): Promise<void> {
  const stored = await tx
    .selectFrom('alarms')
    .select(['version', 'last_seq', 'last_hash', 'device_id'])
    .where('id', '=', alarm.id)
    .executeTakeFirst();
  if (created !== (stored === undefined)) throw new Error(`alarm ${alarm.id} ${created ? 'exists already' : 'does not exist'}`);
  if (stored && stored.version > alarm.version)
    throw new Error(`alarm ${alarm.id} was changed meanwhile: version ${stored.version} stands, ${alarm.version} came`);

  let lastSeq = stored?.last_seq ?? 0;
  let lastHash = stored?.last_hash ?? '';
  const eventRows = events.map((event) => {
    if (event.alarmId !== alarm.id || event.seq !== lastSeq + 1)
      throw new Error(`event ${event.seq} of alarm ${event.alarmId} does not follow ${lastSeq} of ${alarm.id}`);
    const row = eventRow(event, lastHash);
    lastSeq = row.seq;
    lastHash = row.hash;
    return row;
  });
  const deviceId = stored ? stored.device_id : (deviceOf(alarm.key.pointId) ?? null);
  const row = alarmRow(alarm, { deviceId, change: await nextChange(tx), lastSeq, lastHash });

  if (created) await tx.insertInto('alarms').values(row).execute();
  else await tx.updateTable('alarms').set(row).where('id', '=', alarm.id).execute();
  for (const some of chunks(eventRows, ROWS_A_STATEMENT)) await tx.insertInto('alarm_events').values(some).execute();
  for (const some of chunks(
    notifications.map((each) => notificationRow(keys, each)),
    ROWS_A_STATEMENT,
  )) {
    await tx
      .insertInto('notifications')
      .values(some)
      .onConflict((on) => on.column('id').doNothing())
      .execute();
  }
  for (const timer of timers.map(timerRow)) {
    await tx
      .insertInto('alarm_timers')
      .values(timer)
      .onConflict((on) => on.columns(['alarm_id', 'kind']).doUpdateSet({ generation: timer.generation, due_at: timer.due_at }))
      .execute();
  }
}

/** The row of the counter is the lock: changes become visible in the order of their numbers. */
async function nextChange(tx: SqlTx): Promise<number> {
  const row = await tx
    .updateTable('counters')
    .set({ value: sql<number>`value + 1` })
    .where('name', '=', 'alarm_change')
    .returning('value')
    .executeTakeFirstOrThrow();
  return row.value;
}

/**
 * An episode covers the times from its first breach to its end. One that has no end covers everything after its first
 * breach while it stands, and up to its closing once people have closed it.
 */
async function covers(tx: SqlTx, key: AlarmKey, t: Millis): Promise<boolean> {
  const lasts = (is: ExpressionBuilder<Tables, 'alarms'>) =>
    is.or([is('ended_at', '>=', t), is.and([is('ended_at', 'is', null), is.or([is('unclosed', '=', 1), is('closed_at', '>=', t)])])]);
  const row = await tx
    .selectFrom('alarms')
    .select('id')
    .where('alarm_key', '=', keyText(key))
    .where('first_breach_at', '<=', t)
    .where(lasts)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What waits is cancelled. What got no answer may have arrived: it keeps its state, but is not sent again. */
async function cancelDue(tx: SqlTx, alarmId: string, upToRank: number): Promise<number> {
  const ofAlarm = tx
    .updateTable('notifications')
    .where('alarm_id', '=', alarmId)
    .where('level_rank', '<=', upToRank)
    .where('kind', 'in', ACTION_KINDS);
  const { numUpdatedRows } = await ofAlarm.set({ state: 'cancelled', claim_at: null }).where('state', '=', 'due').executeTakeFirst();
  await ofAlarm.set({ claim_at: null }).where('state', '=', 'unknown').execute();
  return Number(numUpdatedRows);
}
