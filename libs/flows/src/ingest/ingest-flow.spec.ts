import { createHash } from 'node:crypto';
import { memoryFanout, memoryLog, virtualClock, type VirtualClock } from '@anlan/adapter-memory';
import {
  TOPICS,
  type DeadLetter,
  type DeviceEventRecord,
  type Metric,
  type ReadingsLogValue,
  type ReadingsRecord,
  type RegistrySnapshot,
  type Topic,
} from '@anlan/contracts';
import { silentLogger, silentMeter } from '@anlan/observability';
import {
  LogUnavailable,
  type Broadcast,
  type DeviceStatus,
  type DeviceStatusStore,
  type Feed,
  type FeedHandler,
  type FeedMessage,
  type Log,
  type NewRecord,
} from '@anlan/ports';
import { INGEST_LIMITS, ingestFlow, type IngestFlow, type IngestLimits } from './ingest-flow.js';

const AT = 1_760_000_000_000;
const telemetry = 'anlan/v1/devices/dev-1/telemetry';

function registry(extra: readonly Metric[] = []): RegistrySnapshot {
  const metrics = new Map(
    [{ code: 'ch4', name: '甲烷', unit: '%VOL', min: 0, max: 20 } as Metric, ...extra].map((metric) => [metric.code, metric]),
  );
  const points = new Map([...metrics.keys()].map((code) => [`dev-1.${code}`, { id: `dev-1.${code}`, deviceId: 'dev-1', metric: code }]));
  const device = { assetId: 'well-1', zone: 'Asia/Shanghai', intervalMs: 60_000, reorderMs: 0, liveHorizonMs: 900_000, enabled: true };
  return {
    version: 1,
    regions: new Map(),
    units: new Map(),
    people: new Map(),
    metrics,
    sites: new Map(),
    groups: new Map(),
    limits: new Map(),
    routes: [],
    assets: new Map([['well-1', { id: 'well-1', siteId: 'net-1', name: '井' }]]),
    devices: new Map([
      ['dev-1', { id: 'dev-1', ...device }],
      ['dev-off', { id: 'dev-off', ...device, enabled: false }],
    ]),
    points,
    pointsOfDevice: new Map([
      ['dev-1', new Map([...points.values()].flatMap((point) => [[point.metric, point] as const, [point.id, point] as const]))],
    ]),
  };
}

/** A feed whose device is the test. */
function handFeed(): Feed & { handler(): FeedHandler } {
  let given: FeedHandler | undefined;
  return {
    async start(handler) {
      given = handler;
      return { address: '127.0.0.1', port: 1 };
    },
    disconnect: () => undefined,
    stop: async () => undefined,
    handler() {
      if (!given) throw new Error('not started');
      return given;
    },
  };
}

type Rig = Readonly<{
  flow: IngestFlow;
  clock: VirtualClock;
  log: Log;
  told: Broadcast[];
  statuses: Map<string, DeviceStatus>;
  send(payload: unknown, change?: Partial<FeedMessage>): Promise<void>;
  presence(online: boolean): void;
  values<T>(topic: Topic): Promise<readonly T[]>;
  setRegistry(snapshot: RegistrySnapshot): void;
  handler(): FeedHandler;
}>;

async function rig({
  limits,
  wrap = (log) => log,
  refresh,
}: Readonly<{ limits?: Partial<IngestLimits>; wrap?: (log: Log) => Log; refresh?: () => Promise<void> }> = {}): Promise<Rig> {
  const clock = virtualClock(AT);
  const inner = memoryLog({ clock });
  const feed = handFeed();
  const told: Broadcast[] = [];
  const statuses = new Map<string, DeviceStatus>();
  const fanout = memoryFanout({
    onError: (error) => {
      throw error;
    },
  });
  fanout.subscribe(['device'], (broadcast) => told.push(broadcast));
  let snapshot = registry();
  const flow = ingestFlow({
    feed,
    log: wrap(inner),
    fanout,
    ...(refresh && { refresh }),
    clock,
    meter: silentMeter,
    logger: silentLogger,
    zones: () => (wallClock) => wallClock - 8 * 3_600_000,
    credentials: { verify: async () => 'accepted' },
    registry: { current: () => snapshot, onChange: () => () => undefined },
    deviceStatus: statusesIn(statuses),
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    limits: { ...INGEST_LIMITS, ...limits },
  });
  await flow.start();
  return {
    flow,
    clock,
    told,
    statuses,
    log: inner,
    handler: () => feed.handler(),
    send: (payload, change) =>
      feed.handler().message({
        deviceId: 'dev-1',
        topic: telemetry,
        payload: new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload)),
        retain: false,
        qos: 1,
        receivedAt: clock.now(),
        ...change,
      }),
    presence: (online) => feed.handler().presence('dev-1', online, clock.now()),
    values: async <T>(topic: Topic) => (await inner.read(topic, 0, 0, 100_000)).map(({ value }) => JSON.parse(value) as T),
    setRegistry: (next) => {
      snapshot = next;
    },
  };
}

