/**
 * Alarm and notification stores in memory, with the promises of the ports kept for real: a unique open alarm a key (A1),
 * all-or-nothing transactions one after another (A2), claims with a lease (N1). For tests and the simulation.
 */
import {
  ACTION_NOTICES,
  isOpen,
  keyText,
  rankOf,
  type Alarm,
  type AlarmEvent,
  type AlarmLevel,
  type AlarmTimer,
  type Cause,
  type Digest,
  type Millis,
  type Notification,
} from '@anlan/contracts';
import type { AlarmChange, AlarmStore, AlarmTx, NotificationStore, SendLane } from '@anlan/ports';

type Row = Notification & Readonly<{ leaseUntil: Millis | null; told?: string }>;
type Tables = Readonly<{
  alarms: Map<string, Alarm>;
  /** Key text → id of the open alarm: the unique index. */
  open: Map<string, string>;
  /** Key text → ids of all its alarms, oldest first. */
  byKey: Map<string, readonly string[]>;
  events: Map<string, readonly (AlarmEvent & Readonly<{ hash: string }>)[]>;
  eventIds: Map<string, string>;
  notifications: Map<string, Row>;
  timers: Map<string, AlarmTimer>;
  results: Map<string, string>;
  applied: Map<number, Cause>;
}>;

export type MemoryAlarms = Readonly<{
  alarms: AlarmStore;
  notifications: NotificationStore;
  /** What stands in the tables, for assertions. */
  allAlarms(): readonly Alarm[];
  eventsOf(alarmId: string): readonly AlarmEvent[];
  allNotifications(): readonly Notification[];
  allTimers(): readonly AlarmTimer[];
}>;

type Undo = (() => void)[];

/** Writes that can be taken back. */
function put<K, V>(table: Map<K, V>, key: K, value: V | undefined, undo: Undo): void {
  const before = table.get(key);
  undo.push(() => (before === undefined ? table.delete(key) : table.set(key, before)));
  if (value === undefined) table.delete(key);
  else table.set(key, value);
}

function isVoid(alarm: Alarm | undefined, { kind, level }: Notification): boolean {
  if (!alarm || !ACTION_NOTICES.has(kind)) return false;
  const acked = alarm.ack === 'acked' && alarm.ackedLevel !== null && rankOf(alarm.ackedLevel) >= rankOf(level);
  return acked || alarm.work === 'closed' || alarm.work === 'false_alarm';
}

function writeAlarm({ alarms, open, byKey }: Tables, alarm: Alarm, undo: Undo): void {
  const key = keyText(alarm.key);
  const holder = open.get(key);
  if (isOpen(alarm)) {
    if (holder !== undefined && holder !== alarm.id) throw new Error(`A1: ${key} has an open alarm already`);
    put(open, key, alarm.id, undo);
  } else if (holder === alarm.id) put(open, key, undefined, undo);
  if (!alarms.has(alarm.id)) put(byKey, key, [...(byKey.get(key) ?? []), alarm.id], undo);
  put(alarms, alarm.id, alarm, undo);
}

function writeEvents({ events, eventIds }: Tables, more: readonly AlarmEvent[], digest: Digest, undo: Undo): void {
  for (const event of more) {
    const { alarmId } = event;
    const chain = events.get(alarmId) ?? [];
    const head = chain.at(-1);
    if (event.seq !== (head?.seq ?? 0) + 1) throw new Error(`I9: ${alarmId} has no place for event ${event.seq}`);
    if (eventIds.has(event.id)) throw new Error(`event ${event.id} stands already`);
    put(eventIds, event.id, alarmId, undo);
    put(events, alarmId, [...chain, { ...event, hash: digest(`${head?.hash ?? ''}|${JSON.stringify(event)}`) }], undo);
  }
}

function write(tables: Tables, change: AlarmChange, digest: Digest, undo: Undo): void {
  const { alarm, created, events, notifications, timers } = change;
  if (created === tables.alarms.has(alarm.id)) throw new Error(`alarm ${alarm.id} ${created ? 'stands already' : 'is not there'}`);
  writeAlarm(tables, alarm, undo);
  writeEvents(tables, events, digest, undo);
  for (const row of notifications)
    if (!tables.notifications.has(row.id)) put(tables.notifications, row.id, { ...row, leaseUntil: null }, undo);
  for (const timer of timers) put(tables.timers, `${timer.alarmId}|${timer.kind}`, timer, undo);
}

