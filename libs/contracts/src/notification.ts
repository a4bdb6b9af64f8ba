import type { Millis } from './basics.js';
import type { NoticeKind } from './alarm.js';
import type { ChannelName } from './channel-name.js';
import type { AlarmLevel } from './level.js';

export const NOTIFICATION_STATES = ['due', 'sending', 'sent', 'merged', 'failed', 'unknown', 'cancelled'] as const;
/**
 * due → sending → sent | failed | unknown (no answer: may have arrived); `merged` went out inside another message;
 * `cancelled`: acknowledged before it left.
 */
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

/** One message to one person on one channel about one event. */
export type Notification = Readonly<{
  /** Digest of (event, recipient, channel, step): the same key can never be two rows. */
  id: string;
  eventId: string;
  alarmId: string;
  kind: NoticeKind;
  level: AlarmLevel;
  channel: ChannelName;
  personId: string;
  /** Name at the time of sending. */
  recipient: string;
  step: number;
  state: NotificationState;
  /** What the person reads: Chinese in the first line, English in the second. Written with the event; a link is added at sending. */
  text: string;
  /** Link with its token; only administrators see it, and only on channel `outbox`. */
  link: string | null;
  /** The message that carried it, for `merged`. */
  mergedInto: string | null;
  attempts: number;
  createdAt: Millis;
  /** Not before. */
  dueAt: Millis;
  sentAt: Millis | null;
  /** Provider's own words or code, without secrets. */
  outcome: string | null;
  /** Where in a trace it was written (W3C `traceparent`), where traces are made. Not shown outside. */
  trace?: string;
}>;
