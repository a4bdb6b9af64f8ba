import {
  QUARANTINE_CODES,
  TOPICS,
  excerpt,
  mqttTopic,
  parseEvent,
  parseStatus,
  parseTelemetry,
  type DeadLetter,
  type DeadLetterCode,
  type DeviceEventRecord,
  type Digest,
  type Millis,
  type ReadingsRecord,
  type Refusal,
} from '@anlan/contracts';
import type { FeedMessage, NewRecord } from '@anlan/ports';
import type { KnownDevice } from './directory.js';

/** What one device message becomes: records for the log, and what the shell has to tell about it. */
export type Parcel = Readonly<{
  records: readonly NewRecord[];
  accepted: number;
  refused: readonly DeadLetterCode[];
  status: Readonly<{ online: boolean; at: Millis }> | null;
}>;
/** `place` names this message within this run, so that every dead letter has an id of its own. */
export type ParcelContext = Readonly<{ known: KnownDevice | undefined; digest: Digest; place: string }>;

const NO_REFUSALS = { rejected: 0, quarantined: 0 } as const;

/** Topics are at most this long in a dead letter. */
const MAX_TOPIC_CHARS = 200;

/**
 * Turns a message into records. Pure.
 * Every telemetry message, and every refused one of any kind, gives exactly one ReadingsRecord, so that the ledger sees it.
 */
export function parcelOf(message: FeedMessage, context: ParcelContext): Parcel {
  const { deviceId, topic } = message;
  const { known } = context;
  if (!known?.enabled)
    return refusedWhole(message, context, 'device_disabled', known ? 'this device is disabled' : 'this device is not in the registry');
  if (topic === mqttTopic.telemetry(deviceId)) {
    if (message.retain) return refusedWhole(message, context, 'not_retained_here', 'only the status topic may be retained');
    return telemetry(message, known, context);
  }
  if (topic === mqttTopic.status(deviceId)) return status(message, known, context);
  if (topic === mqttTopic.events(deviceId)) return event(message, known, context);
  if (topic.startsWith(`anlan/v1/devices/${deviceId}/`))
    return refusedWhole(message, context, 'unknown_topic', 'a device publishes telemetry, status and events');
  return refusedWhole(message, context, 'not_yours', 'a device publishes under its own id only');
}

function telemetry(message: FeedMessage, known: KnownDevice, context: ParcelContext): Parcel {
  const { deviceId, receivedAt: arrivedAt } = message;
  const { seq, readings, refused } = parseTelemetry(message.payload, { ...known.context, arrivedAt });
  const { rejected, quarantined } = refused.length === 0 ? NO_REFUSALS : countsOf(refused);
  // One literal and no spreads, for every reading of the city passes here: 5 µs less a message.
  const plain: ReadingsRecord = { kind: 'readings', deviceId, siteId: known.siteId, arrivedAt, readings, rejected, quarantined };
  const record = seq === undefined ? plain : { ...plain, seq };
  return {
    records: [readingsRecord(record), ...lettersOf(message, refused, context)],
    accepted: readings.length,
    refused: refused.map(({ code }) => code),
    status: null,
  };
}

function status(message: FeedMessage, known: KnownDevice, context: ParcelContext): Parcel {
  const { deviceId, receivedAt: arrivedAt } = message;
  const parsed = parseStatus(message.payload, { arrivedAt, localToUtc: known.context.localToUtc });
  if (parsed.kind === 'refused') return refusedAs(message, context, parsed.refusal);
  const { online, t } = parsed;
  return {
    records: [deviceEventRecord({ kind: 'status', deviceId, siteId: known.siteId, arrivedAt, online, t })],
    accepted: 0,
    refused: [],
    status: { online, at: arrivedAt },
  };
}

function event(message: FeedMessage, known: KnownDevice, context: ParcelContext): Parcel {
  const { deviceId, receivedAt: arrivedAt } = message;
  if (message.retain) return refusedWhole(message, context, 'not_retained_here', 'only the status topic may be retained');
  const parsed = parseEvent(message.payload, { arrivedAt, localToUtc: known.context.localToUtc });
  if (parsed.kind === 'refused') return refusedAs(message, context, parsed.refusal);
  const { event: name, t, data } = parsed;
  return {
    records: [deviceEventRecord({ kind: 'event', deviceId, siteId: known.siteId, arrivedAt, event: name, t, data })],
    accepted: 0,
    refused: [],
    status: null,
  };
}

function refusedWhole(message: FeedMessage, context: ParcelContext, code: DeadLetterCode, reason: string): Parcel {
  return refusedAs(message, context, { code, reason, part: excerpt(message.payload) });
}

/** The message as a whole counts as one refused reading of the device that was logged in. */
function refusedAs(message: FeedMessage, context: ParcelContext, refusal: Refusal): Parcel {
  const { deviceId, receivedAt: arrivedAt } = message;
  const record: ReadingsRecord = {
    kind: 'readings',
    deviceId,
    siteId: context.known?.siteId ?? '',
    arrivedAt,
    readings: [],
    ...countsOf([refusal]),
  };
  return {
    records: [readingsRecord(record), ...lettersOf(message, [refusal], context)],
    accepted: 0,
    refused: [refusal.code],
    status: null,
  };
}

/** Refusals by the column of the ledger they count in. */
export function countsOf(refused: readonly Refusal[]): Readonly<{ rejected: number; quarantined: number }> {
  const quarantined = refused.filter(({ code }) => QUARANTINE_CODES.has(code)).length;
  return { rejected: refused.length - quarantined, quarantined };
}

export function readingsRecord(record: ReadingsRecord): NewRecord {
  return { topic: TOPICS.readings, key: record.siteId, value: JSON.stringify(record) };
}

export function deviceEventRecord(record: DeviceEventRecord): NewRecord {
  return { topic: TOPICS.deviceEvents, key: record.deviceId, value: JSON.stringify(record) };
}

/** One dead letter for each refusal, keyed by device. */
export function lettersOf(
  from: Readonly<{ deviceId: string; topic: string; receivedAt: Millis }>,
  refused: readonly Refusal[],
  { digest, place }: Readonly<{ digest: Digest; place: string }>,
): readonly NewRecord[] {
  const { deviceId, receivedAt } = from;
  return refused.map(({ code, reason, part }, index) => {
    const letter: DeadLetter = {
      id: digest(`${place}|${index}|${deviceId}|${part}`),
      deviceId,
      receivedAt,
      code,
      reason,
      payload: part,
      topic: excerpt(from.topic).slice(0, MAX_TOPIC_CHARS),
    };
    return { topic: TOPICS.rejected, key: deviceId, value: JSON.stringify(letter) };
  });
}
