import type { Topic } from '@anlan/contracts';
import type { Meter } from '@anlan/observability';
import { type Clock, type LogPlace, LogUnavailable, type NewRecord, pause } from '@anlan/ports';
import type { Cluster } from './cluster.js';
import { asFault, faultOf, type KafkaFault, lost, throwIf, unavailable } from './fault.js';
import { askAgain } from './poll.js';
import { TRACE_HEADER } from './fetch-answer.js';
import { COMPRESSION, initProducerId, type OutBatch, produce, type ProducerIdentity } from './protocol.js';

export type Producer = Readonly<{
  add(records: readonly (readonly [NewRecord, number])[]): Promise<readonly LogPlace[]>;
  /** Sends what waits, takes no more. */
  close(): Promise<void>;
}>;
export type ProducerDeps = Readonly<{
  cluster: Cluster;
  clock: Clock;
  meter: Meter;
  nameOf(topic: Topic): string;
  headersOf?: ((record: NewRecord) => Readonly<Record<string, string>>) | undefined;
  /** Told before the append resolves. */
  onAppended(topic: Topic, partition: number, next: number): void;
}>;

/** Bounds of one batch: below what every broker takes by itself (1 MB), so that no batch of several records is refused for its size. */
const MOST_BATCH_RECORDS = 5_000;
const MOST_BATCH_BYTES = 900 * 1024;
const MOST_ROUND_BYTES = 8 * 1024 * 1024;
/** What may wait; beyond it appends are refused at once. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;
/** A longer record fits nowhere; asking again would not help. */
export const MOST_RECORD_BYTES = 4 * 1024 * 1024;
const RECORD_COST = 32;
/** Header of its trace, with the name. */
const TRACE_COST = 70;
/** Below it gzip costs more than it saves. */
const GZIP_FROM_BYTES = 4 * 1024;
/** For how long a batch is sent again. */
const DELIVER_MS = 8_000;
/** How long a leader waits for its replicas. */
const REPLICAS_MS = 5_000;
/** After a round in which nothing went through, appends are refused without trying. */
const REST_MS = 200;