function cancelDue(tables: Tables, alarmId: string, upToLevel: Parameters<AlarmTx['cancelDue']>[1], undo: Undo): number {
  const rows = [...tables.notifications.values()].filter(
    (row) => row.alarmId === alarmId && row.state === 'due' && ACTION_NOTICES.has(row.kind) && rankOf(row.level) <= rankOf(upToLevel),
  );
  for (const row of rows) put(tables.notifications, row.id, { ...row, state: 'cancelled' }, undo);
  return rows.length;
}

function graverFirst(tables: Tables): (left: AlarmTimer, right: AlarmTimer) => number {
  const rank = ({ alarmId }: AlarmTimer): number => rankOf(tables.alarms.get(alarmId)?.level ?? 'normal');
  return (left, right) => rank(right) - rank(left) || left.dueAt - right.dueAt;
}

type Reads = Pick<AlarmStore, 'dueTimers' | 'openByLevel'>;

function reads(tables: Tables): Reads {
  return {
    dueTimers: (now, limit) =>
      Promise.resolve(
        [...tables.timers.values()]
          .filter(({ dueAt }) => dueAt <= now)
          .sort(graverFirst(tables))
          .slice(0, limit),
      ),
    openByLevel: () => {
      const counts = new Map<AlarmLevel, number>();
      for (const id of tables.open.values()) {
        const level = tables.alarms.get(id)?.level;
        if (level !== undefined) counts.set(level, (counts.get(level) ?? 0) + 1);
      }
      return Promise.resolve(counts);
    },
  };
}

function transaction(tables: Tables, digest: Digest, undo: Undo): AlarmTx {
  const alarmsOf = (key: Alarm['key']): readonly Alarm[] =>
    (tables.byKey.get(keyText(key)) ?? []).flatMap((id) => tables.alarms.get(id) ?? []);
  return {
    openByKey: (key) => Promise.resolve(tables.alarms.get(tables.open.get(keyText(key)) ?? '')),
    lastClosedByKey: (key) =>
      Promise.resolve(
        alarmsOf(key)
          .filter((alarm) => !alarm.retrospective && !isOpen(alarm))
          .at(-1),
      ),
    byId: (id) => Promise.resolve(tables.alarms.get(id)),
    covers: (key, t) =>
      Promise.resolve(alarmsOf(key).some((alarm) => alarm.firstBreachAt <= t && (alarm.endedAt === null || t <= alarm.endedAt))),
    chainHead: (id) => {
      const head = tables.events.get(id)?.at(-1);
      return Promise.resolve({ seq: head?.seq ?? 0, hash: head?.hash ?? '' });
    },
    hasEvent: (id) => Promise.resolve(tables.eventIds.has(id)),
    write: (change) => Promise.resolve(change).then(() => write(tables, change, digest, undo)),
    cancelDue: (id, level) => Promise.resolve(cancelDue(tables, id, level, undo)),
    commandResult: (id, key) => Promise.resolve(tables.results.get(`${id}|${key}`)),
    saveCommandResult: (id, key, result) => Promise.resolve(put(tables.results, `${id}|${key}`, result, undo)),
    applied: (partition) => Promise.resolve(tables.applied.get(partition)),
    setApplied: (cause) => Promise.resolve(put(tables.applied, cause.partition, cause, undo)),
    dropTimer: ({ alarmId, kind, generation }) => {
      const key = `${alarmId}|${kind}`;
      if (tables.timers.get(key)?.generation === generation) put(tables.timers, key, undefined, undo);
      return Promise.resolve();
    },
  };
}

const MERGED: ReadonlySet<AlarmLevel> = new Set<AlarmLevel>(['blue', 'yellow']);

function isClaimable(row: Row, now: Millis, lane: SendLane): boolean {
  const waits = row.state === 'due' || row.state === 'unknown' ? row.dueAt <= now : row.state === 'sending' && (row.leaseUntil ?? 0) <= now;
  return waits && (lane.levels?.includes(row.level) ?? true) && (lane.channel ?? row.channel) === row.channel;
}

const stateOf = ({ state, attempts }: Pick<Notification, 'state' | 'attempts'>): string => `${state}/${attempts}`;
const shown = ({ leaseUntil: _lease, told: _told, ...row }: Row): Notification => row;

