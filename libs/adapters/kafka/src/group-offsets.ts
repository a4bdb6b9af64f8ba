import type { Clock } from '@anlan/ports';
import type { Cluster } from './cluster.js';
import { throwIf } from './fault.js';
import { patiently } from './patience.js';
import { type Call, offsetCommit, offsetFetch } from './protocol.js';

export type GroupOffsets = Readonly<{
  /** 0 where nothing was committed. */
  committed(group: string, topic: string, partition: number): Promise<number>;
  /** Nothing happens when the group is there already, or further. */
  commit(group: string, topic: string, partition: number, next: number): Promise<void>;
}>;

/** A coordinator that is being elected, or that loads, comes within seconds. */
const COORDINATOR_WITHIN_MS = 8_000;

/**
 * Offsets of groups, kept by their coordinators as commits that belong to no member.
 *
 * O1  An offset does not fall: it is compared with what stands before it is written. Two processes that commit one partition at the same
 *     moment may still overtake each other by one commit; then records are read once more, which every reader bears (C2).
 */
export function groupOffsets({ cluster, clock }: Readonly<{ cluster: Cluster; clock: Clock }>): GroupOffsets {
  const standing = new Map<string, number>();

  const coordinated = <T>(group: string, call: Call<T>, errorOf: (answer: T) => number): Promise<T> =>
    patiently(clock, COORDINATOR_WITHIN_MS, async () => {
      try {
        const answer = await cluster.send(await cluster.coordinator(group), 'ask', call);
        throwIf(errorOf(answer));
        return answer;
      } catch (error) {
        cluster.forgetCoordinator(group);
        throw error;
      }
    });
  const committed: GroupOffsets['committed'] = async (group, topic, partition) => {
    const { responses } = await coordinated(
      group,
      offsetFetch(group, topic, partition),
      (answer) => answer.errorCode || (answer.responses[0]?.partitions[0]?.errorCode ?? 0),
    );
    return Math.max(0, Number(responses[0]?.partitions[0]?.offset ?? 0));
  };

  return {
    committed,
    async commit(group, topic, partition, next) {
      const key = `${group} ${topic}/${partition}`;
      const stands = standing.get(key) ?? (await committed(group, topic, partition));
      standing.set(key, Math.max(stands, next));
      if (next <= stands) return;
      try {
        await coordinated(
          group,
          offsetCommit(group, topic, partition, next),
          (answer) => answer.responses[0]?.partitions[0]?.errorCode ?? 0,
        );
      } catch (error) {
        standing.delete(key);
        throw error;
      }
    },
  };
}
