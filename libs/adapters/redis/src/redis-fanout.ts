import { randomUUID } from 'node:crypto';
import type { Broadcast, Fanout } from '@anlan/ports';
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

/**
 * Fan-out among processes. Listeners of this process are told directly and at once, so that Redis being away makes only the others
 * deaf. Nothing is kept for who is not listening, nothing is sent twice, and `publish` neither waits nor fails.
 */
export async function redisFanout(config: RedisConfig): Promise<RedisFanout> {
  const { prefix = '', onError } = config;
  const channel = `${prefix}broadcasts`;
  const me = randomUUID();
  const listeners = new Set<(broadcast: Broadcast) => void>();
  let underWay = 0;
  let dropped = 0;

  const tell = (broadcast: Broadcast): void => {
    for (const listener of [...listeners]) {
      if (!listeners.has(listener)) continue;
      try {
        listener(broadcast);
      } catch (error) {
        onError(error);
      }
    }
  };
  // One connection listens and does nothing else, as Redis wants it.
  const ear = redisLink(config, async (client) => void (await client.subscribe(channel)));
  const mouth = redisLink(config);
  ear.client.on('message', (_channel, text) => {
    const heard = broadcastOf(text);
    if (heard && heard.from !== me) tell(heard.broadcast);
  });
  await Promise.all([ear.settled, mouth.settled]);

  return {
    publish(broadcast) {
      tell(broadcast);
      if (!mouth.isReady() || underWay >= MAX_UNDER_WAY) {
        dropped += 1;
        return;
      }
      underWay += 1;
      mouth.client
        .publish(channel, broadcastText({ from: me, broadcast }))
        .catch((error: unknown) => {
          dropped += 1;
          mouth.trouble(error);
        })
        .finally(() => {
          underWay -= 1;
        });
    },
    subscribe(listener) {
      // Its own function, so that one listener subscribed twice is two subscriptions.
      const entry = (broadcast: Broadcast): void => listener(broadcast);
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    health: () => ({ ok: ear.isReady() && mouth.isReady(), detail: ear.detail() || mouth.detail(), dropped }),
    async close() {
      listeners.clear();
      await Promise.all([ear.close(), mouth.close()]);
    },
  };
}
