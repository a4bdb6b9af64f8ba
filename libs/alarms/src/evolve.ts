/**
 * An alarm is the fold of its events and nothing else (I1): deciding makes events, `evolve` alone makes state from them.
 * So whatever shows or stores an alarm can always be checked against its timeline.
 */
import {
  ALARM_KINDS,
  ALARM_LEVELS,
  ALARM_QUALITIES,
  PROCESSES,
  WORKS,
  graver,
  type Alarm,
  type AlarmEvent,
  type AlarmEventType,
  type Told,
} from '@anlan/contracts';
import { flagOf, numberOf, numberOrNull, textOf, textOrNull, toldOf, wordOf, wordOrNull } from './event-data.js';
import { ACK_AFTER, type LifeEvent, workAfter } from './transitions.js';

type BirthType = 'raised' | 'retro_recorded';
type Evolution = (alarm: Alarm, event: AlarmEvent) => Alarm;

const UNACKNOWLEDGED = { ackedBy: null, ackedAt: null, ackTrust: null } as const;

function isClosed(alarm: Alarm): boolean {
  return alarm.work === 'closed' || alarm.work === 'false_alarm';
}

/** Regions A and W after a happening. What is closed asks nobody to acknowledge again. */
function lived(alarm: Alarm, event: LifeEvent): Alarm {
  if (isClosed(alarm)) return alarm;
  const ack = ACK_AFTER[alarm.ack][event];
  return { ...alarm, ack, work: workAfter(alarm.work, event), ...(ack === 'unacked' ? UNACKNOWLEDGED : {}) };
}

/** Timers start anew: those of the old generation are void (I7). */
function renewed(alarm: Alarm): Alarm {
  return { ...alarm, generation: alarm.generation + 1 };
}

/** A new deadline for acknowledging, and counts from nought, because somebody was told something new. */
function asked(alarm: Alarm, event: AlarmEvent): Alarm {
  return { ...alarm, ackDueAt: numberOrNull(event.data, 'ackDueAt'), escalation: 0 };
}

function atLevel(alarm: Alarm, event: AlarmEvent): Alarm {
  const peak = wordOrNull({ peak: event.data['peak'] ?? null }, 'peak', ALARM_LEVELS) ?? event.level;
  return { ...alarm, level: event.level, peakLevel: graver(alarm.peakLevel, graver(peak, event.level)) };
}

/** Value and reason of the gravest change are kept: that is what people must see. */
function breached(alarm: Alarm, event: AlarmEvent): Alarm {
  return {
    ...alarm,
    value: event.value ?? alarm.value,
    reason: event.reason ?? alarm.reason,
    ...(event.evidence && { evidence: event.evidence }),
    endedAt: null,
    normalSince: null,
    endReason: null,
  };
}

function normal(alarm: Alarm, event: AlarmEvent, endReason: Alarm['endReason']): Alarm {
  return { ...alarm, process: 'normal', endedAt: event.t ?? event.at, normalSince: event.at, endReason };
}

function unsuppressed(alarm: Alarm, event: AlarmEvent): Alarm {
  const active = alarm.process === 'active' || alarm.process === 'recovering';
  const next = lived({ ...alarm, suppression: null }, active ? 'unsuppressed_active' : 'unsuppressed');
  return renewed(next.ack === 'unacked' ? asked(next, event) : next);
}

const EVOLVE = {
  pending: (alarm) => (alarm.process === 'normal' ? { ...alarm, process: 'pending', endedAt: null, normalSince: null } : alarm),
  pending_cleared: (alarm, event) => (alarm.process === 'pending' ? normal(alarm, event, alarm.endReason) : alarm),
  recovering: (alarm) => ({ ...alarm, process: 'recovering' }),
  rebreached: (alarm) => ({ ...alarm, process: 'active', cycles: alarm.cycles + 1, endReason: null }),
  recovered: (alarm, event) => normal(alarm, event, 'recovered'),
  latched: (alarm) => ({ ...alarm, process: 'latched', endReason: null }),
  returned: (alarm, event) => {
    const next = { ...breached(atLevel(alarm, event), event), process: 'active' as const, cycles: alarm.cycles + 1, reAlarms: 0 };
    return renewed(asked(lived(next, 'returned'), event));
  },
  level_rose: (alarm, event) => renewed(asked({ ...lived(breached(atLevel(alarm, event), event), 'level_rose'), reAlarms: 0 }, event)),
  level_fell: (alarm, event) => atLevel(alarm, event),
  acknowledged: (alarm, event) =>
    renewed({
      ...lived(alarm, 'acknowledged'),
      ackedLevel: event.level,
      ackedBy: event.actor.id,
      ackedAt: event.at,
      ackTrust: event.actor.kind === 'link' ? 'link' : 'login',
      ackDueAt: null,
      escalation: 0,
    }),
  ack_overdue: (alarm, event) => renewed({ ...alarm, escalation: numberOf(event.data, 'escalation') }),
  re_alarmed: (alarm, event) => renewed(asked({ ...lived(alarm, 're_alarmed'), reAlarms: alarm.reAlarms + 1 }, event)),
  link_ack_expired: (alarm, event) => renewed(asked(lived(alarm, 'link_ack_expired'), event)),
  reset: (alarm, event) => renewed(normal(alarm, event, alarm.endReason ?? 'recovered')),
  marked_false: (alarm, event) =>
    renewed({
      ...lived(alarm, 'marked_false'),
      ackedLevel: alarm.level,
      ackedBy: event.actor.id,
      ackedAt: event.at,
      ackTrust: 'login',
      ackDueAt: null,
      escalation: 0,
      closedAt: event.at,
    }),
  shelved: (alarm, event) =>
    renewed({
      ...lived(alarm, 'shelved'),
      suppression: {
        state: 'shelved',
        reason: event.comment ?? '',
        by: event.actor.id,
        at: event.at,
        until: numberOf(event.data, 'until'),
        oneShot: flagOf(event.data, 'oneShot'),
        permitLevel: wordOf(event.data, 'permitLevel', ALARM_LEVELS),
      },
    }),
  unshelved: unsuppressed,
  shelf_ended: unsuppressed,
  data_stale: (alarm, event) => ({ ...alarm, quality: wordOf(event.data, 'quality', ALARM_QUALITIES) }),
  data_back: (alarm) => ({ ...alarm, quality: 'good' }),
  rule_edited: (alarm, event) => {
    const process = wordOf(event.data, 'process', PROCESSES);
    if (process === 'normal') return normal(alarm, event, 'rule_changed');
    // It stands under the new limits as well, and they are why it stands now.
    return process === 'active' ? breached(alarm, event) : { ...alarm, process, endReason: 'rule_changed' };
  },
  removed: (alarm, event) => renewed(normal(lived(alarm, 'removed'), event, 'removed')),
  auto_closed: (alarm, event) => renewed({ ...lived(alarm, 'auto_closed'), ackDueAt: null, closedAt: event.at }),
  grouped: (alarm, event) => ({ ...alarm, parentId: textOf(event.data, 'parentId') }),
  commented: (alarm) => alarm,
  retro_ended: (alarm, event) => ({
    ...atLevel(alarm, event),
    level: alarm.level,
    endedAt: event.t,
    normalSince: event.at,
    endReason: 'recovered',
  }),
} as const satisfies Record<Exclude<AlarmEventType, BirthType>, Evolution>;