type Append = {
  readonly places: LogPlace[];
  left: number;
  over: boolean;
  readonly done: (places: readonly LogPlace[]) => void;
  readonly failed: (error: Error) => void;
};
type Slot = Readonly<{ append: Append; index: number; record: NewRecord; bytes: number }>;
type Batch = {
  readonly topic: Topic;
  readonly partition: number;
  readonly slots: Slot[];
  bytes: number;
  firstSequence: number;
  fault: KafkaFault | undefined;
  sent: boolean;
};

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
    for (const { append, bytes } of waiting) {
      waitingBytes -= bytes;
      fail(append, error);
    }
    waiting = [];
  };
  const settle = (batches: readonly Batch[]): void => {
    for (const { slots, fault, topic, partition } of batches) {
      waitingBytes -= slots.reduce((sum, { bytes }) => sum + bytes, 0);
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
      const sizes = records.map(([record]) => sizeOf(record));
      const longest = Math.max(0, ...sizes);
      if (longest > MOST_RECORD_BYTES) throw new RangeError(`a record of ${longest} bytes does not fit into the log`);
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      const refused = refusal(bytes);
      if (refused) throw refused;
      if (records.length === 0) return [];
      waitingBytes += bytes;
      return new Promise((done, failed) => {
        const append: Append = { places: [], left: records.length, over: false, done, failed };
        for (const [index, [record, partition]] of records.entries()) {
          append.places.push({ topic: record.topic, partition, offset: -1, at: 0 });
          waiting.push({ append, index, record, bytes: sizes[index] ?? 0 });
        }
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

function sizeOf({ key, value, trace }: NewRecord): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value) + RECORD_COST + (trace === undefined ? 0 : TRACE_COST);
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
    const { topic, partition } = slot.append.places[slot.index] ?? { topic: slot.record.topic, partition: 0 };
    const key = `${topic}/${partition}`;
    const batch = batches.get(key) ?? { topic, partition, slots: [], bytes: 0, firstSequence: -1, fault: undefined, sent: false };
    const full = batch.slots.length >= MOST_BATCH_RECORDS || batch.bytes + slot.bytes > MOST_BATCH_BYTES;
    if ((batch.slots.length > 0 && full) || (taken > 0 && bytes + slot.bytes > MOST_ROUND_BYTES)) break;
    batches.set(key, batch);
    batch.slots.push(slot);
    batch.bytes += slot.bytes;
    bytes += slot.bytes;
    taken++;
  }
  return { batches: [...batches.values()], taken };
}

/** Sends batches until each has its places or a fault that stands. */
function batchSender(deps: ProducerDeps): (batches: readonly Batch[]) => Promise<void> {
  const { cluster, clock } = deps;
  const sequences = new Map<string, number>();
  /** Partitions that failed last time. */
  const sick = new Set<string>();
  let identity: ProducerIdentity | undefined;

  const identified = async (): Promise<ProducerIdentity> => {
    if (identity) return identity;
    const { errorCode, producerId, producerEpoch } = await cluster.ask(initProducerId());
    throwIf(errorCode);
    sequences.clear();
    identity = { producerId, producerEpoch };
    return identity;
  };
  const sendTo = async (node: number, batches: readonly Batch[], as: ProducerIdentity): Promise<void> => {
    for (const batch of batches) {
      if (batch.firstSequence < 0) batch.firstSequence = sequences.get(keyOf(batch)) ?? 0;
      batch.fault = lost('STRANGE_ANSWER', 'the answer does not name this partition');
    }
    const answer = await cluster.send(node, 'produce', produceCall(deps, batches, as), DELIVER_MS);
    for (const { topicName, partitions } of answer.topics)
      for (const { partition, errorCode, baseOffset, logAppendTime } of partitions) {
        const batch = batches.find((one) => one.partition === partition && deps.nameOf(one.topic) === topicName);
        if (!batch) continue;
        batch.fault = faultOf(errorCode);
        if (askAgain(errorCode)) cluster.stale();
        if (!batch.fault) placed(batch, Number(baseOffset), Number(logAppendTime));
      }
  };
  const placed = (batch: Batch, base: number, at: number): void => {
    sequences.set(keyOf(batch), (batch.firstSequence + batch.slots.length) % 2 ** 31);
    const { topic, partition } = batch;
    for (const [i, { append, index }] of batch.slots.entries()) append.places[index] = { topic, partition, offset: base + i, at };
    deps.onAppended(topic, partition, base + batch.slots.length);
  };
  /** One attempt: each batch to the leader of its partition. */
  const attempt = async (batches: readonly Batch[]): Promise<void> => {
    try {
      const as = await identified();
      const byNode = new Map<number, Batch[]>();
      for (const batch of batches)
        try {
          const node = await cluster.leader(deps.nameOf(batch.topic), batch.partition);
          byNode.set(node, [...(byNode.get(node) ?? []), batch]);
        } catch (error) {
          batch.fault = asFault(error);
        }
      await Promise.all([...byNode].map(([node, some]) => sendTo(node, some, as).catch((error: unknown) => blame(some, error))));
    } catch (error) {
      blame(batches, error);
    }
  };
  const blame = (batches: readonly Batch[], error: unknown): void => {
    cluster.stale();
    for (const batch of batches) batch.fault = asFault(error);
  };

  return async (batches) => {
    const deadline = clock.mono() + DELIVER_MS;
    let open = batches;
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 1_000)) {
      await attempt(open);
      open = open.filter((batch) => batch.fault?.mayHeal && !sick.has(keyOf(batch)));
      if (open.length === 0 || clock.mono() + waitMs > deadline) break;
      await pause(clock, waitMs);
    }
    for (const batch of batches)
      if (batch.fault) sick.add(keyOf(batch));
      else sick.delete(keyOf(batch));
    if (batches.some(({ fault }) => fault)) identity = undefined;
  };
}

const keyOf = ({ topic, partition }: Pick<Batch, 'topic' | 'partition'>): string => `${topic}/${partition}`;

function produceCall({ nameOf, headersOf }: ProducerDeps, batches: readonly Batch[], as: ProducerIdentity): ReturnType<typeof produce> {
  const topics = new Map<string, OutBatch[]>();
  for (const { topic, partition, firstSequence, slots } of batches) {
    const messages = slots.map(({ record }) => ({
      key: record.key,
      value: record.value,
      headers: record.trace === undefined ? (headersOf?.(record) ?? {}) : { ...headersOf?.(record), [TRACE_HEADER]: record.trace },
    }));
    topics.set(nameOf(topic), [...(topics.get(nameOf(topic)) ?? []), { partition, firstSequence, messages }]);
  }
  const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0);
  return produce({
    producerId: as.producerId,
    producerEpoch: as.producerEpoch,
    timeout: REPLICAS_MS,
    compression: bytes < GZIP_FROM_BYTES ? COMPRESSION.none : COMPRESSION.gzip,
    topicData: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
  });
}
