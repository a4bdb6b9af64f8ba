import {
  QUARANTINE_CODES,
  mqttTopic,
  parseTelemetry,
  type DeadLetter,
  type DeadLetterCode,
  type Digest,
  type Millis,
  type ReadingsRecord,
} from '@anlan/contracts';
import type { NewRecord } from '@anlan/ports';
import type { KnownDevice } from './directory.js';
import { countsOf, lettersOf, readingsRecord } from './parcel.js';

/** `accepted` readings stand in the log; `refused` ones of the same letter became letters of their own. */
export type RetryOutcome =
  | Readonly<{ kind: 'accepted'; accepted: number; refused: number }>
  | Readonly<{ kind: 'refused'; code: DeadLetterCode; reason: string }>
  /** Another try of this letter was taken already. */
  | Readonly<{ kind: 'repeated' }>;

export type RetryPlan = Readonly<{ outcome: RetryOutcome; records: readonly NewRecord[] }>;

/**
 * Parses a dead letter again with today's registry. Pure.
 * What comes of it counts in the hour in which the letter counted, and the letter's own count is taken back there.
 */
export function planRetry(
  letter: DeadLetter,
  context: Readonly<{ known: KnownDevice | undefined; now: Millis; digest: Digest }>,
): RetryPlan {
  const { known, now, digest } = context;
  const { id, deviceId, topic, code, receivedAt } = letter;
  if (!known?.enabled) return refused('device_disabled', 'the device is not in the registry or disabled');
  if (code === 'conflict') return refused('conflict', 'the first value of a point and time stands');
  if (topic !== mqttTopic.telemetry(deviceId)) return refused(code, 'only telemetry of the device itself can be tried again');
  const parsed = parseTelemetry(letter.payload, { ...known.context, arrivedAt: now });
  const first = parsed.refused[0];
  if (parsed.readings.length === 0) return refused(first?.code ?? 'empty', first?.reason ?? 'the letter holds no reading');
  const record: ReadingsRecord = {
    kind: 'readings',
    deviceId,
    siteId: known.siteId,
    arrivedAt: now,
    readings: parsed.readings,
    ...countsOf(parsed.refused),
    retryOf: { deadLetterId: id, was: QUARANTINE_CODES.has(code) ? 'quarantined' : 'rejected', count: 1, countedAt: receivedAt },
  };
  const letters = lettersOf({ deviceId, topic, receivedAt }, parsed.refused, { digest, place: `retry|${id}` });
  return {
    outcome: { kind: 'accepted', accepted: parsed.readings.length, refused: parsed.refused.length },
    records: [readingsRecord(record), ...letters],
  };
}

function refused(code: DeadLetterCode, reason: string): RetryPlan {
  return { outcome: { kind: 'refused', code, reason }, records: [] };
}
