/**
 * Alarms, their events, timers and outbox, written together.
 *
 * A1  One open alarm a key: a partial unique index, so that no code path can make a second.
 * A2  `transact` is all or nothing, and one at a time in all processes: what it read stands until it has written.
 * I8  A command's first result is kept and given again.
 * I9  Events of an alarm are numbered without gaps; each is chained to the one before it by its hash.
 */
import { ACTION_NOTICES, keyText, rankOf, type Alarm, type AlarmKey, type AlarmLevel, type Millis } from '@anlan/contracts';
import type { AlarmStore, AlarmTx, Clock } from '@anlan/ports';
import type { ExpressionBuilder } from 'kysely';
import type { Keyring } from '../keys.js';
import type { SqlDatabase, SqlTx } from '../sql-database.js';
import type { AlarmsTable, Tables } from '../tables.js';
import { alarmOf, timerOf } from './alarm-rows.js';
import { STANDING, writeAlarm, type Standing } from './alarm-write.js';

export type AlarmStoreDeps = Readonly<{
  database: SqlDatabase;
  keys: Keyring;
  clock: Pick<Clock, 'now'>;
  /** Device of a point, for the filter by device. */ deviceOf(pointId: string): string | undefined;
}>;

export const ACTION_KINDS: readonly string[] = [...ACTION_NOTICES];

export function sqlAlarmStore(deps: AlarmStoreDeps): AlarmStore {
  const { database } = deps;
  return {
    transact: (work) => database.exclusive({ name: 'alarms' }, (tx) => work(alarmTx(deps, tx))),
    async dueTimers(now, limit) {
      const due = database.db
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
    async openByLevel() {
      const rows = await database.db
        .selectFrom('alarms')
        .select(['level', ({ fn }) => fn.countAll<number>().as('n')])
        .where('open', '=', 1)
        .groupBy('level')
        .execute();
      return new Map(rows.map(({ level, n }) => [level as AlarmLevel, n]));
    },
  };
}

const WITH_BODY = [...STANDING, 'body'] as const;

function alarmTx(deps: AlarmStoreDeps, tx: SqlTx): AlarmTx {
  /** Alarms as this transaction read or wrote them. They stand until it has ended (A2), so none is read twice. */
  const standing = new Map<string, Standing>();
  const seen = (row: (Standing & Pick<AlarmsTable, 'body'>) | undefined): Alarm | undefined => {
    if (row) standing.set(row.id, row);
    return row && alarmOf(row);
  };
  return {
    async openByKey(key) {
      const row = await tx
        .selectFrom('alarms')
        .select(WITH_BODY)
        .where('alarm_key', '=', keyText(key))
        .where('open', '=', 1)
        .executeTakeFirst();
      return seen(row);
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
      return seen(await tx.selectFrom('alarms').select(WITH_BODY).where('id', '=', id).executeTakeFirst());
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
      standing.set(change.alarm.id, await writeAlarm({ ...deps, flavour: deps.database.flavour, tx, standing }, change));
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
    async dropTimer({ alarmId, kind, generation }) {
      await tx
        .deleteFrom('alarm_timers')
        .where('alarm_id', '=', alarmId)
        .where('kind', '=', kind)
        .where('generation', '=', generation)
        .execute();
    },
  };
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
