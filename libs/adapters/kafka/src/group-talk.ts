import type { Clock } from '@anlan/ports';
import { spread, withoutHeldByOthers } from '@anlan/ports';
import type { Cluster, Lane } from './cluster.js';
import { faultOf, throwIf } from './fault.js';
import { ASSIGNOR, assignedPartitions, memberAssignment, memberMetadata, type MemberWord, memberWord } from './group-words.js';
import { type Call, heartbeat, type Joined, joinGroup, leaveGroup, syncGroup } from './protocol.js';

export type GroupTalkDeps = Readonly<{
  cluster: Cluster;
  clock: Clock;
  groupId: string;
  topic: string;
  partitions: number;
  sessionMs: number;
}>;
/** What one member says to the coordinator of its group, and hears. Everything throws a KafkaFault when it is not heard or not believed. */
export type GroupTalk = Readonly<{
  /** Joins, waits for the others, and resolves with what is assigned; the leader among the members assigns for all. */
  join(word: MemberWord): Promise<readonly number[]>;
  beat(): Promise<void>;
  /** What is left of the session, counted from the last words that were heard; at 0 the coordinator may count us as dead. */
  sessionLeftMs(): number;
  /** The coordinator does not know us any more: join as somebody new. */
  forgetId(): void;
  farewell(): Promise<void>;
}>;

/** Beyond what the coordinator itself may wait. */
const ANSWER_SLACK_MS = 5_000;
/** Members join anew within a heartbeat; the others wait so long for one that does not, and must themselves be answered within their session. */
const REJOINS_A_SESSION = 2;
const FAREWELL_WITHIN_MS = 5_000;

export function groupTalk(deps: GroupTalkDeps): GroupTalk {
  const { cluster, clock, groupId, topic, sessionMs } = deps;
  let memberId = '';
  let generation = -1;
  let heardAt = clock.mono();

  const tell = async <T extends Readonly<{ errorCode: number }>>(lane: Lane, call: Call<T>, withinMs: number): Promise<T> => {
    try {
      return await cluster.send(await cluster.coordinator(groupId), lane, call, withinMs);
    } catch (error) {
      cluster.forgetCoordinator(groupId);
      throw error;
    }
  };
  const told = async <T extends Readonly<{ errorCode: number }>>(call: Call<T>, withinMs: number): Promise<T> => {
    const answer = await tell(`member ${groupId}`, call, withinMs);
    if (MOVED.has(faultOf(answer.errorCode)?.code ?? '')) cluster.forgetCoordinator(groupId);
    return answer;
  };
  const ask = async (word: MemberWord): Promise<Joined> => {
    const groupProtocols = [{ name: ASSIGNOR, metadata: memberMetadata(topic, word) }];
    const call = joinGroup({
      groupId,
      sessionTimeout: sessionMs,
      rebalanceTimeout: sessionMs / REJOINS_A_SESSION,
      memberId,
      groupProtocols,
    });
    return told(call, sessionMs + ANSWER_SLACK_MS);
  };

  return {
    async join(word) {
      let joined = await ask(word);
      if (faultOf(joined.errorCode)?.code === 'MEMBER_ID_REQUIRED') {
        memberId = joined.memberId;
        joined = await ask(word);
      }
      throwIf(joined.errorCode);
      ({ memberId, generationId: generation } = joined);
      const saidAt = clock.mono();
      const groupAssignment = joined.leaderId === memberId ? assignAll(deps, joined) : [];
      const answer = await told(syncGroup({ groupId, memberId, generationId: generation, groupAssignment }), sessionMs + ANSWER_SLACK_MS);
      throwIf(answer.errorCode);
      heardAt = saidAt;
      return assignedPartitions(topic, answer.memberAssignment);
    },
    async beat() {
      const saidAt = clock.mono();
      const { errorCode } = await told(heartbeat({ groupId, memberId, groupGenerationId: generation }), sessionMs / 2);
      throwIf(errorCode);
      heardAt = saidAt;
    },
    sessionLeftMs: () => Math.max(0, heardAt + sessionMs - clock.mono()),
    forgetId() {
      memberId = '';
    },
    async farewell() {
      if (memberId !== '') await tell('ask', leaveGroup({ groupId, memberId }), FAREWELL_WITHIN_MS);
    },
  };
}

/** Another broker coordinates the group, or will soon. */
const MOVED: ReadonlySet<string> = new Set(['NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE']);

type Assignments = readonly Readonly<{ memberId: string; memberAssignment: Buffer }>[];

/** The leader's part: who gets what in this generation. */
function assignAll({ topic, partitions }: GroupTalkDeps, { members }: Joined): Assignments {
  const words = new Map(members.map(({ memberId, memberMetadata: metadata }) => [memberId, memberWord(metadata)]));
  const holdings = new Map([...words].map(([id, { held }]) => [id, held]));
  const staying = new Map([...words].flatMap(([id, { held, leaving }]) => (leaving ? [] : [[id, held] as const])));
  const now = withoutHeldByOthers(spread(partitions, staying), holdings);
  return members.map(({ memberId }) => ({ memberId, memberAssignment: memberAssignment(topic, now.get(memberId) ?? []) }));
}