function notificationStore(tables: Tables): NotificationStore {
  const rows = tables.notifications;
  const companions = (claimed: readonly Row[]): readonly Row[] =>
    [...rows.values()].filter(
      (row) =>
        row.state === 'due' &&
        MERGED.has(row.level) &&
        !claimed.includes(row) &&
        claimed.some((other) => MERGED.has(other.level) && other.personId === row.personId && other.channel === row.channel),
    );
  return {
    claim: (now, leaseUntil, limit, lane = {}) => {
      const due = [...rows.values()]
        .filter((row) => isClaimable(row, now, lane))
        .sort((a, b) => rankOf(b.level) - rankOf(a.level) || a.createdAt - b.createdAt)
        .slice(0, limit);
      const claimed = [...due, ...companions(due)].map((row) => ({
        ...row,
        state: 'sending' as const,
        attempts: row.attempts + 1,
        leaseUntil,
      }));
      for (const row of claimed) rows.set(row.id, row);
      return Promise.resolve(claimed);
    },
    settle: (id, mergedIds, { state, outcome, at, dueAt, text, link }) => {
      const row = rows.get(id);
      if (row)
        rows.set(id, {
          ...row,
          state,
          outcome,
          text,
          link,
          leaseUntil: null,
          sentAt: state === 'sent' ? at : row.sentAt,
          dueAt: dueAt ?? (state === 'unknown' ? Number.POSITIVE_INFINITY : row.dueAt),
        });
      for (const mergedId of mergedIds) {
        const merged = rows.get(mergedId);
        if (merged)
          rows.set(mergedId, {
            ...merged,
            state: 'merged',
            mergedInto: id,
            outcome,
            leaseUntil: null,
            sentAt: state === 'sent' ? at : null,
          });
      }
      return Promise.resolve();
    },
    isVoid: (id) => {
      const row = rows.get(id);
      return Promise.resolve(row !== undefined && isVoid(tables.alarms.get(row.alarmId), row));
    },
    shown: (alarmIds) =>
      Promise.resolve(
        new Map(
          alarmIds.flatMap((id) => {
            const alarm = tables.alarms.get(id);
            return alarm ? [[id, alarm.process === 'normal' ? 'normal' : alarm.level] as const] : [];
          }),
        ),
      ),
    page: (limit) => Promise.resolve({ items: [...rows.values()].slice(-limit).reverse(), nextCursor: null }),
    untold: (limit) =>
      Promise.resolve(
        [...rows.values()]
          .filter((row) => row.state !== 'sending' && row.told !== stateOf(row))
          .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
          .slice(0, limit)
          .map(shown),
      ),
    markTold: (told) => {
      for (const read of told) {
        const row = rows.get(read.id);
        if (row && stateOf(row) === stateOf(read)) rows.set(row.id, { ...row, told: stateOf(row) });
      }
      return Promise.resolve();
    },
    nextDueAt: () => {
      const due = [...rows.values()].filter(({ state }) => state === 'due' || state === 'unknown').map(({ dueAt }) => dueAt);
      return Promise.resolve(due.length === 0 ? null : Math.min(...due));
    },
  };
}

/** Empty stores over the same tables. */
export function memoryAlarms(digest: Digest): MemoryAlarms {
  const tables: Tables = {
    alarms: new Map(),
    open: new Map(),
    byKey: new Map(),
    events: new Map(),
    eventIds: new Map(),
    notifications: new Map(),
    timers: new Map(),
    results: new Map(),
    applied: new Map(),
  };
  const committed = reads(tables);
  let last: Promise<unknown> = Promise.resolve();
  const run = async <T>(work: (tx: AlarmTx) => Promise<T>): Promise<T> => {
    const undo: Undo = [];
    try {
      return await work(transaction(tables, digest, undo));
    } catch (error) {
      for (const back of undo.reverse()) back();
      throw error;
    }
  };
  return {
    alarms: {
      transact: (work) => {
        const mine = last.then(() => run(work));
        last = mine.catch(() => undefined);
        return mine;
      },
      dueTimers: (now, limit) => last.then(() => committed.dueTimers(now, limit)),
      openByLevel: () => last.then(() => committed.openByLevel()),
    },
    notifications: notificationStore(tables),
    allAlarms: () => [...tables.alarms.values()],
    eventsOf: (id) => (tables.events.get(id) ?? []).map(({ hash: _hash, ...event }) => event),
    allNotifications: () => [...tables.notifications.values()].map(shown),
    allTimers: () => [...tables.timers.values()],
  };
}