/** One process alone: whatever it says stands. */
function statusesIn(statuses: Map<string, DeviceStatus>): DeviceStatusStore {
  return {
    async save(words) {
      for (const { deviceId, lastMessageAt, said } of words) {
        const { online, since } = said ?? statuses.get(deviceId) ?? { online: false, since: lastMessageAt ?? 0 };
        statuses.set(deviceId, { deviceId, online, since, lastMessageAt });
      }
    },
    async lapse(now) {
      const online = [...statuses.values()].filter((status) => status.online);
      for (const status of online) statuses.set(status.deviceId, { ...status, online: false, since: now });
      return online.length;
    },
    all: async () => [...statuses.values()],
  };
}

const readingsOf = async ({ values }: Rig): Promise<readonly ReadingsRecord[]> =>
  (await values<ReadingsLogValue>(TOPICS.readings)).filter((value): value is ReadingsRecord => value.kind === 'readings');
/** A log that refuses an append for the reason that `why` gives, if it gives one. */
const refusing =
  (why: (records: readonly NewRecord[]) => Error | undefined) =>
  (log: Log): Log => ({
    ...log,
    append: async (records) => {
      const reason = why(records);
      if (reason) throw reason;
      return log.append(records);
    },
  });
const good = (t: number, v = 1): unknown => ({ t, values: { ch4: v } });

describe('what a message becomes', () => {
  test('one record a message with its readings; key is the site', async () => {
    const it = await rig();
    await it.send({
      seq: 7,
      readings: [
        { m: 'ch4', t: AT, v: 1.25 },
        { m: 'ch4', t: '2025-10-09 16:53:21', v: '1.5' },
      ],
    });
    expect(await readingsOf(it)).toEqual([
      {
        kind: 'readings',
        deviceId: 'dev-1',
        siteId: 'net-1',
        arrivedAt: AT,
        seq: 7,
        readings: [
          { pointId: 'dev-1.ch4', t: AT, v: 1.25, q: 'good' },
          { pointId: 'dev-1.ch4', t: AT + 1000, v: 1.5, q: 'good' },
        ],
        rejected: 0,
        quarantined: 0,
      },
    ]);
    expect((await it.log.read(TOPICS.readings, 0, 1, 1))[0]?.key).toBe('net-1');
  });

  test('R-05: each refused reading has one dead letter of its own; good ones beside it are kept', async () => {
    const it = await rig();
    await it.send({
      readings: [
        { m: 'ch4', t: AT, v: 1 },
        { m: 'no', t: AT, v: 1 },
        { m: 'ch4', t: AT + 7_200_000, v: 1 },
        { m: 'ch4', t: AT, v: 'x' },
      ],
    });
    expect(await readingsOf(it)).toMatchObject([{ rejected: 2, quarantined: 1, readings: [{ v: 1 }] }]);
    const letters = await it.values<DeadLetter>(TOPICS.rejected);
    expect(letters.map(({ code }) => code)).toEqual(['unknown_metric', 'future', 'value_bad']);
    expect(new Set(letters.map(({ id }) => id)).size).toBe(3);
  });

  test('R-05: the same faulty message twice has two dead letters, for it is counted twice', async () => {
    const it = await rig();
    await Promise.all([it.send('{'), it.send('{')]);
    expect(new Set((await it.values<DeadLetter>(TOPICS.rejected)).map(({ id }) => id)).size).toBe(2);
  });

  test.each<[string, Partial<FeedMessage>]>([
    ['not_yours', { topic: 'anlan/v1/devices/dev-2/telemetry' }],
    ['not_yours', { topic: 'anlan/v1/devices/dev-1x/telemetry' }],
    ['not_yours', { topic: '$SYS/x' }],
    ['not_yours', { topic: 'a'.repeat(5_000) }],
    ['unknown_topic', { topic: 'anlan/v1/devices/dev-1/else' }],
    ['not_retained_here', { retain: true }],
    ['device_disabled', { deviceId: 'dev-off', topic: 'anlan/v1/devices/dev-off/telemetry' }],
    ['device_disabled', { deviceId: 'ghost', topic: 'anlan/v1/devices/ghost/telemetry' }],
    ['too_large', { payload: new Uint8Array(70_000) }],
    ['empty', { payload: new Uint8Array() }],
  ])('S-02: %s: one rejected of the device that is logged in', async (code, change) => {
    const it = await rig();
    await it.send(good(AT), change);
    const deviceId = change.deviceId ?? 'dev-1';
    expect(await readingsOf(it)).toMatchObject([{ deviceId, readings: [], rejected: 1, quarantined: 0 }]);
    const letters = await it.values<DeadLetter>(TOPICS.rejected);
    expect(letters).toMatchObject([{ deviceId, code }]);
    expect(letters[0]?.topic.length).toBeLessThanOrEqual(200);
  });

  test('events and status are durable too, and are no readings', async () => {
    const it = await rig();
    await it.send({ t: AT, event: 'cover_open', data: { tilt: 3 } }, { topic: 'anlan/v1/devices/dev-1/events' });
    await it.send({ online: false, t: AT }, { topic: 'anlan/v1/devices/dev-1/status', retain: true });
    it.handler().trouble?.('dev-1', 'take_over', AT);
    await it.clock.settle();
    expect((await it.values<DeviceEventRecord>(TOPICS.deviceEvents)).map(({ kind }) => kind)).toEqual(['event', 'status', 'take_over']);
    expect(await readingsOf(it)).toEqual([]);
  });
});

