import type { Alarm, AlarmEvent, AlarmLevel, AlarmTimer, Notification } from '@anlan/contracts';
import type { AlarmChange } from '../alarm-store.js';

const AT = 1_760_000_000_000;

/** A made-up alarm: orange, active, not acknowledged, told to nobody. */
export function sampleAlarm(id: string, more: Partial<Alarm> = {}): Alarm {
  return {
    id,
    version: 1,
    key: { pointId: `${id}.ch4`, ruleId: 'r-1', kind: 'threshold' },
    ruleVersion: 1,
    n: 1,
    assetId: 'well-1',
    siteId: 'net-1',
    regionCode: '340104',
    unitId: 'gas-co',
    domain: 'uspace',
    process: 'active',
    ack: 'unacked',
    ackedLevel: null,
    ackTrust: null,
    ackedBy: null,
    ackedAt: null,
    suppression: null,
    work: 'awaiting_confirmation',
    quality: 'good',
    level: 'orange',
    peakLevel: 'orange',
    pendingLevel: null,
    pendingDueAt: null,
    firstBreachAt: AT,
    raisedAt: AT,
    endedAt: null,
    value: 2.61,
    unit: '%VOL',
    reason: { zh: '超限', en: 'over the limit' },
    latching: false,
    retrospective: false,
    no: 'A7K2',
    ackDueAt: null,
    parentId: null,
    firstOut: false,
    cycles: 0,
    recurrenceOf: null,
    endReason: null,
    generation: 1,
    escalation: 0,
    reAlarms: 0,
    normalSince: null,
    closedAt: null,
    told: [],
    createdAt: AT,
    updatedAt: AT,
    ...more,
  };
}

export function sampleEvent(alarm: Alarm, seq: number, more: Partial<AlarmEvent> = {}): AlarmEvent {
  return {
    id: `${alarm.id}-e${seq}`,
    alarmId: alarm.id,
    seq,
    type: seq === 1 ? 'raised' : 'commented',
    at: AT + seq,
    t: AT,
    actor: { kind: 'engine', id: 'rules' },
    level: alarm.level,
    value: 2.61,
    reason: null,
    comment: null,
    data: {},
    ...more,
  };
}

export function sampleNotification(alarm: Alarm, n: number, more: Partial<Notification> = {}): Notification {
  return {
    id: `${alarm.id}-n${n}`,
    eventId: `${alarm.id}-e${n}`,
    alarmId: alarm.id,
    kind: 'raise',
    level: alarm.level,
    channel: 'outbox',
    personId: 'p1',
    recipient: '值班一',
    step: 0,
    state: 'due',
    text: '【安澜】超限\nover the limit',
    link: null,
    mergedInto: null,
    attempts: 0,
    createdAt: AT + n,
    dueAt: AT + n,
    sentAt: null,
    outcome: null,
    ...more,
  };
}

export function sampleTimer(alarm: Alarm, kind: AlarmTimer['kind'], dueAt: number): AlarmTimer {
  return { alarmId: alarm.id, kind, generation: alarm.generation, dueAt };
}

/** The first write of an alarm with its first event. */
export function born(alarm: Alarm, more: Partial<AlarmChange> = {}): AlarmChange {
  return { alarm, created: true, events: [sampleEvent(alarm, 1)], notifications: [], timers: [], ...more };
}

export const SAMPLE_LEVELS: readonly AlarmLevel[] = ['blue', 'yellow', 'orange', 'red'];
export const SAMPLE_AT = AT;
