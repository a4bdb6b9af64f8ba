/** Building one change of one alarm: events first, state by `evolve`, then notices and timers that follow from both. */
import {
  ACTION_NOTICES,
  rankOf,
  type Actor,
  type Alarm,
  type AlarmEvent,
  type AlarmEventType,
  type AlarmLevel,
  type AlarmTimer,
  type Digest,
  type Evidence,
  type Millis,
  type Notification,
  type NoticeKind,
  type Said,
} from '@anlan/contracts';
import { toldText, type EventData } from './event-data.js';
import { evolve } from './evolve.js';
import { eventIdOf, notificationIdOf } from './ids.js';
import { noticeText } from './notice.js';
import { namesOf } from './place.js';
import { type Audience, type Recipient, recipientsAgain, recipientsOf } from './recipients.js';
import { MERGE_MS, RESPONSE } from './response.js';
import { timersOf } from './timers.js';

/** What deciding needs from outside. `now` is server time of the transaction. */
export type Context = Readonly<{ digest: Digest; now: Millis; audience: Audience }>;

/** All that one alarm's change writes, in the shape that the store takes. */
export type Change = Readonly<{
  alarm: Alarm;
  created: boolean;
  events: readonly AlarmEvent[];
  notifications: readonly Notification[];
  timers: readonly AlarmTimer[];
}>;

/** One event to be: who tells whom is part of it, because whom it was told to is part of the record. */
export type Happening = Readonly<{
  type: AlarmEventType;
  at: Millis;
  /** Event time, for what the data did. */
  t: Millis | null;
  actor: Actor;
  /** Makes the id together with alarm, type and level. */
  cause: string | number;
  level: AlarmLevel;
  value?: number;
  reason?: Said;
  evidence?: Evidence | undefined;
  comment?: string;
  data?: EventData;
  notice?: NoticeKind;
}>;

/** A change in the making. Immutable: each step gives the next one. */
export type Draft = Readonly<{
  before: Alarm | undefined;
  alarmId: string;
  alarm: Alarm | undefined;
  events: readonly AlarmEvent[];
  notifications: readonly Notification[];
}>;

export function draftOf(alarm: Alarm): Draft {
  return { before: alarm, alarmId: alarm.id, alarm, events: [], notifications: [] };
}

export function draftOfNew(alarmId: string): Draft {
  return { before: undefined, alarmId, alarm: undefined, events: [], notifications: [] };
}

/** The alarm as far as it has come. */
export function current(draft: Draft): Alarm {
  if (!draft.alarm) throw new TypeError('a new alarm begins with an event');
  return draft.alarm;
}

/** Until when somebody must have acknowledged a notice of now. */
export function ackDueFor(level: AlarmLevel, now: Millis): Millis | null {
  const { ackWithinMs } = RESPONSE[level];
  return ackWithinMs === null ? null : now + ackWithinMs;
}

/** Urgency of the row. What late data found is history: it never goes before, or as alone as, a live orange or red (`rulings` 32). */
function urgencyOf(kind: NoticeKind, level: AlarmLevel): AlarmLevel {
  return kind === 'late' && rankOf(level) > rankOf('yellow') ? 'yellow' : level;
}

/** A notice in the making: the event that is told, and the alarm as it is after it. */
type Telling = Readonly<{ event: AlarmEvent; alarm: Alarm; kind: NoticeKind }>;

/** Suppressed alarms tell nobody; a recovery goes to those who were told. */
function audienceOf(alarm: Alarm, kind: NoticeKind, { audience }: Context): readonly Recipient[] {
  if (alarm.suppression) return [];
  if (kind === 'recovery') return recipientsAgain(audience, alarm.told);
  return recipientsOf(audience, {
    level: kind === 'late' ? alarm.peakLevel : alarm.level,
    domain: alarm.domain,
    regionCode: alarm.regionCode,
    unitId: alarm.unitId,
  });
}

function rowsFor(
  { event, alarm, kind }: Telling,
  recipients: readonly Recipient[],
  { digest, now, audience }: Context,
): readonly Notification[] {
  const level = urgencyOf(kind, alarm.level);
  const step = kind === 'ack_overdue' ? alarm.escalation : 0;
  const text = noticeText({
    kind,
    level: alarm.level,
    peakLevel: alarm.peakLevel,
    alarmKind: alarm.key.kind,
    names: namesOf(audience.registry, alarm),
    value: alarm.value,
    unit: alarm.unit,
    reason: alarm.reason,
    no: alarm.no,
    t: alarm.firstBreachAt,
    step,
  });
  const dueAt = rankOf(level) >= rankOf('orange') ? now : now + MERGE_MS;
  return recipients.flatMap(({ person, channels }) =>
    channels.map((channel) => ({
      id: notificationIdOf(digest, { eventId: event.id, personId: person.id, channel, step }),
      eventId: event.id,
      alarmId: alarm.id,
      kind,
      level,
      channel,
      personId: person.id,
      recipient: person.name,
      step,
      state: 'due' as const,
      text,
      link: null,
      mergedInto: null,
      attempts: 0,
      createdAt: now,
      dueAt,
      sentAt: null,
      outcome: null,
    })),
  );
}

/** Adds one event with what follows from it. */
export function happen(draft: Draft, happening: Happening, context: Context): Draft {
  const { type, at, t, actor, cause, level, value, reason, evidence, comment, data, notice } = happening;
  const bare: AlarmEvent = {
    id: eventIdOf(context.digest, { alarmId: draft.alarmId, type, level, cause }),
    alarmId: draft.alarmId,
    seq: (draft.alarm?.version ?? 0) + 1,
    type,
    at,
    t,
    actor,
    level,
    value: value ?? null,
    reason: reason ?? null,
    ...(evidence && { evidence }),
    comment: comment ?? null,
    data: data ?? {},
  };
  const after = evolve(draft.alarm, bare);
  const recipients = notice === undefined ? [] : audienceOf(after, notice, context);
  if (notice === undefined || recipients.length === 0) return { ...draft, alarm: after, events: [...draft.events, bare] };
  const told = recipients.flatMap(({ person, channels }) => channels.map((channel) => ({ personId: person.id, channel })));
  const event = { ...bare, data: { ...bare.data, notice, told: toldText(told) } };
  const alarm = evolve(draft.alarm, event);
  return {
    ...draft,
    alarm,
    events: [...draft.events, event],
    notifications: [...draft.notifications, ...rowsFor({ event, alarm, kind: notice }, recipients, context)],
  };
}

/** The finished change, or nothing when nothing happened. All present timers are set anew; those left over are void by their generation or state. */
export function finish(draft: Draft): readonly Change[] {
  if (draft.events.length === 0) return [];
  const alarm = current(draft);
  return [
    { alarm, created: draft.before === undefined, events: draft.events, notifications: draft.notifications, timers: timersOf(alarm) },
  ];
}

/** Does this row ask for an act that somebody has done, or that the end of the alarm has made pointless? Asked immediately before sending. */
export function isVoided(alarm: Alarm, { kind, level }: Pick<Notification, 'kind' | 'level'>): boolean {
  if (!ACTION_NOTICES.has(kind)) return false;
  const acked = alarm.ack === 'acked' && alarm.ackedLevel !== null && rankOf(alarm.ackedLevel) >= rankOf(level);
  return acked || alarm.work === 'closed' || alarm.work === 'false_alarm';
}
