import { type Topic, partitionFor } from '@anlan/contracts';
import { type Logger, type Meter, silentMeter } from '@anlan/observability';
import type { Clock, Log, NewRecord } from '@anlan/ports';
import { kafkaCluster } from './cluster.js';
import type { Endpoint, KafkaSecurity } from './connection.js';
import { unavailable } from './fault.js';
import { groupOffsets } from './group-offsets.js';
import { kafkaProducer } from './producer.js';
import { kafkaReader } from './reader.js';
import { ensureTopics } from './topics.js';

export type KafkaLogDeps = Readonly<{
  /** `host:port`, one or more; the rest of the cluster is found through them. */
  brokers: readonly string[];
  /** Name of this process in the logs and quotas of the brokers. */
  clientId: string;
  clock: Clock;
  logger: Logger;
  meter?: Meter;
  security?: KafkaSecurity;
  /** Partitions of each topic that is used. They may never change: keys would move. */
  partitions: Readonly<Partial<Record<Topic, number>>>;
  /** For topics that do not exist yet. */
  ensureTopics: Readonly<{ replication: number; minInsync: number }>;
  /** In front of the names of topics and groups, so that several installations share a cluster. */
  prefix?: string;
  /** Headers of a record, beside its trace. */
  headersOf?(record: NewRecord): Readonly<Record<string, string>>;
  /** Records are read with their traces. Written they are always. */
  traces?: boolean;
  /** A reader asks for more at the earliest so long after an answer with records, ms: fewer and larger answers, read that much later. */
  restMs?: number;
}>;

/**
 * The log on Apache Kafka 2.3 to 4.x.
 *
 * Where it differs from a log on one disk (docs/decisions/0010-kafka.md):
 * – the records of one append become readable a partition at a time, not all at once (L1);
 * – `at` is the clock of the leader; it falls when that clock is set back (L2);
 * – when an append fails its records may be in the log all the same, in part or late;
 * – `expire` is the broker's work (`retention.ms`) and returns 0.
 *
 * Rejects with KafkaSetupError when the topics are not as they must be, with LogUnavailable when Kafka is not there.
 */
export async function kafkaLog(deps: KafkaLogDeps): Promise<Log> {
  const { clock, logger, meter = silentMeter, partitions, prefix = '' } = deps;
  const brokers = deps.brokers.map(endpointOf);
  const nameOf = (topic: Topic): string => `${prefix}${topic}`;
  await ensureTopics({ ...deps, ...deps.ensureTopics, brokers, nameOf });

  const topics = (Object.keys(partitions) as Topic[]).map(nameOf);
  const cluster = kafkaCluster({ brokers, topics, clock, clientId: deps.clientId, security: deps.security });
  const reader = kafkaReader({ cluster, clock, meter, logger, nameOf, traces: deps.traces ?? false, restMs: deps.restMs ?? 0 });
  const producer = kafkaProducer({ cluster, clock, meter, nameOf, headersOf: deps.headersOf, onAppended: reader.reaches });
  const offsets = groupOffsets({ cluster, clock });
  const countOf = (topic: Topic): number => {
    const count = partitions[topic];
    if (count === undefined) throw new RangeError(`${topic} is not one of the topics of this log`);
    return count;
  };
  const partitionOf = (topic: Topic, key: string): number => partitionFor(key, countOf(topic));
  const guarded = <T>(doing: string, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => Promise.reject(error instanceof RangeError ? error : unavailable(doing, error)));
  const commit = async (group: string, topic: Topic, partition: number, next: number): Promise<void> => {
    const end = next <= reader.knownEnd(topic, partition) ? next : (await reader.bounds(topic, partition)).next;
    if (next > end) throw new RangeError(`${group} commits ${next} of ${topic}/${partition}, which ends at ${end}`);
    await offsets.commit(`${prefix}${group}`, nameOf(topic), partition, next);
  };

  return {
    partitions: countOf,
    partitionOf,
    append: async (records) => producer.add(records.map((record) => [record, partitionOf(record.topic, record.key)])),
    appendToAll: async (record) => producer.add(Array.from({ length: countOf(record.topic) }, (_, partition) => [record, partition])),
    read: (topic, partition, offset, max) => guarded(`reading ${topic}/${partition}`, reader.read(topic, partition, offset, max)),
    bounds: (topic, partition) => guarded(`reading the bounds of ${topic}/${partition}`, reader.bounds(topic, partition)),
    until: reader.until,
    committed: (group, topic, partition) =>
      guarded(`reading the offset of ${group}`, offsets.committed(`${prefix}${group}`, nameOf(topic), partition)),
    commit: (group, topic, partition, next) => guarded(`committing for ${group}`, commit(group, topic, partition, next)),
    expire: () => Promise.resolve(0),
    async close() {
      await producer.close();
      reader.close();
      cluster.close();
    },
  };
}

/** `host:port`; an IPv6 host stands in brackets. */
export function endpointOf(broker: string): Endpoint {
  const [, host, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(broker.trim()) ?? [];
  if (host === undefined || port === undefined) throw new RangeError(`a broker must be host:port, not ${broker}`);
  return { host, port: Number(port) };
}
