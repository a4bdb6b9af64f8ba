import { TOPICS, type Topic } from '@anlan/contracts';
import type { Logger } from '@anlan/observability';
import type { Clock } from '@anlan/ports';
import kafkajs, { type Admin, type SASLOptions } from 'kafkajs';
import type { Endpoint, KafkaSecurity } from './connection.js';
import { asFault, unavailable } from './fault.js';
import { patiently } from './patience.js';

export type TopicsDeps = Readonly<{
  brokers: readonly Endpoint[];
  clientId: string;
  security?: KafkaSecurity | undefined;
  clock: Clock;
  logger: Logger;
  nameOf(topic: Topic): string;
  partitions: Readonly<Partial<Record<Topic, number>>>;
  /** Replicas of a new topic, and how many of them must have a record before it counts as kept. */
  replication: number;
  minInsync: number;
}>;

/** The topics are there, but not as they must be; waiting does not heal it. */
export class KafkaSetupError extends Error {
  override readonly name = 'KafkaSetupError';
  constructor(
    readonly code: 'log.partitions' | 'log.timestamps',
    message: string,
  ) {
    super(message);
  }
}

const DAY_MS = 86_400_000;
/** How long each topic is kept; a compacted one keeps the newest record of each key for ever. */
const KEPT = {
  [TOPICS.readings]: 7 * DAY_MS,
  [TOPICS.rejected]: 30 * DAY_MS,
  [TOPICS.verdicts]: 30 * DAY_MS,
  [TOPICS.alarms]: 'compacted',
  [TOPICS.notifications]: 30 * DAY_MS,
  [TOPICS.registry]: 'compacted',
  [TOPICS.deviceEvents]: 30 * DAY_MS,
} as const satisfies Record<Topic, number | 'compacted'>;
const LEADERS_WITHIN_MS = 15_000;
const MOST_MESSAGE_BYTES = 8 * 1024 * 1024;

/** Settings of a new topic. An existing one keeps what its operator gave it. */
export function topicSettings(topic: Topic, minInsync: number): Readonly<Record<string, string>> {
  const kept = KEPT[topic];
  return {
    // The log is the clock (decision 2): the time of a record is the time of its arrival, as the leader saw it.
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': String(minInsync),
    'unclean.leader.election.enable': 'false',
    'max.message.bytes': String(MOST_MESSAGE_BYTES),
    ...(kept === 'compacted'
      ? { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.1', 'delete.retention.ms': String(DAY_MS) }
      : { 'cleanup.policy': 'delete', 'retention.ms': String(kept) }),
  };
}

/**
 * Creates the topics that are missing and looks at those that are there.
 * Throws KafkaSetupError when their partitions or times are not as they must be; LogUnavailable when Kafka does not answer.
 */
export async function ensureTopics(deps: TopicsDeps): Promise<void> {
  const { brokers, clientId, security } = deps;
  const kafka = new kafkajs.Kafka({
    clientId,
    brokers: brokers.map(({ host, port }) => `${host}:${port}`),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 3, initialRetryTime: 300 },
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    ...(security?.tls && { ssl: security.tls }),
    ...(security?.sasl && { sasl: { ...security.sasl } as SASLOptions }),
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await createMissing(admin, deps);
    await checkPartitions(admin, deps);
    await checkSettings(admin, deps);
  } catch (error) {
    throw error instanceof KafkaSetupError ? error : unavailable('looking at the topics', error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

const wantedOf = ({ partitions, nameOf }: TopicsDeps): readonly Readonly<{ topic: Topic; name: string; count: number }>[] =>
  Object.values(TOPICS).flatMap((topic) => {
    const count = partitions[topic];
    return count === undefined ? [] : [{ topic, name: nameOf(topic), count }];
  });

async function createMissing(admin: Admin, deps: TopicsDeps): Promise<void> {
  const { logger, replication, minInsync } = deps;
  const existing = new Set(await admin.listTopics());
  const missing = wantedOf(deps).filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return;
  if (replication === 1)
    logger.warn('new topics get one replica: a power cut of their broker may lose the newest records', {
      topics: missing.map(({ name }) => name),
    });
  // Another process may create them at the same moment: that is as good.
  await admin.createTopics({
    waitForLeaders: false,
    timeout: 10_000,
    topics: missing.map(({ topic, name, count }) => ({
      topic: name,
      numPartitions: count,
      replicationFactor: replication,
      configEntries: Object.entries(topicSettings(topic, minInsync)).map(([key, value]) => ({ name: key, value })),
    })),
  });
}

async function checkPartitions(admin: Admin, deps: TopicsDeps): Promise<void> {
  const wanted = wantedOf(deps);
  // A broker learns of a new topic a moment after its controller made it.
  const { topics } = await patiently(deps.clock, LEADERS_WITHIN_MS, () =>
    admin.fetchTopicMetadata({ topics: wanted.map(({ name }) => name) }).catch((error: unknown) => Promise.reject(asFault(error))),
  );
  const wrong = wanted.flatMap(({ name, count }) => {
    const found = topics.find((one) => one.name === name)?.partitions.length ?? 0;
    return found === count ? [] : [`${name} has ${found}, not ${count}`];
  });
  if (wrong.length > 0)
    throw new KafkaSetupError('log.partitions', `Partitions of a topic may not change, because keys would move: ${wrong.join('; ')}`);
}

async function checkSettings(admin: Admin, deps: TopicsDeps): Promise<void> {
  const names = ['message.timestamp.type', 'min.insync.replicas'];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: wantedOf(deps).map(({ name }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: names })),
  });
  for (const { resourceName, configEntries } of resources) {
    const valueOf = (name: string): string | undefined => configEntries.find(({ configName }) => configName === name)?.configValue;
    if (valueOf('message.timestamp.type') !== 'LogAppendTime')
      throw new KafkaSetupError('log.timestamps', `${resourceName} must have message.timestamp.type=LogAppendTime`);
    if (Number(valueOf('min.insync.replicas')) < deps.minInsync)
      deps.logger.warn('a topic asks for fewer in-sync replicas than is set here', { topic: resourceName });
  }
}