describe('P1 to P3', () => {
  test('P1: nothing resolves before the log has it', async () => {
    let release: () => void = () => undefined;
    const it = await rig({
      wrap: (log) => ({
        ...log,
        append: async (records) => {
          await new Promise<void>((resolve) => (release = resolve));
          return log.append(records);
        },
      }),
    });
    let done = false;
    const sent = it.send(good(AT)).then(() => (done = true));
    await it.clock.settle();
    expect(done).toBe(false);
    release();
    await sent;
    expect(await readingsOf(it)).toHaveLength(1);
  });

  test('P2: while the log comes and goes the order of arrival stays', async () => {
    let calls = 0;
    const it = await rig({
      wrap: refusing(() => (++calls % 3 !== 0 ? new LogUnavailable('disk full') : undefined)),
    });
    const sent: Promise<void>[] = [];
    for (let at = 0; at < 40; at += 1) {
      sent.push(it.send(good(AT + at)));
      await it.clock.advance(30);
    }
    await it.clock.advance(20_000);
    await Promise.all(sent);
    expect((await readingsOf(it)).map(({ readings }) => readings[0]?.t)).toEqual(Array.from({ length: 40 }, (_, at) => AT + at));
  });

  test('R-02, P2: what is given up takes along what came behind it, so that the device sends all of it again in order', async () => {
    let away = true;
    const it = await rig({
      limits: { messagesInHand: 3 },
      wrap: refusing((records) =>
        away && records.some(({ topic }) => topic === TOPICS.readings) ? new LogUnavailable('no leader') : undefined,
      ),
    });
    const outcomes: string[] = [];
    const send = (at: number, deviceId?: string): void =>
      void it.send(good(AT + at), deviceId === undefined ? {} : { deviceId, topic: `anlan/v1/devices/${deviceId}/telemetry` }).then(
        () => outcomes.push(`${deviceId ?? 'dev-1'} ${at} taken`),
        () => outcomes.push(`${deviceId ?? 'dev-1'} ${at} given up`),
      );
    send(0);
    await it.clock.advance(20_000);
    // The last two of dev-1 wait at the gate.
    for (const at of [1, 2, 3]) send(at);
    send(0, 'dev-2');
    await it.clock.advance(9_000);
    expect(outcomes).toEqual([]);
    // The first has waited for 30 s, all others for 10 s.
    await it.clock.advance(2_000);
    away = false;
    await it.clock.advance(5_000);
    expect(outcomes.sort()).toEqual(['dev-1 0 given up', 'dev-1 1 given up', 'dev-1 2 given up', 'dev-1 3 given up', 'dev-2 0 taken']);
    for (const at of [0, 1, 2, 3]) send(at);
    await it.clock.advance(5_000);
    const times = (await readingsOf(it)).filter(({ deviceId }) => deviceId === 'dev-1').map(({ readings }) => (readings[0]?.t ?? 0) - AT);
    expect(times).toEqual([0, 1, 2, 3]);
  });

  test('P2: while the registry is looked at for something unknown, nothing of that device goes ahead', async () => {
    let seen: () => void = () => undefined;
    const it = await rig({ refresh: () => new Promise<void>((resolve) => (seen = resolve)) });
    const sent = [it.send({ t: AT, values: { co: 4 } }), it.send(good(AT + 1)), it.send(good(AT + 2))];
    await it.clock.settle();
    expect(await readingsOf(it)).toEqual([]);
    seen();
    await Promise.all(sent);
    expect((await readingsOf(it)).map(({ readings, rejected }) => readings[0]?.t ?? rejected)).toEqual([1, AT + 1, AT + 2]);
  });

  test('R-29: a log that stays away: no answer for 30 s, then a refusal, so that the device sends again; afterwards all is well', async () => {
    let away = false;
    const it = await rig({
      wrap: refusing(() => (away ? new LogUnavailable('disk full') : undefined)),
    });
    away = true;
    let outcome = 'waiting';
    it.send(good(AT)).then(
      () => (outcome = 'taken'),
      () => (outcome = 'refused'),
    );
    await it.clock.advance(29_000);
    expect(outcome).toBe('waiting');
    expect(it.flow.health().ok).toBe(false);
    await it.clock.advance(4_000);
    expect(outcome).toBe('refused');
    away = false;
    const again = it.send(good(AT));
    await it.clock.advance(5_000);
    await again;
    expect(await readingsOf(it)).toHaveLength(1);
    expect(it.flow.health().ok).toBe(true);
  });

  test('a record that the log refuses for what it is does not take its neighbours with it', async () => {
    const it = await rig({
      wrap: refusing((records) => (records.some(({ value }) => value.includes('13.13')) ? new RangeError('too large') : undefined)),
    });
    const outcomes = await Promise.allSettled([it.send(good(AT, 1)), it.send(good(AT + 1, 13.13)), it.send(good(AT + 2, 3))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await readingsOf(it)).map(({ readings }) => readings[0]?.v)).toEqual([1, 3]);
  });

  test('P3: `up` comes first; then a tick a second while nothing else comes, and none beside readings', async () => {
    const it = await rig();
    await it.clock.advance(3_500);
    expect(await it.values(TOPICS.readings)).toEqual([
      { kind: 'up', at: AT },
      { kind: 'tick', at: AT + 1000 },
      { kind: 'tick', at: AT + 2000 },
      { kind: 'tick', at: AT + 3000 },
    ]);
    for (let at = 0; at < 20; at += 1) {
      await it.send(good(it.clock.now()));
      await it.clock.advance(500);
    }
    const kinds = (await it.values<ReadingsLogValue>(TOPICS.readings)).slice(4).map(({ kind }) => kind);
    expect(kinds).toEqual(Array.from({ length: 20 }, () => 'readings'));
  });
});

