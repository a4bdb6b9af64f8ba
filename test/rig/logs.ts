import { join } from 'node:path';
import { kafkaLog } from '@anlan/adapter-kafka';
import { sqliteLog } from '@anlan/adapter-sqlite';
import { TOPICS } from '@anlan/contracts';
import { silentLogger } from '@anlan/observability';
import type { Log } from '@anlan/ports';
import { systemClock } from '@anlan/shell';

/** The log of a platform: on Kafka as its settings name it, else in its folder. */
export function openLogOf(dataDir: string, settings: Readonly<Record<string, string>> | undefined): Promise<Log> {
  if (settings === undefined)
    return sqliteLog({
      file: join(dataDir, 'log.db'),
      clock: systemClock(),
      host: 'inline',
      onFatal: (error) => {
        throw error;
      },
    });
  const partitions = Number(settings['ANLAN_KAFKA_PARTITIONS']);
  return kafkaLog({
    brokers: (settings['ANLAN_KAFKA_BROKERS'] ?? '').split(','),
    clientId: 'test',
    clock: systemClock(),
    logger: silentLogger,
    prefix: `${settings['ANLAN_NAMESPACE']}.`,
    partitions: { [TOPICS.readings]: partitions, [TOPICS.verdicts]: partitions },
    ensureTopics: { replication: 1, minInsync: 1 },
  });
}
