/** What timers do: E10, E11, E24, E31 and the end of a link's acknowledgement. The table is total by type. */
import type { Actor, Alarm, AlarmEventType, AlarmTimer, NoticeKind, TimerKind } from '@anlan/contracts';
import { type Change, type Context, type Draft, ackDueFor, current, draftOf, finish, happen } from './change.js';
import type { EventData } from './event-data.js';
import { breachOf, isStanding, raise } from './raise.js';
import { RESPONSE } from './response.js';
import { isLive } from './timers.js';

type Firing = Readonly<{ timer: AlarmTimer; context: Context }>;

function timerActor({ kind }: AlarmTimer): Actor {
  return { kind: 'timer', id: kind };
}

type Fired = Readonly<{ type: AlarmEventType; data: EventData; notice?: NoticeKind | undefined }>;

function timerEvent(draft: Draft, { timer, context }: Firing, { type, data, notice }: Fired): Draft {
  const { kind, generation } = timer;
  const happening = {
    type,
    at: context.now,
    t: null,
    actor: timerActor(timer),
    cause: `${kind}:${generation}`,
    level: current(draft).level,
    data,
  };
  return happen(draft, notice === undefined ? happening : { ...happening, notice }, context);
}

/** Reminders missed while the process was down count as one: the number says which is due now. */
function overdueCount(alarm: Alarm, now: number): number {
  const { overdueEveryMs, maxOverdue } = RESPONSE[alarm.level];
  const passed = overdueEveryMs === 0 ? 1 : Math.floor((now - (alarm.ackDueAt ?? now)) / overdueEveryMs) + 1;
  return Math.min(Math.max(alarm.escalation + 1, passed), maxOverdue);
}

const FIRE = {
  ack_due: (alarm, firing) =>
    finish(
      timerEvent(draftOf(alarm), firing, {
        type: 'ack_overdue',
        data: { escalation: overdueCount(alarm, firing.context.now) },
        notice: 'ack_overdue',
      }),
    ),
  re_alarm: (alarm, firing) =>
    finish(
      timerEvent(draftOf(alarm), firing, {
        type: 're_alarmed',
        data: { ackDueAt: ackDueFor(alarm.level, firing.context.now) },
        notice: 're_alarm',
      }),
    ),
  link_ack: (alarm, firing) =>
    finish(
      timerEvent(draftOf(alarm), firing, {
        type: 'link_ack_expired',
        data: { ackDueAt: ackDueFor(alarm.level, firing.context.now) },
        notice: 're_alarm',
      }),
    ),
  auto_close: (alarm, firing) => finish(timerEvent(draftOf(alarm), firing, { type: 'auto_closed', data: {} })),
  shelf_end: (alarm, firing) => {
    const { context, timer } = firing;
    const active = alarm.process === 'active' || alarm.process === 'recovering';
    const standing = isStanding(alarm);
    const data = { why: 'time', ackDueAt: ackDueFor(alarm.level, context.now) };
    const ended = timerEvent(draftOf(alarm), firing, {
      type: 'shelf_ended',
      data,
      notice: active && !standing ? 'shelf_ended' : undefined,
    });
    if (!standing) return finish(ended);
    // Marked false while it stood, and it still stands: that was no false alarm, so a new one begins.
    const breach = breachOf(alarm, context.now, context.now, timerActor(timer));
    return [...finish(ended), ...finish(raise(breach, current(ended), context))];
  },
} as const satisfies Record<TimerKind, (alarm: Alarm, firing: Firing) => readonly Change[]>;

/** The changes that a fired timer makes: none when it is a leftover of an older generation or state (I7). */
export function fireTimer(alarm: Alarm, timer: AlarmTimer, context: Context): readonly Change[] {
  return isLive(alarm, timer, context.now) ? FIRE[timer.kind](alarm, { timer, context }) : [];
}
