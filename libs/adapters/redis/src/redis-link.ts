/**
 * One connection to Redis that is never waited for: when Redis is away, commands fail at once and it connects again by itself.
 *
 * K1  A command ends within `COMMAND_MS`; nothing is queued while Redis is away, and nothing is sent twice.
 * K2  A link that is cut without a word is noticed within `PING_EVERY_MS` and `COMMAND_MS`, also by who only listens.
 */
import { Redis } from 'ioredis';

export type RedisConfig = Readonly<{
  /** `redis://[user:password@]host:port[/database]`, `rediss://` for TLS. */
  url: string;
  /** Begins every key and channel, so that several platforms may share a Redis. */
  prefix?: string;
  /** Redis is away, or something went wrong with it: once an outage. */
  onError(error: unknown): void;
}>;
export type RedisLink = Readonly<{
  client: Redis;
  isReady(): boolean;
  /** Says what is wrong, once until all is well again. */
  trouble(error: unknown): void;
  /** Says what is wrong and connects anew. */
  again(error: unknown): void;
  /** Resolves when Redis can be used, or could not be reached for a while: whoever starts does not wait for it. */
  settled: Promise<void>;
  /** Empty when all is well. */
  detail(): string;
  close(): Promise<void>;
}>;

const COMMAND_MS = 2_000;
const CONNECT_MS = 5_000;
const PING_EVERY_MS = 5_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

/** `onReady` runs after each connect, before the link counts as ready. */
export function redisLink({ url, onError }: RedisConfig, onReady: (client: Redis) => Promise<void> = async () => undefined): RedisLink {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    connectTimeout: CONNECT_MS,
    keepAlive: PING_EVERY_MS,
    retryStrategy: (times) => Math.min(FIRST_RETRY_MS * 2 ** Math.min(times, 10), LAST_RETRY_MS),
    // After a failover the old master answers so until it is connected anew.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  let ready = false;
  let said = '';
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const trouble = (error: unknown): void => {
    if (said === '') onError(error);
    said = error instanceof Error ? error.message : String(error);
  };
  const again = (error: unknown): void => {
    trouble(error);
    if (client.status === 'ready') client.disconnect(true);
  };
  const prepare = async (): Promise<void> => {
    try {
      await onReady(client);
      [ready, said] = [true, ''];
      settle();
    } catch (error) {
      // Half ready is not ready.
      again(error);
    }
  };
  client.on('ready', () => void prepare());
  client.on('close', () => {
    ready = false;
  });
  client.on('error', (error) => {
    trouble(error);
    settle();
  });
  const ping = setInterval(() => {
    if (client.status !== 'ready') return;
    client.ping().catch(again);
  }, PING_EVERY_MS).unref();
  const patience = setTimeout(settle, CONNECT_MS).unref();

  return {
    client,
    isReady: () => ready,
    trouble,
    again,
    settled,
    detail: () => (ready ? said : said || 'not connected'),
    async close() {
      clearInterval(ping);
      clearTimeout(patience);
      const ended = client.status === 'end' ? Promise.resolve() : new Promise<void>((resolve) => client.once('end', () => resolve()));
      client.disconnect();
      await ended;
    },
  };
}
