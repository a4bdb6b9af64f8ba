/**
 * Generic webhook: a CloudEvents body, signed after Standard Webhooks, to addresses that may be connected to (S-54).
 * The id of the message is the id of the event and of every attempt, so that a receiver can drop repeats.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Millis, Person } from '@anlan/contracts';
import type { Channel, Message, SendOutcome } from '@anlan/ports';
import { type Egress, type Endpoint, endpointOf, isPublic } from './egress.js';
import { POST_LIMITS, type PostLimits, type PostResult, post } from './post.js';
import { keyOf, signatureOf } from './signature.js';

export type WebhookDeps = Readonly<{
  /** `whsec_…`, newest first. */
  secrets: readonly string[];
  /** `host:port` that may be reached although private, or without https: `ANLAN_EGRESS_ALLOW`. */
  allow: readonly string[];
  /** Where CloudEvents say they come from, as `https://city.example` or `/anlan`. */
  source: string;
  now(): Millis;
  endpointOf?(person: Person): string | undefined;
  /** All addresses of a name; asked once a message. */
  resolve?(host: string): Promise<readonly string[]>;
  limits?: PostLimits;
}>;

const BUSY: ReadonlySet<number> = new Set([408, 425, 429]);
const MAX_WAIT_MS = 300_000;

/** Addresses of a name by the system's resolver, within the time that a connection may take. */
async function systemResolve(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
}

function bodyOf({ id, person, title, text, link, notification, merged, at }: Message, source: string): string {
  const { kind, level, alarmId, step, createdAt } = notification;
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type: `cn.anlan.alarm.${kind}.v1`,
    subject: alarmId,
    time: new Date(createdAt).toISOString(),
    datacontenttype: 'application/json',
    data: {
      kind,
      level,
      alarmId,
      step,
      title,
      text,
      link,
      recipient: { id: person.id, name: person.name },
      sentAt: new Date(at).toISOString(),
      alarms: [notification, ...merged].map((row) => ({ notificationId: row.id, alarmId: row.alarmId, kind: row.kind, level: row.level })),
    },
  });
}

/** Seconds or a date (RFC 9110 10.2.3). */
function waitOf(retryAfter: string | undefined, now: Millis): Readonly<{ retryAfterMs?: Millis }> {
  if (retryAfter === undefined) return {};
  const seconds = Number(retryAfter);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(retryAfter) - now;
  return Number.isFinite(waitMs) && waitMs > 0 ? { retryAfterMs: Math.min(waitMs, MAX_WAIT_MS) } : {};
}

function outcomeOf(result: PostResult, now: Millis): SendOutcome {
  if (result.kind === 'unreached') return { kind: 'unavailable', why: result.why };
  if (result.kind === 'unanswered') return { kind: 'unknown', why: result.why };
  const { status, retryAfter } = result;
  if (status >= 200 && status < 300) return { kind: 'sent', receipt: `HTTP ${status}` };
  if (status >= 500 || BUSY.has(status)) return { kind: 'unavailable', why: `HTTP ${status}`, ...waitOf(retryAfter, now) };
  return { kind: 'refused', why: status >= 300 && status < 400 ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}` };
}

/** Rejects with the name's own error, or when it takes too long. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('name lookup timeout')), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Sends to the webhook of a person. Throws at once for a bad secret. */
export function webhookChannel(deps: WebhookDeps): Channel {
  const { source, now, resolve = systemResolve, limits = POST_LIMITS, endpointOf: addressOf = ({ webhook }: Person) => webhook } = deps;
  const keys = deps.secrets.map(keyOf);
  if (keys.length === 0) throw new RangeError('a webhook channel needs a secret');
  const egress: Egress = { allow: new Set(deps.allow.map((entry) => entry.trim().toLowerCase().replace(/[[\]]/g, ''))) };

  /** One address of the host, after every one of them has been found fit. */
  const addressFor = async ({ host, allowed }: Endpoint): Promise<Readonly<{ address: string }> | SendOutcome> => {
    try {
      const addresses = isIP(host) === 0 ? await inTime(resolve(host), limits.connectMs) : [host];
      const [address] = addresses;
      if (address === undefined) return { kind: 'unavailable', why: 'the name has no address' };
      return allowed || addresses.every(isPublic) ? { address } : { kind: 'refused', why: 'address_closed' };
    } catch (error) {
      return { kind: 'unavailable', why: `name lookup: ${(error as Error & Readonly<{ code?: string }>).code ?? String(error)}` };
    }
  };

  return {
    name: 'webhook',
    async send(message) {
      const target = addressOf(message.person);
      if (target === undefined) return { kind: 'refused', why: 'no_endpoint' };
      const checked = endpointOf(target, egress);
      if ('fault' in checked) return { kind: 'refused', why: checked.fault };
      const found = await addressFor(checked.endpoint);
      if (!('address' in found)) return found;
      const body = bodyOf(message, source);
      const timestamp = Math.floor(now() / 1_000);
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'anlan-webhook/1',
        'webhook-id': message.id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatureOf(keys, message.id, timestamp, body),
        ...(message.trace !== undefined && { traceparent: message.trace }),
      };
      return outcomeOf(await post({ endpoint: checked.endpoint, address: found.address, headers, body, limits }), now());
    },
  };
}
