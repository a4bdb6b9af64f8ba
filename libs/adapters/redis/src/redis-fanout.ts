import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { listeners, type Broadcast, type BroadcastKind, type Fanout } from '@anlan/ports';
import type { Redis } from 'ioredis';
import { broadcastOf, broadcastText } from './broadcast-text.js';
import { redisLink, type RedisConfig } from './redis-link.js';

export type RedisFanout = Fanout &
  Readonly<{
    /** `dropped`: broadcasts that did not leave this process, since it started. */
    health(): Readonly<{ ok: boolean; detail: string; dropped: number }>;
    close(): Promise<void>;
  }>;

/** Broadcasts on their way to Redis; more are dropped, for watchers can always read the truth again. */
const MAX_UNDER_WAY = 1_000;
/** Readings that nobody heard: so long the next ones are not even written down. Whoever comes meanwhile reads the last values. */
const UNHEARD_REST_MS = 250;

/**
 * Fan-out among processes, with a channel a kind: a process is sent only what somebody in it listens for (F1). Listeners of this
 * process are told directly and at once, so that Redis being away makes only the others deaf. Nothing is kept for who is not
 * listening, nothing is sent twice, and `publish` neither waits nor fails.
 */
export async function redisFanout(config: RedisConfig): Promise<RedisFanout> {
  const { prefix = '', onError } = config;
  const channelOf = (kind: BroadcastKind): string => `${prefix}broadcasts:${kind}`;
  const me = randomUUID();
  let underWay = 0;
  let dropped = 0;
  let readingsRestUntil = 0;

  /** Channels that this connection of the ear was told of. */
  const asked = new Set<string>();
  const listen = async (client: Redis): Promise<void> => {
    const wanted = new Set(ears.kinds().map(channelOf));
    const more = [...wanted].filter((channel) => !asked.has(channel));
    const fewer = [...asked].filter((channel) => !wanted.has(channel));
    // Before any waiting, so that the next change finds what is under way; Redis takes commands in the order in which they are sent.
    for (const channel of more) asked.add(channel);
    for (const channel of fewer) asked.delete(channel);
    await Promise.all([more.length > 0 && client.subscribe(...more), fewer.length > 0 && client.unsubscribe(...fewer)]);
  };
  // One connection listens and does nothing else, as Redis wants it.
  const ear = redisLink(config, (client) => {
    asked.clear();
    return listen(client);
  });
  const mouth = redisLink(config);
  const ears = listeners({
    onError,
    onChange: () => {
      if (ear.client.status === 'ready') listen(ear.client).catch(ear.again);
    },
  });
  ear.client.on('message', (_channel, text) => {
    const heard = broadcastOf(text);
    if (heard && heard.from !== me) ears.tell(heard.broadcast);
  });
  await Promise.all([ear.settled, mouth.settled]);

  const send = async (broadcast: Broadcast): Promise<void> => {
    const heardBy = await mouth.client.publish(channelOf(broadcast.kind), broadcastText({ from: me, broadcast }));
    if (broadcast.kind === 'readings') readingsRestUntil = heardBy === 0 ? performance.now() + UNHEARD_REST_MS : 0;
  };

  return {
    publish(broadcast) {
      ears.tell(broadcast);
      if (broadcast.kind === 'readings' && performance.now() < readingsRestUntil) return;
      if (!mouth.isReady() || underWay >= MAX_UNDER_WAY) {
        dropped += 1;
        return;
      }
      underWay += 1;
      send(broadcast)
        .catch((error: unknown) => {
          dropped += 1;
          mouth.trouble(error);
        })
        .finally(() => {
          underWay -= 1;
        });
    },
    subscribe: ears.subscribe,
    health: () => ({ ok: ear.isReady() && mouth.isReady(), detail: ear.detail() || mouth.detail(), dropped }),
    async close() {
      ears.clear();
      await Promise.all([ear.close(), mouth.close()]);
    },
  };
}
