import type { ChannelName, Millis, Notification, Person } from '@anlan/contracts';

/** What is handed to a provider: rendered text and facts. */
export type Message = Readonly<{
  id: string;
  person: Person;
  title: string;
  text: string;
  link: string | null;
  notification: Notification;
  merged: readonly Notification[];
  at: Millis;
  /** Where in a trace it is sent (W3C `traceparent`), for a receiver that takes part. */
  trace?: string;
}>;
/** `refused`: sending again is useless. `unavailable`: surely not delivered, try again. `unknown`: no answer, may have been delivered; the same id may be tried again. */
export type SendOutcome =
  | Readonly<{ kind: 'sent'; receipt: string }>
  | Readonly<{ kind: 'refused'; why: string }>
  | Readonly<{ kind: 'unavailable'; why: string; retryAfterMs?: Millis }>
  | Readonly<{ kind: 'unknown'; why: string }>;

/** One provider. It never retries by itself and never throws for what a provider did. */
export type Channel = Readonly<{ name: ChannelName; send(message: Message): Promise<SendOutcome> }>;
