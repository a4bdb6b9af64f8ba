import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { lastValuesContract } from '@anlan/ports/contract';
import type { Broadcast, NewestSample } from '@anlan/ports';
import { badLink, describeWith } from '@anlan/testing';
import { Redis } from 'ioredis';
import { until } from './contract/until.js';
import { privateRedis } from './contract/private-redis.js';
import { redisFanout, redisLastValues } from './index.js';

const AT = 1_760_000_000_000;
const silent = (): void => undefined;
const sample = (pointId: string, t: number, v = t): NewestSample => ({ pointId, t: AT + t, v, q: 'good', receivedAt: AT + t });
const news = (version: number): Broadcast => ({ kind: 'registry', version });

async function forget(url: string, prefix: string): Promise<void> {
  const client = new Redis(url);
  for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1_000 })) {
    if (Array.isArray(keys) && keys.length > 0) await client.del(...keys.map(String));
  }
  await client.quit();
}

describeWith('redis', 'Redis', (url) => {
  lastValuesContract('redisLastValues', async () => {
    const prefix = `${randomUUID()}:`;
    const values = await redisLastValues({ url, prefix, onError: silent });
    const lose = () => forget(url, prefix);
    return {
      values,
      lose,
      async dispose() {
        await values.close();
        await lose();
      },
    };
  });

  test('V1: many writers at once, each in an order of its own', async () => {
    const prefix = `${randomUUID()}:`;
    const writers = await Promise.all(Array.from({ length: 3 }, () => redisLastValues({ url, prefix, onError: silent })));
    const times = Array.from({ length: 200 }, (_, i) => i);
    await Promise.all(
      writers.map(async (writer, n) => {
        for (const t of times.map((i) => (i * (2 * n + 3) * 7) % 200)) await writer.put([sample('p', t)]);
      }),
    );
    expect(await writers[0]?.newest(['p'])).toEqual([sample('p', 199)]);
    await Promise.all(writers.map((writer) => writer.close()));
    await forget(url, prefix);
  });

  test('100 000 points', async () => {
    const prefix = `${randomUUID()}:`;
    const values = await redisLastValues({ url, prefix, onError: silent });
    const all = Array.from({ length: 100_000 }, (_, i) => sample(`point-${i}`, i));
    const began = performance.now();
    await values.put(all);
    const put = performance.now();
    expect(await values.newest(all.map(({ pointId }) => pointId))).toHaveLength(100_000);
    console.info(`100 000 last values: put ${Math.round(put - began)} ms, read ${Math.round(performance.now() - put)} ms`);
    await values.close();
    await forget(url, prefix);
  }, 60_000);

  describe('when Redis fails', () => {
    test('V2, V3: kill -9 with a lost second: what comes back is never older than what was there', async () => {
      const server = await privateRedis();
      const values = await redisLastValues({ url: `redis://127.0.0.1:${server.port}`, onError: silent });
      await values.put([sample('p', 1), sample('still', 1)]);
      // The file has this by now; what follows may be lost with the kill.
      await wait(1_500);
      await values.put([sample('p', 2)]);
      await server.kill();
      await values.put([sample('p', 3), sample('new', 3)]);
      expect(await values.newest(['p', 'still', 'new'])).toEqual([]);
      await server.start();
      const healed = await until(async () => (await values.newest(['p'])).length > 0, 15_000);
      // `still` may be older than it was, so the series is asked for it.
      expect(await values.newest(['p', 'still', 'new'])).toEqual([sample('p', 3), sample('new', 3)]);
      expect(healed).toBeLessThan(15_000);
      await values.close();
      await server.remove();
    }, 60_000);

    test('V2: FLUSHALL', async () => {
      const server = await privateRedis();
      const url = `redis://127.0.0.1:${server.port}`;
      const values = await redisLastValues({ url, onError: silent });
      await values.put([sample('p', 5)]);
      const admin = new Redis(url);
      await admin.flushall();
      await admin.quit();
      expect(await values.newest(['p'])).toEqual([]);
      await values.put([sample('p', 4)]);
      expect(await values.newest(['p'])).toEqual([sample('p', 4)]);
      await values.close();
      await server.remove();
    }, 60_000);

    test('starting without Redis: nothing fails, the process hears itself, and all goes on when Redis comes', async () => {
      const server = await privateRedis();
      await server.kill();
      const errors: unknown[] = [];
      const config = { url: `redis://127.0.0.1:${server.port}`, onError: (error: unknown) => void errors.push(error) };
      const [fanout, far, values] = await Promise.all([redisFanout(config), redisFanout(config), redisLastValues(config)]);
      const heard: Broadcast[] = [];
      const heardFar: Broadcast[] = [];
      fanout.subscribe(['registry'], (broadcast) => void heard.push(broadcast));
      far.subscribe(['registry'], (broadcast) => void heardFar.push(broadcast));
      for (let n = 0; n < 5_000; n += 1) fanout.publish(news(n));
      await values.put([sample('p', 1)]);
      expect([heard.length, await values.newest(['p']), fanout.health().ok, fanout.health().dropped, values.health().waiting]).toEqual([
        5_000,
        [],
        false,
        5_000,
        1,
      ]);
      // Once for each of the five connections, not once a command.
      expect(errors).toHaveLength(5);
      await server.start();
      await until(() => fanout.health().ok && far.health().ok && values.health().ok, 15_000);
      fanout.publish(news(-1));
      await until(() => heardFar.length > 0, 2_000);
      expect([heardFar, await values.newest(['p'])]).toEqual([[news(-1)], [sample('p', 1)]]);
      await Promise.all([fanout.close(), far.close(), values.close()]);
      await server.remove();
    }, 60_000);

    test('K2: a cut cable is noticed by talker and listener, and both are back within 15 s of its repair', async () => {
      const server = await privateRedis();
      const link = await badLink(server);
      const near = await redisFanout({ url: `redis://127.0.0.1:${server.port}`, onError: silent });
      const far = await redisFanout({ url: `redis://127.0.0.1:${link.port}`, onError: silent });
      const values = await redisLastValues({ url: `redis://127.0.0.1:${link.port}`, onError: silent });
      const heard: Broadcast[] = [];
      far.subscribe(['registry'], (broadcast) => void heard.push(broadcast));
      link.freeze();
      const began = performance.now();
      await values.put([sample('p', 1)]);
      expect(performance.now() - began).toBeLessThan(4_000);
      await until(() => !far.health().ok && !values.health().ok, 15_000);
      link.heal();
      const healed = await until(() => {
        near.publish(news(1));
        return heard.length > 0 && far.health().ok && values.health().ok;
      }, 15_000);
      expect(await values.newest(['p'])).toEqual([sample('p', 1)]);
      console.info(`a cut cable: heard again ${Math.round(healed)} ms after its repair`);
      await Promise.all([near.close(), far.close(), values.close()]);
      await link.close();
      await server.remove();
    }, 60_000);
  });
});