describe('bounds', () => {
  test('beyond what may be in hand, devices wait and nothing is lost', async () => {
    let away = true;
    const it = await rig({
      limits: { messagesInHand: 10 },
      wrap: refusing(() => (away ? new LogUnavailable('away') : undefined)),
    });
    const sent = Array.from({ length: 50 }, (_, at) => it.send(good(AT + at)));
    await it.clock.settle();
    expect(it.flow.health().lag).toBe(50);
    away = false;
    await it.clock.advance(1_000);
    await Promise.all(sent);
    expect((await readingsOf(it)).map(({ readings }) => readings[0]?.t)).toEqual(Array.from({ length: 50 }, (_, at) => AT + at));
  });

  test('S-18: a device that floods waits for its answers; nothing is dropped, another device does not wait', async () => {
    const it = await rig({ limits: { readingsPerSecond: 10, readingsBurst: 20 } });
    let answered = 0;
    for (let at = 0; at < 40; at += 1) void it.send(good(AT - at)).then(() => (answered += 1));
    await it.clock.settle();
    expect(answered).toBe(20);
    expect(await readingsOf(it)).toHaveLength(40);
    await it.send('x', { deviceId: 'dev-off' });
    await it.clock.advance(2_000);
    expect(answered).toBe(40);
  });
});

