import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { fanoutContract } from '@anlan/ports/contract';
import type { Broadcast } from '@anlan/ports';
import { describeWith } from '@anlan/testing';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { broadcastOf } from './broadcast-text.js';
import { until } from './contract/until.js';
import { redisFanout } from './index.js';

const AT = 1_760_000_000_000;
const silent = (): void => undefined;
const news = (version: number): Broadcast => ({ kind: 'registry', version });

async function listenersOf(client: Redis, channel: string): Promise<number> {
  return Number((await client.pubsub('NUMSUB', channel))[1]);
}

describeWith('redis', 'Redis', (url) => {
  fanoutContract('redisFanout', async () => {
    const errors: unknown[] = [];
    const config = { url, prefix: `${randomUUID()}:`, onError: (error: unknown) => void errors.push(error) };
    const [here, there] = await Promise.all([redisFanout(config), redisFanout(config)]);
    return { here, there, errors: () => errors, dispose: async () => void (await Promise.all([here.close(), there.close()])) };
  });

  test('two platforms on one Redis do not hear each other', async () => {
    const [one, other] = await Promise.all(['a:', 'b:'].map((p) => redisFanout({ url, prefix: randomUUID() + p, onError: silent })));
    const heard: Broadcast[] = [];
    other?.subscribe(['registry'], (broadcast) => void heard.push(broadcast));
    await wait(100);
    one?.publish(news(1));
    await wait(200);
    expect(heard).toEqual([]);
    await Promise.all([one?.close(), other?.close()]);
  });

  test('what is not a broadcast of ours is passed over, and hearing goes on', async () => {
    const prefix = `${randomUUID()}:`;
    const fanout = await redisFanout({ url, prefix, onError: silent });
    const heard: Broadcast[] = [];
    fanout.subscribe(['registry'], (broadcast) => void heard.push(broadcast));
    const stranger = new Redis(url);
    await until(async () => (await listenersOf(stranger, `${prefix}broadcasts:registry`)) === 1, 2_000);
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"from":"x","kind":"constructor"}',
      '{"from":"x","kind":"registry"}',
      '{"kind":"registry","version":1}',
    ])
      await stranger.publish(`${prefix}broadcasts:registry`, text);
    await stranger.publish(`${prefix}broadcasts:registry`, '{"from":"x","kind":"registry","version":7,"later":true}');
    await until(() => heard.length > 0, 2_000);
    expect(heard).toEqual([news(7)]);
    await stranger.quit();
    await fanout.close();
  });

  test('F1: a process is sent only the kinds that it listens for, and none when all have left', async () => {
    const prefix = `${randomUUID()}:`;
    const fanout = await redisFanout({ url, prefix, onError: silent });
    const admin = new Redis(url);
    const channels = async (): Promise<unknown> => ((await admin.pubsub('CHANNELS', `${prefix}*`)) as string[]).sort();
    const [registry, readings] = [`${prefix}broadcasts:registry`, `${prefix}broadcasts:readings`];
    const leave = [fanout.subscribe(['registry'], silent), fanout.subscribe(['registry', 'readings'], silent)];
    await until(async () => String(await channels()) === String([readings, registry]), 2_000);
    leave[1]?.();
    await until(async () => String(await channels()) === registry, 2_000);
    // Left and come again at once: what was asked last holds.
    leave[0]?.();
    const again = fanout.subscribe(['registry'], silent);
    await wait(100);
    expect(await channels()).toEqual([registry]);
    again();
    await until(async () => String(await channels()) === '', 2_000);
    expect(fanout.health()).toEqual({ ok: true, detail: '', dropped: 0 });
    await admin.quit();
    await fanout.close();
  });

  test('readings that nobody hears are not sent for a moment; who comes then hears them soon', async () => {
    const prefix = `${randomUUID()}:`;
    const [near, far] = await Promise.all([0, 1].map(() => redisFanout({ url, prefix, onError: silent })));
    if (!near || !far) throw new Error('two fan-outs were made');
    const readings: Broadcast = { kind: 'readings', readings: [{ pointId: 'p', t: AT, v: 1, q: 'good' }] };
    near.publish(readings);
    await wait(50);
    const heard: Broadcast[] = [];
    far.subscribe(['readings'], (broadcast) => void heard.push(broadcast));
    const took = await until(() => {
      near.publish(readings);
      return heard.length > 0;
    }, 2_000);
    expect(took).toBeLessThan(1_000);
    expect(near.health()).toEqual({ ok: true, detail: '', dropped: 0 });
    await Promise.all([near.close(), far.close()]);
  });
});

test('property: no text breaks the reader of broadcasts', () => {
  const kinds = fc.constantFrom('alarm', 'readings', 'device', 'registry', 'other', '__proto__');
  const close = fc.record({ from: fc.string(), kind: kinds, alarm: fc.anything(), readings: fc.anything(), version: fc.anything() });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        close.map((value) => JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each))),
      ),
      (text) => {
        const heard = broadcastOf(text);
        expect(heard === undefined || typeof heard.broadcast.kind === 'string').toBe(true);
      },
    ),
  );
});
