import type { AlarmEvent, AlarmTimer } from '@anlan/contracts';
import type { AlarmChange } from '@anlan/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Flavour } from '../flavour.js';
import type { Keyring } from '../keys.js';
import { notificationRow } from '../notifications/notification-rows.js';
import { chunks, type SqlTx } from '../sql-database.js';
import type { AlarmEventsTable, AlarmTimersTable, AlarmsTable, NotificationsTable } from '../tables.js';
import { together, valueOf, type Part } from '../together.js';
import { alarmRow, eventRow, timerRow } from './alarm-rows.js';

const ROWS_A_STATEMENT = 500;

/** What a write must know of the alarm as it stands. */
export const STANDING = ['id', 'version', 'last_seq', 'last_hash', 'device_id'] as const satisfies readonly (keyof AlarmsTable)[];
export type Standing = Pick<AlarmsTable, (typeof STANDING)[number]>;

type Writing = Readonly<{
  flavour: Flavour;
  keys: Keyring;
  /** Device of a point, for the filter by device. */ deviceOf(pointId: string): string | undefined;
  tx: SqlTx;
  standing: ReadonlyMap<string, Standing>;
}>;

/** Writes all that has changed, and tells what stands then. An alarm that exists already cannot be made: its id is the primary key. */
export async function writeAlarm({ flavour, keys, deviceOf, tx, standing }: Writing, written: AlarmChange): Promise<Standing> {
  const { alarm, created, events, notifications, timers } = written;
  const stored = created ? undefined : (standing.get(alarm.id) ?? (await standingOf(tx, alarm.id)));
  if (!created && !stored) throw new Error(`alarm ${alarm.id} does not exist`);
  if (stored && stored.version > alarm.version)
    throw new Error(`alarm ${alarm.id} was changed meanwhile: version ${stored.version} stands, ${alarm.version} came`);

  const eventRows = chained(alarm.id, events, stored);
  const last = eventRows.at(-1) ?? { seq: stored?.last_seq ?? 0, hash: stored?.last_hash ?? '' };
  const deviceId = stored ? stored.device_id : (deviceOf(alarm.key.pointId) ?? null);
  const { counting, change } = await nextChange(flavour, tx);
  const row = { ...alarmRow(alarm, { deviceId, lastSeq: last.seq, lastHash: last.hash }), change };
  const notices = notifications.map((each) => notificationRow(keys, each));
  await together(flavour, tx, [
    ...counting,
    created ? tx.insertInto('alarms').values(row) : tx.updateTable('alarms').set(row).where('id', '=', alarm.id),
    ...slices(eventRows, (rows) => tx.insertInto('alarm_events').values(rows)),
    ...slices(notices.slice(0, ROWS_A_STATEMENT), (rows) => insertNotices(tx, rows)),
    ...slices(lastOfKind(timers).map(timerRow), (rows) => setTimers(tx, rows)),
  ]);
  // Only an alarm that is told to very many people has more.
  for (const part of slices(notices.slice(ROWS_A_STATEMENT), (rows) => insertNotices(tx, rows))) await part.execute();
  return row;
}

function slices<R>(rows: readonly R[], part: (rows: readonly R[]) => Part): readonly Part[] {
  return [...chunks(rows, ROWS_A_STATEMENT)].map(part);
}

function standingOf(tx: SqlTx, id: string): Promise<Standing | undefined> {
  return tx.selectFrom('alarms').select(STANDING).where('id', '=', id).executeTakeFirst();
}

/** Rows of events that follow the chain as it stands. */
function chained(alarmId: string, events: readonly AlarmEvent[], stored: Standing | undefined): readonly AlarmEventsTable[] {
  let [seq, hash] = [stored?.last_seq ?? 0, stored?.last_hash ?? ''];
  return events.map((event) => {
    if (event.alarmId !== alarmId || event.seq !== seq + 1)
      throw new Error(`event ${event.seq} of alarm ${event.alarmId} does not follow ${seq} of ${alarmId}`);
    const row = eventRow(event, hash);
    ({ seq, hash } = row);
    return row;
  });
}

function insertNotices(tx: SqlTx, rows: readonly NotificationsTable[]): Part {
  return tx
    .insertInto('notifications')
    .values(rows)
    .onConflict((on) => on.column('id').doNothing());
}

function setTimers(tx: SqlTx, rows: readonly AlarmTimersTable[]): Part {
  return tx
    .insertInto('alarm_timers')
    .values(rows)
    .onConflict((on) =>
      on
        .columns(['alarm_id', 'kind'])
        .doUpdateSet((is) => ({ generation: is.ref('excluded.generation'), due_at: is.ref('excluded.due_at') })),
    );
}

/** One statement may not set the same timer twice. */
function lastOfKind(timers: readonly AlarmTimer[]): readonly AlarmTimer[] {
  return [...new Map(timers.map((timer) => [`${timer.alarmId} ${timer.kind}`, timer])).values()];
}

type Numbered = Readonly<{ counting: readonly Part[]; change: number | RawBuilder<number> }>;

/** The row of the counter is the lock: changes become visible in the order of their numbers. */
async function nextChange(flavour: Flavour, tx: SqlTx): Promise<Numbered> {
  const counter = tx
    .updateTable('counters')
    .set({ value: sql<number>`value + 1` })
    .where('name', '=', 'alarm_change')
    .returning('value');
  if (flavour === 'postgres') return { counting: [counter], change: valueOf(0, 'value') };
  return { counting: [], change: (await counter.executeTakeFirstOrThrow()).value };
}
