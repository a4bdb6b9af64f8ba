import type { Topic } from '@anlan/contracts';
import type { Logger } from '@anlan/observability';
import { type Clock, hands, type Shares } from '@anlan/ports';
import { kafkaCluster } from './cluster.js';
import type { KafkaSecurity } from './connection.js';
import { groupTalk } from './group-talk.js';
import { endpointOf } from './log.js';
import { groupMember } from './membership.js';

export type KafkaSharesDeps = Readonly<{
  brokers: readonly string[];
  clientId: string;
  clock: Clock;
  logger: Logger;
  security?: KafkaSecurity;
  partitions: Readonly<Partial<Record<Topic, number>>>;
  prefix?: string;
  /** After so long without a word a member counts as dead (brokers allow 6 s to 30 min unless told otherwise). A process that stops for longer than this loses its partitions. */
  sessionMs?: number;
  /** How often a member shows itself; also how soon it hears that another came or went. */
  beatMs?: number;
  /** After so long, what a member still holds on to counts as let go. */
  drainMs?: number;
}>;

const SESSION_MS = 10_000;
const BEAT_MS = 1_000;
const DRAIN_MS = 30_000;

/**
 * Shares partitions through a consumer group of Kafka, `<prefix><group>.members`. Offsets are committed under the plain name of the group,
 * because a coordinator takes commits without a member only for groups that have none (docs/decisions/0010-kafka.md).
 */
export function kafkaShares(deps: KafkaSharesDeps): Shares {
  const { clock, logger, prefix = '', sessionMs = SESSION_MS, beatMs = BEAT_MS, drainMs = DRAIN_MS } = deps;
  const brokers = deps.brokers.map(endpointOf);
  return {
    async join(group, topic, holder) {
      const partitions = Object.entries(deps.partitions).find(([name]) => name === topic)?.[1];
      if (partitions === undefined) throw new RangeError(`${topic} is not one of the topics that are shared`);
      const name = `${prefix}${topic}`;
      const cluster = kafkaCluster({ brokers, topics: [name], clock, clientId: deps.clientId, security: deps.security });
      const onFailure = (partition: number, error: unknown): void =>
        logger.error('a partition could not be taken up or let go', { group, partition, reason: String(error) });
      const own = hands({ holder, clock, onFailure });
      const talk = groupTalk({ cluster, clock, groupId: `${prefix}${group}.members`, topic: name, partitions, sessionMs });
      const member = groupMember({ talk, own, clock, logger, group, beatMs, drainMs });
      await member.admitted;
      return {
        held: own.held,
        async leave() {
          await member.leave();
          cluster.close();
        },
      };
    },
  };
}
