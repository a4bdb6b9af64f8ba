import { requests, type WireRequest } from './kafkajs-inside.js';
import { producedAnswer, type Produced, type ProduceFields, produceRequest } from './produce-request.js';

/** One request and how its answer is read. */
export type Call<T> = Readonly<{
  request: WireRequest;
  response: Readonly<{ decode(raw: Buffer): Promise<T> }>;
}>;

/** Versions that kafkajs 2.2.4 writes best; every broker from 2.3 to 4.x speaks them. */
const VERSIONS = {
  Produce: 7,
  Fetch: 11,
  ListOffsets: 3,
  Metadata: 6,
  OffsetCommit: 5,
  OffsetFetch: 4,
  GroupCoordinator: 2,
  JoinGroup: 5,
  Heartbeat: 3,
  LeaveGroup: 3,
  SyncGroup: 3,
  ApiVersions: 2,
  InitProducerId: 1,
} as const;
type ApiName = keyof typeof VERSIONS;

function build<T>(name: ApiName, fields: object): Call<T> {
  const api = requests[name];
  if (!api) throw new TypeError(`kafkajs has no ${name}`);
  return api.protocol({ version: VERSIONS[name] })(fields) as Call<T>;
}

type ErrorCode = Readonly<{ errorCode: number }>;
type OnPartition = Readonly<{ partition: number }>;
/** kafkajs reads 64-bit numbers as decimal text. */
type Int64 = string;

export type ApiRange = Readonly<{ apiKey: number; minVersion: number; maxVersion: number }>;
export const apiVersions = (): Call<ErrorCode & Readonly<{ apiVersions: readonly ApiRange[] }>> => build('ApiVersions', {});

/** APIs that a broker does not speak in our version, by name. */
export function unspoken(ranges: readonly ApiRange[]): readonly string[] {
  return Object.entries(VERSIONS).flatMap(([name, version]) => {
    const { request } = build<unknown>(name as ApiName, EMPTY_FIELDS);
    const range = ranges.find(({ apiKey }) => apiKey === request.apiKey);
    return range && range.minVersion <= version && version <= range.maxVersion ? [] : [`${name} ${version}`];
  });
}
const EMPTY_FIELDS = { topics: [], topicData: [], groupProtocols: [], groupAssignment: [] };

export type Metadata = Readonly<{
  brokers: readonly Readonly<{ nodeId: number; host: string; port: number }>[];
  topicMetadata: readonly Readonly<{
    topicErrorCode: number;
    topic: string;
    partitionMetadata: readonly Readonly<{ partitionErrorCode: number; partitionId: number; leader: number }>[];
  }>[];
}>;
export const metadata = (topics: readonly string[]): Call<Metadata> => build('Metadata', { topics, allowAutoTopicCreation: false });

export type ProducerIdentity = Readonly<{ producerId: Int64; producerEpoch: number }>;
export const initProducerId = (): Call<ErrorCode & ProducerIdentity> => build('InitProducerId', { transactionalId: null });

/** Written and read by our own code, for its time: docs/decisions/0010-kafka.md. All in-sync replicas must have it before the answer. */
export const produce = (fields: ProduceFields): Call<readonly Produced[]> => ({
  request: produceRequest(fields),
  response: { decode: (raw) => Promise.resolve(producedAnswer(raw)) },
});

export type Wanted = Readonly<{
  topic: string;
  partitions: readonly (OnPartition & Readonly<{ fetchOffset: string; maxBytes: number }>)[];
}>;
/** Only the request: answers are read by `fetch-answer.ts`. */
export const fetchRequest = (fields: Readonly<{ maxWaitTime: number; maxBytes: number; topics: readonly Wanted[] }>): Call<unknown> =>
  build('Fetch', { minBytes: 1, ...fields });

export const EARLIEST = '-2';
export const LATEST = '-1';
export type Offsets = Readonly<{
  responses: readonly Readonly<{ partitions: readonly (OnPartition & ErrorCode & Readonly<{ offset: Int64 }>)[] }>[];
}>;
export const listOffset = (topic: string, partition: number, timestamp: string): Call<Offsets> =>
  build('ListOffsets', { topics: [{ topic, partitions: [{ partition, timestamp }] }] });

export const findCoordinator = (groupId: string): Call<ErrorCode & Readonly<{ coordinator: Readonly<{ nodeId: number }> }>> =>
  build('GroupCoordinator', { groupId });

/** A commit that belongs to no member (generation −1). */
export const offsetCommit = (
  groupId: string,
  topic: string,
  partition: number,
  offset: number,
): Call<Readonly<{ responses: readonly Readonly<{ partitions: readonly ErrorCode[] }>[] }>> =>
  build('OffsetCommit', {
    groupId,
    groupGenerationId: -1,
    memberId: '',
    topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }],
  });
export const offsetFetch = (groupId: string, topic: string, partition: number): Call<ErrorCode & Offsets> =>
  build('OffsetFetch', { groupId, topics: [{ topic, partitions: [{ partition }] }] });

export type Joined = ErrorCode &
  Readonly<{
    generationId: number;
    leaderId: string;
    memberId: string;
    members: readonly Readonly<{ memberId: string; memberMetadata: Buffer }>[];
  }>;
type GroupName = Readonly<{ groupId: string }>;
export const joinGroup = (
  fields: GroupName &
    Readonly<{
      memberId: string;
      sessionTimeout: number;
      rebalanceTimeout: number;
      groupProtocols: readonly Readonly<{ name: string; metadata: Buffer }>[];
    }>,
): Call<Joined> => build('JoinGroup', { protocolType: 'consumer', ...fields });
export const syncGroup = (
  fields: GroupName &
    Readonly<{
      memberId: string;
      generationId: number;
      groupAssignment: readonly Readonly<{ memberId: string; memberAssignment: Buffer }>[];
    }>,
): Call<ErrorCode & Readonly<{ memberAssignment: Buffer }>> => build('SyncGroup', fields);
export const heartbeat = (fields: GroupName & Readonly<{ memberId: string; groupGenerationId: number }>): Call<ErrorCode> =>
  build('Heartbeat', fields);
export const leaveGroup = (fields: GroupName & Readonly<{ memberId: string }>): Call<ErrorCode> => build('LeaveGroup', fields);
