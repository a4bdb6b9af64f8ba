import type { Meter } from '@anlan/observability';
import { type LogPlace, LogUnavailable, type NewRecord } from '@anlan/ports';
import { type Append, type Batch, batchSender, type SenderDeps, type Slot } from './batch-sender.js';
import { unavailable } from './fault.js';
import { RECORD_FRAME_BYTES } from './record-batch.js';
import { headersOfRecords, type RecordHeaders } from './record-headers.js';

export type Producer = Readonly<{
  add(records: readonly (readonly [NewRecord, number])[]): Promise<readonly LogPlace[]>;
  /** Sends what waits, takes no more. */
  close(): Promise<void>;
}>;
export type ProducerDeps = SenderDeps & Readonly<{ meter: Meter; headersOf?: ((record: NewRecord) => RecordHeaders) | undefined }>;

/** Bounds of one batch: below what every broker takes by itself (1 MB), so that no batch of several records is refused for its size. */
const MOST_BATCH_RECORDS = 5_000;
const MOST_BATCH_BYTES = 900 * 1024;
const MOST_ROUND_BYTES = 8 * 1024 * 1024;
/** What may wait; beyond it appends are refused at once. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;
/** A longer record fits nowhere; asking again would not help. */
export const MOST_RECORD_BYTES = 4 * 1024 * 1024;
/** After a round in which nothing went through, appends are refused without trying. */
const REST_MS = 200;

/**
 * Appends that wait while brokers work are the next round: one batch a partition, one request a broker, one round at a time.
 *
 * P1  A record resolves only after every in-sync replica has it; the order within a partition is the order of the calls (L3).
 * P2  A batch that is sent again carries the same identity and sequence, so the broker keeps it once.
 * P3  After an outcome that nobody knows, the identity is thrown away: a sequence is never used for other records.
 *     (The producer of kafkajs takes the sequence back instead, and a broker that has the first batch then answers the next one with
 *     success and keeps nothing of it.)
 * P4  What waits is bounded, and a partition that failed is tried once a round until it heals: appends are refused soon, not late.
 */
export function kafkaProducer(deps: ProducerDeps): Producer {
  const { clock, meter } = deps;
  const sender = batchSender(deps);
  const headersOf = headersOfRecords(deps.headersOf);
  let waiting: Slot[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | undefined;
  let restUntil = -Infinity;
  let closed = false;

  const takeRound = (): readonly Batch[] => {
    const { batches, taken } = roundOf(waiting);
    waiting = waiting.slice(taken);
    return batches;
  };
  const refuseAll = (error: Error): void => {
    for (const { append, record } of waiting) {
      waitingBytes -= record.bytes;
      fail(append, error);
    }
    waiting = [];
  };
  const settle = (batches: readonly Batch[]): void => {
    for (const { slots, fault, topic, partition, bytes } of batches) {
      waitingBytes -= bytes;
      if (fault) for (const { append } of slots) fail(append, unavailable(`appending to ${topic}/${partition}`, fault));
      else for (const slot of slots) finish(slot);
    }
    const [first] = batches;
    if (!first?.fault || batches.some(({ fault }) => !fault)) return;
    restUntil = clock.mono() + REST_MS;
    refuseAll(unavailable('appending', first.fault));
  };
  const run = async (): Promise<void> => {
    for (let batches = takeRound(); batches.length > 0; batches = takeRound()) {
      const began = clock.mono();
      await sender(batches);
      meter.observe('anlan_log_append_seconds', (clock.mono() - began) / 1_000);
      meter.observe(
        'anlan_log_group_size',
        batches.reduce((sum, { slots }) => sum + slots.length, 0),
      );
      settle(batches);
    }
    running = undefined;
  };
  const refusal = (bytes: number): Error | undefined => {
    if (closed) return new LogUnavailable('the log is closed');
    if (clock.mono() < restUntil) return new LogUnavailable('Kafka: appending failed a moment ago');
    if (waitingBytes + bytes > MOST_WAITING_BYTES) return new LogUnavailable('Kafka: too much waits to be appended');
    return undefined;
  };

  return {
    async add(records) {
      const sized = records.map(([record, partition]) => outgoing(record, partition, headersOf(record)));
      const longest = sized.reduce((most, { bytes }) => Math.max(most, bytes), 0);
      if (longest > MOST_RECORD_BYTES) throw new RangeError(`a record of ${longest} bytes does not fit into the log`);
      const bytes = sized.reduce((sum, record) => sum + record.bytes, 0);
      const refused = refusal(bytes);
      if (refused) throw refused;
      if (records.length === 0) return [];
      waitingBytes += bytes;
      return new Promise((done, failed) => {
        const append: Append = { places: [], left: records.length, over: false, done, failed };
        for (const [index, record] of sized.entries()) waiting.push({ append, index, record });
        // Started in a later microtask, so that all who append in one turn share its round.
        running ??= Promise.resolve().then(run);
      });
    },
    async close() {
      closed = true;
      await running;
    },
  };
}

function outgoing({ topic, key, value }: NewRecord, partition: number, headers: Buffer): Slot['record'] {
  const keyBytes = Buffer.byteLength(key);
  const valueBytes = Buffer.byteLength(value);
  return {
    topic,
    partition,
    key,
    value,
    keyBytes,
    valueBytes,
    headers,
    bytes: keyBytes + valueBytes + headers.length + RECORD_FRAME_BYTES,
  };
}

function fail(append: Append, error: Error): void {
  if (append.over) return;
  append.over = true;
  append.failed(error);
}

function finish({ append }: Slot): void {
  append.left--;
  if (append.left > 0 || append.over) return;
  append.over = true;
  append.done(append.places);
}

/** The longest beginning of what waits that fits into one batch a partition. */
function roundOf(waiting: readonly Slot[]): Readonly<{ batches: readonly Batch[]; taken: number }> {
  const batches = new Map<string, Batch>();
  let [taken, bytes] = [0, 0];
  for (const slot of waiting) {
    const { topic, partition, bytes: more } = slot.record;
    const key = `${topic}/${partition}`;
    const batch = batches.get(key) ?? { topic, partition, slots: [], bytes: 0, firstSequence: -1, fault: undefined };
    const full = batch.slots.length >= MOST_BATCH_RECORDS || batch.bytes + more > MOST_BATCH_BYTES;
    if ((batch.slots.length > 0 && full) || (taken > 0 && bytes + more > MOST_ROUND_BYTES)) break;
    batches.set(key, batch);
    batch.slots.push(slot);
    batch.bytes += more;
    bytes += more;
    taken++;
  }
  return { batches: [...batches.values()], taken };
}
