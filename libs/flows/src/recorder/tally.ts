import {
  NO_COUNTS,
  hourOf,
  mqttTopic,
  repeatKeyTime,
  type DeadLetter,
  type DeadLetterCode,
  type DerivedRecord,
  type Digest,
  type LedgerCounts,
  type Reading,
  type ReadingsRecord,
} from '@anlan/contracts';
import type { LedgerEntry, LogRecord, RowOutcome, SeriesRow } from '@anlan/ports';

/** A record that carries readings, with its place in the log. Those of derived points were computed, not delivered: the ledger does not know them. */
export type Carried = Readonly<{ place: Pick<LogRecord, 'partition' | 'offset' | 'trace'>; record: ReadingsRecord | DerivedRecord }>;
/** A readings record with its place in the log. */
export type Delivery = Carried & Readonly<{ record: ReadingsRecord }>;

export function isDelivery(carried: Carried): carried is Delivery {
  return carried.record.kind === 'readings';
}

/** Where a reading came from, so that a repeat of the same record is known. */
export function originOf({ partition, offset }: Delivery['place'], index: number): string {
  return `${partition}:${offset}:${index}`;
}

export function rowsOf({ place, record }: Carried): readonly SeriesRow[] {
  return record.readings.map((reading, index) => ({ reading, origin: originOf(place, index), receivedAt: record.arrivedAt }));
}

/**
 * What one record does to the ledger: received = stored + rejected + duplicate + quarantined, also for a retry,
 * which takes the letter's own count back in the hour where it stood. `won`: this is the try of the letter that counts.
 */
export function entryOf({ record }: Delivery, outcomes: readonly RowOutcome[], won: boolean): LedgerEntry {
  const { deviceId, seq, readings, retryOf } = record;
  const came = countsOf(record, outcomes);
  const hour = hourOf(retryOf && won ? retryOf.countedAt : record.arrivedAt);
  const counts = retryOf && won ? without(came, retryOf.was, retryOf.count) : came;
  const newestT = readings.reduce((newest, reading) => Math.max(newest, repeatKeyTime(reading)), -Infinity);
  return { deviceId, hour, counts, ...(seq !== undefined && { seq }), ...(newestT !== -Infinity && { newestT }) };
}

function countsOf({ readings, rejected, quarantined }: ReadingsRecord, outcomes: readonly RowOutcome[]): LedgerCounts {
  const count = (wanted: RowOutcome): number => outcomes.reduce((sum, outcome) => sum + (outcome === wanted ? 1 : 0), 0);
  return {
    received: readings.length + rejected + quarantined,
    stored: count('stored'),
    duplicate: count('duplicate'),
    rejected: rejected + count('refused'),
    quarantined: quarantined + count('conflict'),
  };
}

function without(counts: LedgerCounts, was: 'rejected' | 'quarantined', count: number): LedgerCounts {
  return { ...NO_COUNTS, ...counts, received: counts.received - count, [was]: counts[was] - count };
}

/** The codes of letters that the recorder itself writes, with what they say. */
const LETTERS = {
  conflict: { code: 'conflict', reason: 'another value stands for this point and time; the first one stays' },
  refused: { code: 'store_refused', reason: 'the series store does not take this reading; its log says why' },
} as const satisfies Partial<Record<RowOutcome, Pick<DeadLetter, 'code' | 'reason'>>>;

/** These are found anew from the same readings after a crash, so their ids stay as they are. */
export const RECORDER_CODES: ReadonlySet<DeadLetterCode> = new Set(Object.values(LETTERS).map(({ code }) => code));

/**
 * Dead letters of readings whose (point, time) already has another value, or that the store never takes. The id follows from the
 * place: a repeat is the same letter.
 */
export function outcomeLetters(delivery: Delivery, outcomes: readonly RowOutcome[], digest: Digest): readonly DeadLetter[] {
  const { place, record } = delivery;
  return record.readings.flatMap((reading, index) => {
    const outcome = outcomes[index];
    if (outcome !== 'conflict' && outcome !== 'refused') return [];
    return [{ ...letterOf(record, reading, digest(`${outcome}|${originOf(place, index)}`)), ...LETTERS[outcome] }];
  });
}

function letterOf({ deviceId, arrivedAt }: ReadingsRecord, reading: Reading, id: string): Omit<DeadLetter, 'code' | 'reason'> {
  const { pointId, v, q } = reading;
  return {
    id,
    deviceId,
    receivedAt: arrivedAt,
    payload: JSON.stringify({ readings: [{ m: pointId, t: repeatKeyTime(reading), v, q }] }),
    topic: mqttTopic.telemetry(deviceId),
  };
}

/** The newest stored reading of each point, for live watchers. */
export function newestOf<R extends Reading>(stored: readonly R[]): readonly R[] {
  const newest = new Map<string, R>();
  for (const reading of stored) if ((newest.get(reading.pointId)?.t ?? -Infinity) <= reading.t) newest.set(reading.pointId, reading);
  return [...newest.values()];
}