/** The state that the first event of an occurrence brings into being. */
function born(event: AlarmEvent): Alarm {
  const { data, level } = event;
  const retrospective = event.type === 'retro_recorded';
  const firstBreachAt = numberOf(data, 'firstBreachAt');
  return {
    id: event.alarmId,
    version: 0,
    key: { pointId: textOf(data, 'pointId'), ruleId: textOf(data, 'ruleId'), kind: wordOf(data, 'kind', ALARM_KINDS) },
    ruleVersion: numberOf(data, 'ruleVersion'),
    n: numberOf(data, 'n'),
    assetId: textOrNull(data, 'assetId'),
    siteId: textOf(data, 'siteId'),
    regionCode: textOf(data, 'regionCode'),
    unitId: textOrNull(data, 'unitId'),
    domain: textOf(data, 'domain'),
    process: wordOf(data, 'process', PROCESSES),
    ack: 'unacked',
    ackedLevel: null,
    ...UNACKNOWLEDGED,
    suppression: null,
    work: wordOf(data, 'work', WORKS),
    quality: wordOf(data, 'quality', ALARM_QUALITIES),
    level,
    peakLevel: graver(level, wordOf(data, 'peak', ALARM_LEVELS)),
    pendingLevel: null,
    pendingDueAt: null,
    firstBreachAt,
    raisedAt: event.t ?? event.at,
    endedAt: numberOrNull(data, 'endedAt'),
    value: event.value ?? 0,
    unit: textOf(data, 'unit'),
    reason: event.reason ?? { zh: '', en: '' },
    ...(event.evidence && { evidence: event.evidence }),
    latching: flagOf(data, 'latching'),
    retrospective,
    no: textOf(data, 'no'),
    ackDueAt: numberOrNull(data, 'ackDueAt'),
    parentId: null,
    firstOut: false,
    cycles: 0,
    recurrenceOf: textOrNull(data, 'recurrenceOf'),
    endReason: null,
    generation: 1,
    escalation: 0,
    reAlarms: 0,
    normalSince: retrospective ? event.at : null,
    closedAt: null,
    told: [],
    createdAt: event.at,
    updatedAt: event.at,
  };
}

function alsoTold(before: readonly Told[], more: readonly Told[]): readonly Told[] {
  const fresh = more.filter(({ personId, channel }) => !before.some((told) => told.personId === personId && told.channel === channel));
  return fresh.length === 0 ? before : [...before, ...fresh];
}

/** What every verdict brings along, whichever event it made. */
function withVerdict(alarm: Alarm, { data }: AlarmEvent): Alarm {
  if (data['ruleVersion'] === undefined) return alarm;
  return {
    ...alarm,
    ruleVersion: numberOf(data, 'ruleVersion'),
    latching: flagOf(data, 'latching'),
    pendingLevel: wordOrNull(data, 'pendingLevel', ALARM_LEVELS),
    pendingDueAt: numberOrNull(data, 'pendingDueAt'),
  };
}

/** The next state. Throws on an event that does not follow: a gap in `seq` (I9), or a birth of what is already there. */
export function evolve(alarm: Alarm | undefined, event: AlarmEvent): Alarm {
  const { type } = event;
  if (event.seq !== (alarm?.version ?? 0) + 1) throw new RangeError(`event ${event.seq} cannot follow ${alarm?.version ?? 0}`);
  const isBirth = type === 'raised' || type === 'retro_recorded';
  if (isBirth !== (alarm === undefined)) throw new RangeError(`event ${type} does not fit`);
  const next = isBirth ? born(event) : EVOLVE[type](alarm as Alarm, event);
  return {
    ...withVerdict(next, event),
    version: event.seq,
    updatedAt: Math.max(next.updatedAt, event.at),
    told: alsoTold(next.told, toldOf(event.data)),
  };
}

/** I1: the alarm that these events, in order, make. Undefined for none. */
export function foldEvents(events: readonly AlarmEvent[]): Alarm | undefined {
  return events.reduce<Alarm | undefined>((alarm, event) => evolve(alarm, event), undefined);
}
