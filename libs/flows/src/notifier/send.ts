/** One message: void? link, send, settle. */
import { ACTION_NOTICES, type ChannelName, type Millis, type Notification, type Person } from '@anlan/contracts';
import { placeAfter, type Logger, type Meter, type Span, type TracePlace, type Tracer } from '@anlan/observability';
import type { Channel, Clock, Links, NotificationStore, RegistrySource, SendOutcome, SendRecord } from '@anlan/ports';
import type { Parcel } from './parcels.js';
import { waitAfter } from './retry.js';

export type SendDeps = Readonly<{
  store: NotificationStore;
  channels: ReadonlyMap<ChannelName, Channel>;
  registry: RegistrySource;
  links: Links;
  clock: Clock;
  meter: Meter;
  tracer?: Tracer;
  logger: Logger;
}>;

/** Someone who has left the registry, or an administrator who never was in it, is still told by name. */
function personOf(registry: RegistrySource, { personId, recipient }: Notification): Person {
  return registry.current().people.get(personId) ?? { id: personId, name: recipient, unitId: '' };
}

/** A message that asks for an act carries the link to it; a digest of several alarms has no one thing to acknowledge. */
async function linkFor({ carrier, merged }: Parcel, { links, clock, logger }: SendDeps): Promise<string | null> {
  if (merged.length > 0 || !ACTION_NOTICES.has(carrier.kind)) return null;
  const { alarmId, level, personId, recipient } = carrier;
  try {
    return await links.issue({ alarmId, level, personId, personName: recipient, now: clock.now() });
  } catch (error) {
    // A message without a link is worth more than one that waits for it.
    logger.error('no link could be made', { alarmId, reason: String(error) });
    return null;
  }
}

type Told = Readonly<{ state: SendRecord['state']; outcome: string; dueAt?: Millis }>;

/** Not delivered, as far as is known. */
type Setback = Readonly<{ state: 'due' | 'unknown'; why: string; askedMs?: Millis | undefined }>;

/** Again after a while, or given up for good. */
function again(row: Notification, now: Millis, { state, why, askedMs }: Setback): Told {
  const waitMs = waitAfter(row, askedMs);
  if (waitMs !== null) return { state, outcome: why, dueAt: now + waitMs };
  return { state: state === 'due' ? 'failed' : 'unknown', outcome: `given up: ${why}` };
}

const TOLD = {
  sent: ({ receipt }) => ({ state: 'sent', outcome: receipt }),
  refused: ({ why }) => ({ state: 'failed', outcome: why }),
  unavailable: ({ why, retryAfterMs }, row, now) => again(row, now, { state: 'due', why, askedMs: retryAfterMs }),
  unknown: ({ why }, row, now) => again(row, now, { state: 'unknown', why }),
} as const satisfies {
  [K in SendOutcome['kind']]: (outcome: Extract<SendOutcome, Readonly<{ kind: K }>>, row: Notification, now: Millis) => Told;
};

function toldBy(outcome: SendOutcome, row: Notification, now: Millis): Told {
  const tell = TOLD[outcome.kind] as (outcome: SendOutcome, row: Notification, now: Millis) => Told;
  return tell(outcome, row, now);
}

/** A parcel with what goes out beside its text. */
type Addressed = Parcel & Readonly<{ link: string | null; trace: TracePlace | undefined }>;

/** A channel must not throw; one that does may have sent, so the outcome is unknown. */
async function attempt(parcel: Addressed, { channels, registry, clock, logger }: SendDeps): Promise<SendOutcome> {
  const { carrier, merged, text, title, link, trace } = parcel;
  const channel = channels.get(carrier.channel);
  if (!channel) return { kind: 'refused', why: `no channel ${carrier.channel}` };
  try {
    return await channel.send({
      id: carrier.id,
      person: personOf(registry, carrier),
      title,
      text,
      link,
      notification: carrier,
      merged,
      at: clock.now(),
      ...(trace !== undefined && { trace }),
    });
  } catch (error) {
    logger.error('a channel threw', { channel: channel.name, reason: String(error) });
    return { kind: 'unknown', why: 'channel fault' };
  }
}

/** Takes away one row that nobody needs any more. */
export async function dropVoid(row: Notification, { store, clock, meter }: SendDeps): Promise<boolean> {
  if (!(await store.isVoid(row.id))) return false;
  await store.settle(row.id, [], {
    state: 'cancelled',
    outcome: 'acknowledged before it was sent',
    at: clock.now(),
    text: row.text,
    link: null,
  });
  meter.count('anlan_notifications_total', 1, { channel: row.channel, outcome: 'cancelled' });
  return true;
}

/** Sends one parcel and writes down what became of it. Link and text stay apart: the link is for those who may see it. */
export async function sendParcel(parcel: Parcel, deps: SendDeps): Promise<void> {
  const { store, clock, meter, logger } = deps;
  const { carrier, merged, text } = parcel;
  const link = await linkFor(parcel, deps);
  const startedAt = clock.now();
  if (carrier.attempts <= 1)
    meter.observe('anlan_notification_first_attempt_seconds', Math.max(0, startedAt - carrier.createdAt) / 1_000, { level: carrier.level });
  const trace = placeOf(carrier, deps);
  const outcome = await attempt({ ...parcel, link, trace }, deps);
  const now = clock.now();
  const { state, outcome: words, dueAt } = toldBy(outcome, carrier, now);
  await store.settle(
    carrier.id,
    merged.map(({ id }) => id),
    { state, outcome: words, at: now, text, link: carrier.channel === 'outbox' ? link : null, ...(dueAt === undefined ? {} : { dueAt }) },
  );
  meter.count('anlan_notifications_total', 1, { channel: carrier.channel, outcome: outcome.kind });
  if (trace !== undefined) follow(parcel, outcome, { at: trace, from: startedAt, to: now }, deps);
  if (outcome.kind !== 'sent' && dueAt === undefined)
    logger.error('a notification could not be delivered', {
      id: carrier.id,
      channel: carrier.channel,
      level: carrier.level,
      outcome: words,
    });
}

/** Each attempt has a place of its own in the trace that its row came with. */
function placeOf({ id, attempts, trace }: Notification, { tracer }: SendDeps): TracePlace | undefined {
  return tracer?.on && trace !== undefined ? placeAfter(trace, `${id}/${attempts}`) : undefined;
}

function follow({ carrier, merged }: Parcel, outcome: SendOutcome, when: Pick<Span, 'at' | 'from' | 'to'>, { tracer }: SendDeps): void {
  const { id, alarmId, channel, level, attempts, trace } = carrier;
  tracer?.tell({
    ...when,
    ...(trace !== undefined && { parent: trace }),
    app: 'notifier',
    name: `send by ${channel}`,
    kind: 'client',
    facts: {
      'anlan.notification': id,
      'anlan.alarm': alarmId,
      'anlan.level': level,
      'anlan.attempt': attempts,
      'anlan.merged': merged.length,
      'anlan.outcome': outcome.kind,
    },
    ...(outcome.kind !== 'sent' && { failed: outcome.why }),
  });
}
