/**
 * Last values in Redis: a text a point, guarded by time.
 *
 * V1  One script compares and writes, so writers of any number and order cannot put an older sample over a newer one.
 * V2  Nothing fails when Redis is away: what could not be put is kept (the newest a point) and put later, and `newest` answers
 *     nothing, so that the series is asked.
 * V3  No answer is older than it was before a loss. Keys carry the run of the server, so a Redis that restarted and may have lost
 *     its last second, or a replica that took over, begins empty; and a value that nobody renewed goes after `KEPT_MS`, which
 *     bounds what a writer that died with unsent samples can leave behind.
 */
import { QUALITIES, type Quality } from '@anlan/contracts';
import type { LastValues, NewestSample } from '@anlan/ports';
import type { Redis } from 'ioredis';
import { redisLink, type RedisConfig } from './redis-link.js';

export type RedisLastValues = LastValues &
  Readonly<{ health(): Readonly<{ ok: boolean; detail: string; waiting: number }>; close(): Promise<void> }>;

const POINTS_A_CALL = 500;
const KEPT_MS = 15 * 60_000;
/** Points whose newest sample waits for Redis; of more than this none is remembered (V3 bounds the harm). */
const MAX_WAITING = 200_000;

/** Keys: the points. Arguments: how long to keep, then the text of each point, which begins with its time. */
const PUT = `
for i = 1, #KEYS do
  local old = redis.call('GET', KEYS[i])
  if not old or tonumber(string.match(old, '^%S+')) < tonumber(string.match(ARGV[i + 1], '^%S+')) then
    redis.call('SET', KEYS[i], ARGV[i + 1], 'PX', ARGV[1])
  end
end
return #KEYS`;

export async function redisLastValues(config: RedisConfig): Promise<RedisLastValues> {
  const { prefix = '' } = config;
  let run = '';
  let waiting = new Map<string, NewestSample>();
  const link = redisLink(config, async (client) => {
    run = await runOf(client);
    await flush();
  });
  const { client } = link;
  const keyOf = (pointId: string): string => `${prefix}last:${run}:${pointId}`;

  const putSome = (samples: readonly NewestSample[]): Promise<unknown> =>
    client.eval(PUT, samples.length, ...samples.map(({ pointId }) => keyOf(pointId)), KEPT_MS, ...samples.map(textOf));
  /** Puts what waits. What fails waits again, unless something newer came meanwhile. */
  async function flush(): Promise<void> {
    const taken = waiting;
    waiting = new Map();
    const samples = [...taken.values()];
    for (let from = 0; from < samples.length; from += POINTS_A_CALL) {
      try {
        await putSome(samples.slice(from, from + POINTS_A_CALL));
      } catch (error) {
        samples.slice(from).forEach(keep);
        throw error;
      }
    }
  }
  function keep(sample: NewestSample): void {
    const before = waiting.get(sample.pointId);
    if (before ? sample.t > before.t : waiting.size < MAX_WAITING) waiting.set(sample.pointId, sample);
  }

  await link.settled;
  return {
    async put(samples) {
      samples.forEach(keep);
      if (link.isReady()) await flush().catch(link.trouble);
    },
    async newest(pointIds) {
      if (!link.isReady()) return [];
      try {
        const found: NewestSample[] = [];
        for (let from = 0; from < pointIds.length; from += POINTS_A_CALL) {
          const some = pointIds.slice(from, from + POINTS_A_CALL);
          const texts = await client.mget(some.map(keyOf));
          found.push(...some.flatMap((pointId, index) => sampleOf(pointId, texts[index]) ?? []));
        }
        return found;
      } catch (error) {
        link.trouble(error);
        return [];
      }
    },
    health: () => ({ ok: link.isReady(), detail: link.detail(), waiting: waiting.size }),
    close: link.close,
  };
}

/** Names one life of a server. */
async function runOf(client: Redis): Promise<string> {
  const found = /^run_id:(\w+)/m.exec(await client.info('server'))?.[1];
  if (found === undefined) throw new Error('this Redis does not tell its run id, so its last values cannot be trusted after a restart');
  return found.slice(0, 12);
}

function textOf({ t, v, q, receivedAt }: NewestSample): string {
  return `${t} ${v} ${q} ${receivedAt}`;
}

/** Undefined when the point is not there, or not as we write it. */
function sampleOf(pointId: string, text: string | null | undefined): NewestSample | undefined {
  const [t, v, q, receivedAt, ...more] = (text ?? '').split(' ');
  const sample = { pointId, t: Number(t), v: Number(v), q: q as Quality, receivedAt: Number(receivedAt) };
  const isWhole = more.length === 0 && [sample.t, sample.v, sample.receivedAt].every(Number.isFinite);
  return isWhole && QUALITIES.includes(sample.q) ? sample : undefined;
}