describe('online and offline', () => {
  const status = (online: boolean, at: number): [unknown, Partial<FeedMessage>] => [
    { online, t: at },
    { topic: 'anlan/v1/devices/dev-1/status', retain: true },
  ];

  test('what arrived last stands, though a will is settled later than the connection after it', async () => {
    let release: () => void = () => undefined;
    let slow = false;
    const it = await rig({
      wrap: (log) => ({
        ...log,
        append: async (records) => {
          if (slow) await new Promise<void>((resolve) => (release = resolve));
          return log.append(records);
        },
      }),
    });
    it.presence(true);
    slow = true;
    const will = it.send(...status(false, AT));
    await it.clock.settle();
    it.presence(true);
    release();
    await will;
    expect(it.told).toEqual([{ kind: 'device', deviceId: 'dev-1', online: true }]);
    await it.clock.advance(1_100);
    expect(it.statuses.get('dev-1')).toMatchObject({ online: true, since: AT });
  });

  test('changes are saved within a second, the time of the last message within half a minute', async () => {
    const it = await rig();
    it.presence(true);
    await it.send(good(AT));
    await it.clock.advance(1_000);
    expect(it.statuses.get('dev-1')).toEqual({ deviceId: 'dev-1', online: true, since: AT, lastMessageAt: AT });
    await it.clock.advance(5_000);
    await it.send(good(it.clock.now()));
    await it.clock.advance(30_000);
    expect(it.statuses.get('dev-1')?.lastMessageAt).toBe(AT + 6_000);
  });

  test('draining saves what is known', async () => {
    const it = await rig();
    it.presence(true);
    const drained = it.flow.drain();
    await it.clock.advance(10);
    await drained;
    expect(it.statuses.get('dev-1')?.online).toBe(true);
  });
});

describe('retry of a dead letter', () => {
  const newMetric: Metric = { code: 'co', name: '一氧化碳', unit: 'ppm' };

  test('R-05: with the metric known now, the reading is taken and says which letter it takes back', async () => {
    const it = await rig();
    await it.send({ t: AT, values: { ch4: 1, co: 4 } });
    const letter = (await it.values<DeadLetter>(TOPICS.rejected))[0] as DeadLetter;
    expect(await it.flow.retry(letter)).toMatchObject({ kind: 'refused', code: 'unknown_metric' });
    it.setRegistry(registry([newMetric]));
    await it.clock.advance(60_000);
    expect(await it.flow.retry(letter)).toEqual({ kind: 'accepted', accepted: 1, refused: 0 });
    expect((await readingsOf(it)).at(-1)).toMatchObject({
      arrivedAt: AT + 60_000,
      readings: [{ pointId: 'dev-1.co', t: AT, v: 4 }],
      retryOf: { deadLetterId: letter.id, was: 'rejected', count: 1, countedAt: AT },
    });
    expect(await it.flow.retry(letter)).toEqual({ kind: 'repeated' });
  });

  test('what was never the device’s own telemetry stays refused', async () => {
    const it = await rig();
    await it.send(good(AT), { topic: 'anlan/v1/devices/dev-2/telemetry' });
    const letter = (await it.values<DeadLetter>(TOPICS.rejected))[0] as DeadLetter;
    expect(await it.flow.retry(letter)).toMatchObject({ kind: 'refused', code: 'not_yours' });
    expect(await it.flow.retry({ ...letter, topic: telemetry, code: 'conflict' })).toMatchObject({ kind: 'refused', code: 'conflict' });
  });

  test('a reading from the future is taken when its time has come', async () => {
    const it = await rig();
    await it.send(good(AT + 7_200_000));
    const letter = (await it.values<DeadLetter>(TOPICS.rejected))[0] as DeadLetter;
    await it.clock.advance(7_200_000);
    await it.flow.retry(letter);
    expect((await readingsOf(it)).at(-1)).toMatchObject({ readings: [{ t: AT + 7_200_000 }], retryOf: { was: 'quarantined' } });
  });
});
