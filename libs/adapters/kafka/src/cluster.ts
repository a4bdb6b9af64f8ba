import { type Clock, pause } from '@anlan/ports';
import { type Connection, type ConnectionDeps, type Endpoint, openConnection } from './connection.js';
import { KafkaFault, lost, throwIf } from './fault.js';
import { type Call, findCoordinator, metadata, type Metadata } from './protocol.js';

/** A broker answers the requests of one connection one after the other, so what may wait there goes on a connection of its own. */
export type Lane = 'ask' | 'produce' | 'poll' | `member ${string}`;

export type Cluster = Readonly<{
  send<T>(node: number, lane: Lane, call: Call<T>, withinMs?: number): Promise<T>;
  /** To whichever broker answers. */
  ask<T>(call: Call<T>): Promise<T>;
  /** Asks for metadata first where nothing, or something wrong, is known. */
  leader(topic: string, partition: number): Promise<number>;
  /** As far as known, without asking. */
  knownLeader(topic: string, partition: number): number | undefined;
  /** What is known of leaders turned out wrong. */
  stale(): void;
  coordinator(group: string): Promise<number>;
  forgetCoordinator(group: string): void;
  close(): void;
}>;
export type ClusterDeps = ConnectionDeps & Readonly<{ brokers: readonly Endpoint[]; topics: readonly string[] }>;

export const ANSWER_WITHIN_MS = 8_000;
const REFRESH_AT_MOST_EVERY_MS = 100;

/** Brokers, leaders and connections. Nothing here retries: who asks knows how long waiting makes sense. */
export function kafkaCluster(deps: ClusterDeps): Cluster {
  const lanes = connections(deps);
  const coordinators = new Map<string, number>();
  let known: Metadata | undefined;
  let stale = true;
  let refreshing: Promise<void> | undefined;
  let refreshedAt = -Infinity;

  const nodes = (): readonly number[] => (known?.brokers ?? []).map(({ nodeId }) => nodeId);
  const endpointOf = (node: number): Endpoint => {
    const found = known?.brokers.find(({ nodeId }) => nodeId === node);
    if (!found) throw lost('NOT_CONNECTED', `broker ${node} is not known`);
    return found;
  };
  const send: Cluster['send'] = async (node, lane, call, withinMs = ANSWER_WITHIN_MS) =>
    (await lanes.to(`${node} ${lane}`, endpointOf(node))).send(call, withinMs);
  const ask: Cluster['ask'] = async (call) => {
    let last: unknown;
    for (const node of nodes())
      try {
        return await send(node, 'ask', call);
      } catch (error) {
        last = error;
      }
    for (const [i, endpoint] of deps.brokers.entries())
      try {
        return await (await lanes.to(`first ${i}`, endpoint)).send(call, ANSWER_WITHIN_MS);
      } catch (error) {
        last = error;
      }
    throw last;
  };
  const refreshOnce = async (): Promise<void> => {
    await pause(deps.clock, Math.max(0, refreshedAt + REFRESH_AT_MOST_EVERY_MS - deps.clock.mono()));
    refreshedAt = deps.clock.mono();
    known = await ask(metadata(deps.topics));
    stale = false;
    lanes.dropFirst();
  };
  const refresh = (): Promise<void> =>
    (refreshing ??= refreshOnce().finally(() => {
      refreshing = undefined;
    }));

  const knownLeader: Cluster['knownLeader'] = (topic, partition) => {
    const partitions = known?.topicMetadata.find((one) => one.topic === topic)?.partitionMetadata;
    const leader = partitions?.find(({ partitionId }) => partitionId === partition)?.leader;
    return leader !== undefined && leader >= 0 ? leader : undefined;
  };

  return {
    send,
    ask,
    knownLeader,
    async leader(topic, partition) {
      if (stale) await refresh();
      const leader = knownLeader(topic, partition);
      if (leader !== undefined) return leader;
      stale = true;
      throw new KafkaFault('LEADER_NOT_AVAILABLE', `${topic}/${partition} has no leader`, true);
    },
    stale() {
      stale = true;
    },
    async coordinator(group) {
      const found = coordinators.get(group);
      if (found !== undefined) return found;
      const { errorCode, coordinator } = await ask(findCoordinator(group));
      throwIf(errorCode);
      if (!nodes().includes(coordinator.nodeId)) await refresh();
      coordinators.set(group, coordinator.nodeId);
      return coordinator.nodeId;
    },
    forgetCoordinator(group) {
      coordinators.delete(group);
    },
    close: lanes.close,
  };
}

type Lanes = Readonly<{
  /** An open connection; many who ask at once share the opening. */
  to(name: string, endpoint: Endpoint): Promise<Connection>;
  /** Closes those to the addresses we began with: from now on brokers are known by their own. */
  dropFirst(): void;
  close(): void;
}>;

function connections(deps: ConnectionDeps & Readonly<{ clock: Clock }>): Lanes {
  const open = new Map<string, Readonly<{ endpoint: Endpoint; connection: Connection }>>();
  const opening = new Map<string, Promise<Connection>>();
  let closed = false;

  const connect = async (name: string, endpoint: Endpoint): Promise<Connection> => {
    const connection = await openConnection(endpoint, deps);
    if (closed) {
      connection.close();
      throw lost('CLOSED', 'the log is closed');
    }
    open.set(name, { endpoint, connection });
    return connection;
  };
  return {
    async to(name, endpoint) {
      if (closed) throw lost('CLOSED', 'the log is closed');
      const found = open.get(name);
      if (found?.connection.open() && found.endpoint.host === endpoint.host && found.endpoint.port === endpoint.port)
        return found.connection;
      found?.connection.close();
      const pending = opening.get(name) ?? connect(name, endpoint).finally(() => opening.delete(name));
      opening.set(name, pending);
      return pending;
    },
    dropFirst() {
      for (const [name, { connection }] of open) {
        if (!name.startsWith('first ')) continue;
        connection.close();
        open.delete(name);
      }
    },
    close() {
      closed = true;
      for (const { connection } of open.values()) connection.close();
      open.clear();
    },
  };
}
