import { promisify } from 'node:util';
import { constants, gzip as gzipOf } from 'node:zlib';
import type { Topic } from '@anlan/contracts';
import { type Clock, type LogPlace, pause } from '@anlan/ports';
import type { Cluster } from './cluster.js';
import { asFault, faultOf, type KafkaFault, lost, throwIf } from './fault.js';
import { askAgain } from './poll.js';
import type { OutPartition, OutTopic } from './produce-request.js';
import { initProducerId, produce, type ProducerIdentity } from './protocol.js';
import { type BatchRecord, recordBatch } from './record-batch.js';

/** The records of one call. */
export type Append = {
  readonly places: LogPlace[];
  left: number;
  over: boolean;
  readonly done: (places: readonly LogPlace[]) => void;
  readonly failed: (error: Error) => void;
};
/** One record, and whose it is. */
export type Slot = Readonly<{
  append: Append;
  index: number;
  record: BatchRecord & Readonly<{ topic: Topic; partition: number; /** What it counts where bytes are bounded. */ bytes: number }>;
}>;
export type Batch = {
  readonly topic: Topic;
  readonly partition: number;
  readonly slots: Slot[];
  bytes: number;
  firstSequence: number;
  fault: KafkaFault | undefined;
};
export type SenderDeps = Readonly<{
  cluster: Cluster;
  clock: Clock;
  nameOf(topic: Topic): string;
  /** Told before the append resolves. */
  onAppended(topic: Topic, partition: number, next: number): void;
}>;

/** For how long a batch is sent again. */
const DELIVER_MS = 8_000;
/** How long a leader waits for its replicas. */
const REPLICAS_MS = 5_000;
/** Records of a batch below it stay plain: gzip costs more time than it saves (figures: docs/decisions/0010-kafka.md). */
const GZIP_FROM_BYTES = 64 * 1024;
const gzip = promisify(gzipOf);
const GZIP = { level: constants.Z_BEST_SPEED };

/** Sends batches until each has its places or a fault that stands. */
export function batchSender(deps: SenderDeps): (batches: readonly Batch[]) => Promise<void> {
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
    for (const batch of batches) if (batch.firstSequence < 0) batch.firstSequence = sequences.get(keyOf(batch)) ?? 0;
    const call = produce({ timeout: REPLICAS_MS, topics: await outTopics(deps, batches, as) });
    const unanswered = new Map(batches.map((batch) => [`${deps.nameOf(batch.topic)}/${batch.partition}`, batch]));
    for (const { topic, partition, errorCode, offset, at } of await cluster.send(node, 'produce', call, DELIVER_MS)) {
      const batch = unanswered.get(`${topic}/${partition}`);
      if (!batch) continue;
      unanswered.delete(`${topic}/${partition}`);
      batch.fault = faultOf(errorCode);
      if (askAgain(errorCode)) cluster.stale();
      if (!batch.fault) placed(batch, offset, at);
    }
    for (const batch of unanswered.values()) batch.fault = lost('STRANGE_ANSWER', 'the answer does not name this partition');
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

async function outTopics({ nameOf, clock }: SenderDeps, batches: readonly Batch[], as: ProducerIdentity): Promise<readonly OutTopic[]> {
  const head = { producerId: BigInt(as.producerId), producerEpoch: as.producerEpoch, at: clock.now() };
  const topics = new Map<Topic, Promise<OutPartition>[]>();
  for (const { topic, partition, firstSequence, slots } of batches) {
    const records = slots.map(({ record }) => record);
    const written = recordBatch({ ...head, firstSequence }, records, packed).then((batch) => ({ partition, batch }));
    topics.set(topic, [...(topics.get(topic) ?? []), written]);
  }
  return Promise.all([...topics].map(async ([topic, partitions]) => ({ topic: nameOf(topic), partitions: await Promise.all(partitions) })));
}

function packed(records: Buffer): Promise<Buffer> | undefined {
  return records.length < GZIP_FROM_BYTES ? undefined : gzip(records, GZIP);
}
