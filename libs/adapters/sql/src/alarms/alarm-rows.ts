import { canonicalJson, isOpen, keyText, rankOf, type Alarm, type AlarmEvent, type AlarmTimer, type TimerKind } from '@anlan/contracts';
import { chainHash } from '../chain.js';
import type { AlarmEventsTable, AlarmTimersTable, AlarmsTable } from '../tables.js';

const flag = (condition: boolean): number => (condition ? 1 : 0);

/** What the store knows of an alarm besides the alarm itself. */
export type RowExtras = Readonly<{ deviceId: string | null; lastSeq: number; lastHash: string }>;

/** The alarm as a row: what is asked for as columns, the whole as JSON. Its change is numbered as it is written. */
export function alarmRow(alarm: Alarm, extras: RowExtras): Omit<AlarmsTable, 'change'> {
  const unclosed = alarm.work !== 'closed' && alarm.work !== 'false_alarm';
  return {
    id: alarm.id,
    alarm_key: keyText(alarm.key),
    point_id: alarm.key.pointId,
    device_id: extras.deviceId,
    rule_id: alarm.key.ruleId,
    kind: alarm.key.kind,
    site_id: alarm.siteId,
    region_code: alarm.regionCode,
    domain: alarm.domain,
    process: alarm.process,
    ack: alarm.ack,
    work: alarm.work,
    suppression: alarm.suppression?.state ?? 'none',
    level: alarm.level,
    level_rank: rankOf(alarm.level),
    open: flag(isOpen(alarm)),
    unclosed: flag(unclosed),
    retrospective: flag(alarm.retrospective),
    urgency: urgencyOf(alarm),
    first_breach_at: alarm.firstBreachAt,
    raised_at: alarm.raisedAt,
    ended_at: alarm.endedAt,
    closed_at: alarm.closedAt,
    updated_at: alarm.updatedAt,
    version: alarm.version,
    last_seq: extras.lastSeq,
    last_hash: extras.lastHash,
    body: JSON.stringify(alarm),
  };
}

/** Open first, then level, then not acknowledged, then still breaching; as one number that grows with the need to act. */
function urgencyOf(alarm: Alarm): number {
  const breaching = alarm.process === 'active' || alarm.process === 'recovering';
  return flag(isOpen(alarm)) * 1_000 + rankOf(alarm.level) * 100 + flag(alarm.ack === 'unacked') * 10 + flag(breaching);
}

export function alarmOf(row: Pick<AlarmsTable, 'body'>): Alarm {
  return JSON.parse(row.body) as Alarm;
}

/** The event chained to the one before it. The hash covers the very text that is stored. */
export function eventRow(event: AlarmEvent, prev: string): AlarmEventsTable {
  const body = canonicalJson(event);
  return {
    alarm_id: event.alarmId,
    seq: event.seq,
    id: event.id,
    type: event.type,
    at: event.at,
    prev,
    hash: chainHash(event.alarmId, event.seq, prev, body),
    body,
  };
}

/** Does this row say of itself what was written, right behind `prev`. */
export function isIntact(row: AlarmEventsTable, prev: string): boolean {
  if (row.prev !== prev || row.hash !== chainHash(row.alarm_id, row.seq, prev, row.body)) return false;
  const event = eventOf(row);
  return event.alarmId === row.alarm_id && event.seq === row.seq && event.id === row.id && event.type === row.type && event.at === row.at;
}

export function eventOf(row: Pick<AlarmEventsTable, 'body'>): AlarmEvent {
  return JSON.parse(row.body) as AlarmEvent;
}

export function timerRow(timer: AlarmTimer): AlarmTimersTable {
  return { alarm_id: timer.alarmId, kind: timer.kind, generation: timer.generation, due_at: timer.dueAt };
}

export function timerOf(row: AlarmTimersTable): AlarmTimer {
  return { alarmId: row.alarm_id, kind: row.kind as TimerKind, generation: row.generation, dueAt: row.due_at };
}
