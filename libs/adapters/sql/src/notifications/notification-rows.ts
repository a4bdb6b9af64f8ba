import { rankOf, type AlarmLevel, type ChannelName, type NoticeKind, type Notification, type NotificationState } from '@anlan/contracts';
import type { Keyring } from '../keys.js';
import type { NotificationsTable } from '../tables.js';

/** Text and link as stored. A link holds a token that opens an alarm, so what carries one is sealed (S-48). */
type Words = Readonly<{ text: string; link: string | null }>;

export function sealedWords(keys: Keyring, id: string, { text, link }: Words): Pick<NotificationsTable, 'text' | 'link' | 'sealed'> {
  if (link === null) return { text, link, sealed: 0 };
  return { text: keys.seal(text, `text ${id}`), link: keys.seal(link, `link ${id}`), sealed: 1 };
}

function openedWords(keys: Keyring, { id, text, link, sealed }: Pick<NotificationsTable, 'id' | 'text' | 'link' | 'sealed'>): Words {
  if (sealed === 0 || link === null) return { text, link };
  return { text: keys.open(text, `text ${id}`), link: keys.open(link, `link ${id}`) };
}

/** A new row. Only what is `due` may be claimed. */
export function notificationRow(keys: Keyring, notification: Notification): NotificationsTable {
  return {
    id: notification.id,
    event_id: notification.eventId,
    alarm_id: notification.alarmId,
    kind: notification.kind,
    level: notification.level,
    level_rank: rankOf(notification.level),
    channel: notification.channel,
    person_id: notification.personId,
    recipient: notification.recipient,
    step: notification.step,
    state: notification.state,
    ...sealedWords(keys, notification.id, notification),
    merged_into: notification.mergedInto,
    attempts: notification.attempts,
    created_at: notification.createdAt,
    due_at: notification.dueAt,
    claim_at: notification.state === 'due' ? notification.dueAt : null,
    sent_at: notification.sentAt,
    outcome: notification.outcome,
    trace: notification.trace ?? null,
    told: '',
  };
}

// The texts were written by `notificationRow` and `settle` from typed values.
export function notificationOf(keys: Keyring, row: NotificationsTable): Notification {
  return {
    id: row.id,
    eventId: row.event_id,
    alarmId: row.alarm_id,
    kind: row.kind as NoticeKind,
    level: row.level as AlarmLevel,
    channel: row.channel as ChannelName,
    personId: row.person_id,
    recipient: row.recipient,
    step: row.step,
    state: row.state as NotificationState,
    ...openedWords(keys, row),
    mergedInto: row.merged_into,
    attempts: row.attempts,
    createdAt: row.created_at,
    dueAt: row.due_at,
    sentAt: row.sent_at,
    outcome: row.outcome,
    ...(row.trace !== null && { trace: row.trace }),
  };
}
