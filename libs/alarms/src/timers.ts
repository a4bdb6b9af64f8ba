/** Which timers an alarm must have: a pure function of its state, so that no step can forget one. */
import type { Alarm, AlarmTimer, Millis, TimerKind } from '@anlan/contracts';
import { AUTO_CLOSE_AFTER_MS, LINK_ACK_HOLDS_MS, RESPONSE } from './response.js';

function isClosed({ work }: Alarm): boolean {
  return work === 'closed' || work === 'false_alarm';
}

/** When each kind is due in this state; null: it has none. */
const DUE_AT = {
  ack_due: (alarm) => {
    const { overdueEveryMs, maxOverdue } = RESPONSE[alarm.level];
    if (isClosed(alarm) || alarm.ack !== 'unacked' || alarm.suppression || alarm.ackDueAt === null || alarm.escalation >= maxOverdue)
      return null;
    return alarm.ackDueAt + alarm.escalation * overdueEveryMs;
  },
  re_alarm: (alarm) => {
    const { reAlarmEveryMs, maxReAlarms } = RESPONSE[alarm.level];
    const stands = alarm.process === 'active' || alarm.process === 'recovering';
    if (isClosed(alarm) || !stands || alarm.ack !== 'acked' || alarm.suppression || alarm.ackedAt === null) return null;
    return reAlarmEveryMs === null || alarm.reAlarms >= maxReAlarms ? null : alarm.ackedAt + reAlarmEveryMs;
  },
  link_ack: (alarm) => {
    const holds = alarm.ack === 'acked' && alarm.ackTrust === 'link' && alarm.ackedLevel === 'red';
    return holds && !isClosed(alarm) && alarm.ackedAt !== null ? alarm.ackedAt + LINK_ACK_HOLDS_MS : null;
  },
  shelf_end: (alarm) => alarm.suppression?.until ?? null,
  auto_close: (alarm) => {
    const untouched = alarm.work === 'awaiting_confirmation' || alarm.work === 'confirmed';
    const quiet = alarm.peakLevel === 'blue' && alarm.process === 'normal' && alarm.quality === 'good';
    return untouched && quiet && alarm.normalSince !== null ? alarm.normalSince + AUTO_CLOSE_AFTER_MS : null;
  },
} as const satisfies Record<TimerKind, (alarm: Alarm) => Millis | null>;

const KINDS = ['shelf_end', 'link_ack', 'ack_due', 're_alarm', 'auto_close'] as const satisfies readonly TimerKind[];

/** All timers of an alarm in its present generation. A record of the past has none. */
export function timersOf(alarm: Alarm): readonly AlarmTimer[] {
  if (alarm.retrospective) return [];
  return KINDS.flatMap((kind) => {
    const dueAt = DUE_AT[kind](alarm);
    return dueAt === null ? [] : [{ alarmId: alarm.id, kind, generation: alarm.generation, dueAt }];
  });
}

/** Is this the timer that the alarm has now, and is it due? Everything else that fires is a leftover and does nothing (I7). */
export function isLive(alarm: Alarm, timer: AlarmTimer, now: Millis): boolean {
  return timersOf(alarm).some(({ kind, generation, dueAt }) => kind === timer.kind && generation === timer.generation && dueAt <= now);
}
