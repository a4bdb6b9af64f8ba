import { TOPICS, type Topic } from '@anlan/contracts';
import { type Logger, silentLogger } from '@anlan/observability';
import type { Log } from '@anlan/ports';
import { realClock } from '@anlan/testing';
import kafkajs, { type Kafka } from 'kafkajs';
import { kafkaLog, type KafkaLogDeps } from '../log.js';

let made = 0;
/** In front of topics and groups; unlike that of any other run on the same broker. */
export const uniquePrefix = (): string => `spec-${process.pid}-${Date.now().toString(36)}-${made++}.`;

const USED = [TOPICS.readings, TOPICS.rejected] as const satisfies readonly Topic[];
export const testPartitions = (count: number): KafkaLogDeps['partitions'] => Object.fromEntries(USED.map((topic) => [topic, count]));

export function openTestLog(brokers: string, prefix: string, count: number, more: Partial<KafkaLogDeps> = {}): Promise<Log> {
  return kafkaLog({
    brokers: brokers.split(','),
    clientId: 'anlan-spec',
    clock: realClock,
    logger: silentLogger,
    partitions: testPartitions(count),
    ensureTopics: { replication: 1, minInsync: 1 },
    prefix,
    // As the apps have it.
    restMs: 4,
    ...more,
  });
}

/** Runs `work` with kafkajs' own client: another program on the same broker. */
export async function withKafka<T>(brokers: string, work: (kafka: Kafka) => Promise<T>): Promise<T> {
  return work(new kafkajs.Kafka({ clientId: 'anlan-spec-other', brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }));
}

export async function dropTopics(brokers: string, prefix: string): Promise<void> {
  await withKafka(brokers, async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((name) => name.startsWith(prefix));
    if (groups.length > 0) await admin.deleteGroups(groups).catch(() => undefined);
    await admin.disconnect();
  });
}

/** A logger that remembers what was said. */
export function listeningLogger(): Logger & Readonly<{ said: readonly string[] }> {
  const said: string[] = [];
  const note = (message: string): void => void said.push(message);
  const logger = { said, info: note, warn: note, error: note, child: (): Logger => logger };
  return logger;
}
