import { ROLES } from '@anlan/ports';
import { START, eventually, makeWorld, type Watching, type World } from './contract/world.js';

describe('the event stream', () => {
  let world: World;
  let token: string;
  const open: Watching[] = [];
  const watch = async (by: string, lastId?: string): Promise<Watching> => {
    const stream = await world.watch(by, lastId);
    open.push(stream);
    await eventually(() => stream.status !== 200 || stream.of('heartbeat').length > 0);
    return stream;
  };
  beforeEach(async () => {
    world = await makeWorld();
    token = await world.user('boss', ROLES);
  });
  afterEach(async () => {
    for (const stream of open.splice(0)) stream.leave();
    await world.close();
  });

  test('an alarm arrives with its position, and one that comes back gets what it missed, once', async () => {
    const stream = await watch(token);
    const first = await world.raise('north-dev.ch4', 'yellow');
    await world.clock.advance(50);
    await eventually(() => stream.of('alarm').length === 1);
    const [heard] = stream.of('alarm');
    expect(heard!.data).toMatchObject({ id: first.id, level: 'yellow', version: 1 });
    expect(Number(heard!.id)).toBeGreaterThan(0);
    stream.leave();
    const missed = await world.raise('north-dev.ch4', 'red');
    await world.clock.advance(50);
    const back = await watch(token, heard!.id);
    expect(back.of('alarm').map(({ data }) => data.id)).toEqual([missed.id]);
    const later = await world.raise('south-dev.ch4', 'blue');
    await world.clock.advance(50);
    await eventually(() => back.of('alarm').length === 2);
    expect(back.of('alarm').map(({ data }) => data.id)).toEqual([missed.id, later.id]);
  });

  test('one that begins gets no history, one from the future begins now', async () => {
    await world.raise('north-dev.ch4', 'yellow');
    await world.clock.advance(50);
    const [fresh, future] = [await watch(token), await watch(token, '999999')];
    const next = await world.raise('north-dev.ch4', 'red');
    await world.clock.advance(50);
    for (const stream of [fresh, future]) {
      await eventually(() => stream.of('alarm').length === 1);
      expect(stream.of('alarm')[0]!.data.id).toBe(next.id);
    }
  });

  test('too much missed: the client is told to read afresh, and gets what comes after', async () => {
    const small = await makeWorld({ limits: { streamCatchUp: 10 } });
    const by = await small.user('boss', ROLES);
    for (let at = 0; at < 15; at++) await small.raise('north-dev.ch4', 'blue');
    await small.clock.advance(50);
    const stream = await small.watch(by, '0');
    await eventually(() => stream.of('heartbeat').length === 1);
    expect([stream.of('alarm').length, stream.of('resync').length]).toEqual([10, 1]);
    const next = await small.raise('north-dev.ch4', 'red');
    await small.clock.advance(50);
    await eventually(() => stream.of('alarm').at(-1)?.data.id === next.id);
    expect(stream.of('alarm')).toHaveLength(11);
    stream.leave();
    await small.close();
  });

  test('S-30: a regional watcher hears its own region only, in every kind of event', async () => {
    const north = await world.user('north', ['duty_officer'], { regionCodes: ['110000'] });
    const stream = await watch(north);
    await world.raise('south-dev.ch4', 'red');
    const mine = await world.raise('north-dev.ch4', 'blue');
    world.deps.fanout.publish({
      kind: 'readings',
      readings: [
        { pointId: 'south-dev.ch4', t: START, v: 7, q: 'good' },
        { pointId: 'north-dev.ch4', t: START, v: 1, q: 'good' },
      ],
    });
    world.deps.fanout.publish({ kind: 'device', deviceId: 'south-dev', online: true });
    world.deps.fanout.publish({ kind: 'device', deviceId: 'north-dev', online: true });
    await world.clock.advance(1_500);
    await eventually(() => stream.of('overview').length > 0 && stream.of('alarm').length > 0);
    expect(stream.of('alarm').map(({ data }) => data.id)).toEqual([mine.id]);
    expect(stream.of('reading').flatMap(({ data }) => data.items)).toEqual([
      { pointId: 'north-dev.ch4', t: '2026-03-01T04:00:00.000Z', v: 1, q: 'good' },
    ]);
    expect(stream.of('device').map(({ data }) => data.deviceId)).toEqual(['north-dev']);
    expect(JSON.stringify(stream.heard)).not.toMatch(/south|SECRET|220000/);
  });

  test('readings are the newest a point, four times a second', async () => {
    const stream = await watch(token);
    for (let at = 0; at < 100; at++)
      world.deps.fanout.publish({ kind: 'readings', readings: [{ pointId: 'north-dev.ch4', t: START + at, v: at, q: 'good' }] });
    await world.clock.advance(260);
    await eventually(() => stream.of('reading').length > 0);
    expect(stream.of('reading').map(({ data }) => data.items[0].v)).toEqual([99]);
  });

  test('an overview comes when something changed, not otherwise; a heartbeat every five seconds with the lag', async () => {
    const stream = await watch(token);
    await world.clock.advance(1_100);
    await eventually(() => stream.of('overview').length === 1);
    world.deps.fanout.publish({ kind: 'device', deviceId: 'north-dev', online: true });
    await world.clock.advance(2_000);
    const beats = stream.of('heartbeat').length;
    await world.clock.advance(5_000);
    await eventually(() => stream.of('heartbeat').length > beats);
    expect(stream.of('overview')).toHaveLength(1);
    expect(stream.of('heartbeat').at(-1)!.data).toMatchObject({ behind: 1, ready: true, lagMs: expect.any(Number) });
    expect(stream.of('heartbeat').at(-1)!.data.lagMs).toBeGreaterThanOrEqual(5_000);
  });

  test('five streams a user; the sixth is 429; who leaves makes room', async () => {
    const streams = [];
    for (let at = 0; at < 5; at++) streams.push(await watch(token));
    const sixth = await world.ask('GET', '/api/v1/stream', { token });
    expect([sixth.status, sixth.json.code]).toEqual([429, 'too_many_streams']);
    streams[0]!.leave();
    for (let tries = 0; ; tries++) {
      const again = await world.watch(token);
      open.push(again);
      if (again.status === 200) break;
      expect(tries).toBeLessThan(50);
    }
  });

  test('a client that does not read is dropped, and hurts nobody else', async () => {
    const small = await makeWorld({ limits: { streamBufferBytes: 200_000 } });
    const by = await small.user('boss', ROLES);
    const [slow, quick] = [await small.watch(by), await small.watch(by)];
    await eventually(() => quick.of('heartbeat').length > 0);
    slow.pause();
    // Kernel buffers of loopback take some megabytes before Node's own begins to fill.
    const ids = Array.from({ length: 400 }, (_, at) => `bulk-device-with-a-rather-long-name-to-fill-the-buffers-${at}`);
    await small.deps.changes.importBundle(
      {
        version: 1,
        devices: ids.map((id) => ({ id, assetId: 'north-well', zone: 'Asia/Shanghai', intervalMs: 60_000 })),
        points: ids.map((deviceId) => ({ id: deviceId, deviceId, metric: 'ch4' })),
      },
      { kind: 'system', id: 'spec' },
    );
    const streams = async (): Promise<string | undefined> => /^anlan_streams (\d+)/m.exec(await small.deps.metricsPage.text())?.[1];
    for (let round = 0; round < 1_000 && (await streams()) === '2'; round++) {
      small.deps.fanout.publish({ kind: 'readings', readings: ids.map((pointId) => ({ pointId, t: START + round, v: round, q: 'good' })) });
      await small.clock.advance(250);
      await eventually(() => quick.of('reading').length > round);
    }
    expect(await streams()).toBe('1');
    slow.resume();
    await eventually(() => slow.ended());
    expect(quick.ended()).toBe(false);
    quick.leave();
    await small.close();
  }, 60_000);

  test('the server ends its streams when it stops', async () => {
    const other = await makeWorld();
    const stream = await other.watch(await other.user('boss', ROLES));
    await other.close();
    await eventually(() => stream.ended());
  });
});
