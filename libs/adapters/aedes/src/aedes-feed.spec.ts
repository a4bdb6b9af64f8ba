import { createConnection, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { silentLogger, silentMeter, type Meter } from '@anlan/observability';
import type { AuthOutcome, Clock, Feed, FeedHandler, FeedMessage } from '@anlan/ports';
import { MQTT_LIMITS, aedesFeed, type MqttLimits } from './index.js';

const clock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const SECRETS: Readonly<Record<string, string>> = { 'dev-1': 'secret-one', 'dev-2': 'secret-two', 'dev-3': 'secret-three' };
const telemetry = (id: string): string => `anlan/v1/devices/${id}/telemetry`;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Hall = Readonly<{
  feed: Feed;
  port: number;
  messages: FeedMessage[];
  presences: string[];
  troubles: string[];
  limited: Map<string, number>;
}>;
type HallOptions = Readonly<{ limits?: Partial<MqttLimits>; message?: FeedHandler['message']; authenticate?: FeedHandler['authenticate'] }>;

const feeds: Feed[] = [];
const clients: MqttClient[] = [];
const sockets: Socket[] = [];

async function hall({ limits, message, authenticate }: HallOptions = {}): Promise<Hall> {
  const limited = new Map<string, number>();
  const count: Meter['count'] = (name, by = 1, ...labels) => {
    if (name === 'anlan_limit_total') limited.set(JSON.stringify(labels[0]), (limited.get(JSON.stringify(labels[0])) ?? 0) + by);
  };
  const messages: FeedMessage[] = [];
  const presences: string[] = [];
  const troubles: string[] = [];
  const feed = aedesFeed({
    host: '127.0.0.1',
    port: 0,
    clock,
    meter: { ...silentMeter, count },
    logger: silentLogger,
    limits: { ...MQTT_LIMITS, refusalDelayMs: 200, drainMs: 500, ...limits },
  });
  feeds.push(feed);
  const { port } = await feed.start({
    authenticate:
      authenticate ??
      (async (id, secret): Promise<AuthOutcome> => (SECRETS[id] === Buffer.from(secret).toString() ? 'accepted' : 'refused')),
    async message(each) {
      messages.push(each);
      await message?.(each);
    },
    presence: (id, online) => void presences.push(`${id} ${online ? 'on' : 'off'}`),
    trouble: (id, kind) => void troubles.push(`${id} ${kind}`),
  });
  return { feed, port, messages, presences, troubles, limited };
}

async function connect(port: number, id = 'dev-1', options: IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    clientId: `c-${id}`,
    username: id,
    password: SECRETS[id] ?? 'wrong',
    reconnectPeriod: 0,
    ...options,
  });
  clients.push(client);
  client.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
  });
  return client;
}

/** A bare socket that sends bytes and says what came back until it was closed. */
function raw(port: number, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve) => {
    const got: Buffer[] = [];
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    sockets.push(socket);
    socket.on('data', (chunk) => got.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(got)));
  });
}

function connectPacket(id: string, secret: string): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), Buffer.from(value)]);
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, 0xc2, 0, 60]), text(`c-${id}`), text(id), text(secret)]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

function publishPacket(topic: string, messageId: number, payload: string): Buffer {
  const body = Buffer.concat([
    Buffer.from([topic.length >> 8, topic.length & 255]),
    Buffer.from(topic),
    Buffer.from([messageId >> 8, messageId & 255]),
    Buffer.from(payload),
  ]);
  return Buffer.concat([Buffer.from([0x32, body.length]), body]);
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
});

describe('F1, R-02: acknowledged means taken', () => {
  test('no PUBACK before the handler resolves', async () => {
    let release: () => void = () => undefined;
    const { port, messages } = await hall({ message: () => new Promise((resolve) => (release = resolve)) });
    const client = await connect(port);
    let acked = false;
    const sent = client.publishAsync(telemetry('dev-1'), '{"t":1}', { qos: 1 }).then(() => (acked = true));
    await sleep(150);
    expect(messages).toHaveLength(1);
    expect(acked).toBe(false);
    release();
    await sent;
    expect(messages[0]).toMatchObject({ deviceId: 'dev-1', topic: telemetry('dev-1'), qos: 1, retain: false });
  });

  test('PUBACKs keep the order of arrival though the work ends in another', async () => {
    const { port } = await hall({ message: ({ payload }) => sleep(100 - Number(Buffer.from(payload).toString())) });
    const acked: number[] = [];
    const socket = createConnection({ port, host: '127.0.0.1' });
    sockets.push(socket);
    socket.write(connectPacket('dev-1', 'secret-one'));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.on('data', (chunk) => {
      for (let at = 0; at < chunk.length; at += 4) acked.push(chunk.readUInt16BE(at + 2));
    });
    socket.write(Buffer.concat(Array.from({ length: 50 }, (_, at) => publishPacket(telemetry('dev-1'), at + 1, String(at)))));
    while (acked.length < 50) await sleep(10);
    expect(acked).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
  });

  test('a handler that rejects: no PUBACK, that connection ends, and the device can send again', async () => {
    let refuse = true;
    const { port, messages } = await hall({
      message: async () => {
        if (refuse) throw new Error('log away');
      },
    });
    const client = await connect(port, 'dev-1', { reconnectPeriod: 50 });
    const sent = client.publishAsync(telemetry('dev-1'), 'x', { qos: 1 });
    await new Promise<void>((resolve) => client.once('close', () => resolve()));
    refuse = false;
    await sent;
    expect(messages.length).toBeGreaterThanOrEqual(2);
  });

  test.each([0, 1, 2] as const)('QoS %i reaches the handler once', async (qos) => {
    const { port, messages } = await hall();
    const client = await connect(port);
    await client.publishAsync(telemetry('dev-1'), 'x'.repeat(100_000), { qos });
    while (messages.length === 0) await sleep(5);
    expect(messages.map(({ payload }) => payload.length)).toEqual([100_000]);
  });
});

describe('S-01: who may connect', () => {
  const cases: readonly (readonly [string, IClientOptions, number])[] = [
    ['right', { username: 'dev-1', password: 'secret-one' }, 0],
    ['wrong secret', { username: 'dev-1', password: 'secret-two' }, 4],
    ['unknown id', { username: 'nobody', password: 'secret-one' }, 4],
    ['empty secret', { username: 'dev-1', password: '' }, 4],
    ['no secret', { username: 'dev-1', password: undefined as never }, 5],
    ['nobody', { username: undefined as never, password: undefined as never }, 5],
    ['empty id', { username: '', password: 'secret-one' }, 4],
    ['right secret of another', { username: 'dev-2', password: 'secret-one' }, 4],
  ];
  test.each(cases)('S-01: %s', async (_name, options, code) => {
    const { port, presences } = await hall();
    const attempt = connect(port, 'dev-1', options);
    if (code === 0) await attempt;
    else await expect(attempt).rejects.toMatchObject({ code });
    expect(presences.filter((each) => each.endsWith(' on'))).toHaveLength(code === 0 ? 1 : 0);
  });

  test('S-01: refusals take equally long, whatever was wrong', async () => {
    const { port } = await hall();
    const took = async (username: string, password: string): Promise<number> => {
      const began = performance.now();
      await connect(port, 'dev-1', { username, password }).catch(() => undefined);
      return performance.now() - began;
    };
    const times = await Promise.all([took('dev-1', 'wrong'), took('nobody', 'wrong'), took('#', 'wrong'), took('dev-2', '')]);
    expect(Math.min(...times)).toBeGreaterThan(190);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(100);
  });

  test('S-10: an auth store that is away says "unavailable", not "wrong secret"', async () => {
    const { port } = await hall({ authenticate: async () => 'unavailable' });
    await expect(connect(port)).rejects.toMatchObject({ code: 3 });
  });

  test('an MQTT 5 client is told that its protocol is not served', async () => {
    const { port } = await hall();
    await expect(connect(port, 'dev-1', { protocolVersion: 5 })).rejects.toMatchObject({ code: 1 });
  });

  test('S-03: 40 hostile ids', async () => {
    const { port, messages } = await hall({ authenticate: async () => 'accepted', limits: { refusalDelayMs: 10 } });
    const ids = [
      '#',
      '+',
      '/',
      '$SYS',
      '$share/g/x',
      '../etc',
      'a/b',
      'a#',
      'a+b',
      ' ',
      'a b',
      'a\tb',
      'a\nb',
      '甲',
      'é',
      '%2f',
      '..',
      '.a',
      '-a',
      '_a',
      ':a',
      'a'.repeat(65),
      "a'b",
      'a"b',
      'a;b',
      'a|b',
      'a,b',
      'a=b',
      'a@b',
      'a*b',
      'a?b',
      'a\\b',
      'a<b',
      'a>b',
      '{a}',
      '[a]',
      '(a)',
      'a&b',
      '~a',
      '`a`',
    ];
    expect(ids).toHaveLength(40);
    await Promise.all(
      ids.map((username) => expect(connect(port, 'dev-1', { username, password: 'x' })).rejects.toMatchObject({ code: 4 })),
    );
    expect(messages).toEqual([]);
  });

  test('S-12: a new connection takes over; two boxes that keep throwing each other out are named, and one of them stays', async () => {
    const { port, presences, troubles } = await hall({ limits: { takeOvers: 3, takeOverCoolDownMs: 60_000 } });
    for (let at = 0; at < 5; at += 1) await connect(port, 'dev-1', { clientId: `box-${at}` });
    await expect(connect(port)).rejects.toMatchObject({ code: 3 });
    expect(troubles).toEqual(['dev-1 take_over']);
    expect(presences).not.toContain('dev-1 off');
    expect(clients.filter(({ connected }) => connected)).toHaveLength(1);
  });

  test('two devices with the same MQTT client id do not throw each other out', async () => {
    const { port } = await hall();
    const both = [await connect(port, 'dev-1', { clientId: 'same' }), await connect(port, 'dev-2', { clientId: 'same' })];
    await sleep(50);
    expect(both.map(({ connected }) => connected)).toEqual([true, true]);
  });
});

describe('S-02, S-04, S-05, S-17: what a device may touch', () => {
  test('S-04: only its own commands; no byte of another device', async () => {
    const { port } = await hall();
    const spy = await connect(port, 'dev-1');
    const other = await connect(port, 'dev-2');
    const heard: string[] = [];
    spy.on('message', (topic) => heard.push(topic));
    const filters = [
      '#',
      '+/#',
      '$SYS/#',
      '$share/g/#',
      'anlan/v1/devices/dev-2/telemetry',
      'anlan/v1/devices/+/cmd/#',
      'anlan/v1/devices/dev-1/telemetry',
      'anlan/v1/devices/dev-1/cmd/#',
    ];
    const subscribed = (filter: string): Promise<number> =>
      spy.subscribeAsync(filter, { qos: 1 }).then(
        ([grant]): number => grant?.qos ?? 128,
        () => 128,
      );
    const granted: number[] = [];
    for (const filter of filters) granted.push(await subscribed(filter));
    expect(granted).toEqual([128, 128, 128, 128, 128, 128, 128, 1]);
    await other.publishAsync(telemetry('dev-2'), 'x', { qos: 1 });
    await sleep(100);
    expect(heard).toEqual([]);
  });

  test('S-05: a publish to $SYS/…/new/clients throws nobody out; it goes to the handler as foreign', async () => {
    const { port, messages } = await hall();
    const [bad, victim] = [await connect(port, 'dev-1'), await connect(port, 'dev-2')];
    await bad.publishAsync('$SYS/other/new/clients', 'dev-2', { qos: 1 });
    await sleep(50);
    expect(victim.connected).toBe(true);
    expect(messages.map(({ topic, deviceId }) => [deviceId, topic])).toEqual([['dev-1', '$SYS/other/new/clients']]);
  });

  test('the identity is the login, whatever the topic says', async () => {
    const { port, messages } = await hall();
    await (await connect(port, 'dev-1')).publishAsync(telemetry('dev-2'), 'x', { qos: 1 });
    expect(messages).toMatchObject([{ deviceId: 'dev-1', topic: telemetry('dev-2') }]);
  });

  test('S-17: ten thousand retained tries are handed on and nothing is kept', async () => {
    const { port, messages } = await hall();
    const client = await connect(port);
    const spy = await connect(port, 'dev-2');
    for (let at = 0; at < 10_000; at += 1000)
      await Promise.all(
        Array.from({ length: 1000 }, (_, n) => client.publishAsync(`anlan/v1/devices/dev-1/cmd/${at + n}`, 'x', { qos: 1, retain: true })),
      );
    expect(messages.filter(({ retain }) => retain)).toHaveLength(10_000);
    const heard: string[] = [];
    client.on('message', (topic) => heard.push(topic));
    await client.subscribeAsync('anlan/v1/devices/dev-1/cmd/#');
    await sleep(100);
    expect(heard).toEqual([]);
    spy.end(true);
  }, 30_000);
});

describe('presence and wills', () => {
  const will = { topic: 'anlan/v1/devices/dev-1/status', payload: Buffer.from('{"online":false}'), qos: 1, retain: true } as const;

  test('a lost connection sends the will and goes offline; a goodbye sends no will', async () => {
    const { port, messages, presences } = await hall();
    const lost = await connect(port, 'dev-1', { will });
    lost.stream.destroy();
    while (presences.length < 2) await sleep(5);
    expect(messages).toMatchObject([{ deviceId: 'dev-1', topic: will.topic, retain: true }]);
    const polite = await connect(port, 'dev-1', { will });
    await polite.endAsync();
    while (presences.length < 4) await sleep(5);
    expect(messages).toHaveLength(1);
    expect(presences).toEqual(['dev-1 on', 'dev-1 off', 'dev-1 on', 'dev-1 off']);
  });

  test('a take-over says nothing about the device: no will, never offline', async () => {
    const { port, messages, presences } = await hall();
    await connect(port, 'dev-1', { will });
    await connect(port, 'dev-1', { will });
    await sleep(100);
    expect(messages).toEqual([]);
    expect(presences).toEqual(['dev-1 on', 'dev-1 on']);
  });

  test('a device that falls silent is offline after one and a half keepalives', async () => {
    const { port, presences } = await hall();
    const client = await connect(port, 'dev-1', { keepalive: 1 });
    client.stream.pause();
    (client.stream as Socket).removeAllListeners('data');
    (client as unknown as { _sendPacket: () => void })._sendPacket = () => undefined;
    while (!presences.includes('dev-1 off')) await sleep(50);
  }, 10_000);

  test('S-11: disconnect cuts the live connection', async () => {
    const { feed, port, presences } = await hall();
    const client = await connect(port);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    feed.disconnect('dev-1');
    await closed;
    expect(presences).toEqual(['dev-1 on', 'dev-1 off']);
  });
});

/** Without what the other specs of this process left to be collected. */
function residentAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().rss;
}

describe('S-07, S-08: bytes that are no MQTT', () => {
  test('S-07: 1 000 sockets that declare 200 MB are closed and cost next to nothing', async () => {
    const { port, limited } = await hall();
    const header = Buffer.from([0x10, 0x80, 0x84, 0xaf, 0x5f]); // CONNECT, remaining length 200 000 000
    const hundred = () => Promise.all(Array.from({ length: 100 }, () => raw(port, Buffer.concat([header, Buffer.alloc(1000)]))));
    await hundred(); // what is compiled and allocated once is no cost of a socket
    const before = residentAfterCollection();
    for (let at = 0; at < 1000; at += 100) await hundred();
    expect(limited.get('{"entry":"mqtt","reason":"oversized"}')).toBe(1100);
    expect(residentAfterCollection() - before).toBeLessThan(50 * 1024 * 1024);
  }, 30_000);

  test('limits: 256 KiB is taken, one byte more closes that connection', async () => {
    const { port, messages } = await hall();
    const client = await connect(port);
    const room = 256 * 1024 - 2 - telemetry('dev-1').length - 2;
    await client.publishAsync(telemetry('dev-1'), Buffer.alloc(room), { qos: 1 });
    expect(messages).toHaveLength(1);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.publish(telemetry('dev-1'), Buffer.alloc(room + 1), { qos: 1 });
    await closed;
    expect(messages).toHaveLength(1);
  });

  test('before login 4 KiB is the most, and CONNECT comes first', async () => {
    const { port, limited } = await hall();
    await raw(port, Buffer.concat([Buffer.from([0x10, 0x81, 0x20]), Buffer.alloc(4097)]));
    await raw(port, Buffer.from([0xc0, 0]));
    expect([...limited.keys()]).toEqual(['{"entry":"mqtt","reason":"oversized"}', '{"entry":"mqtt","reason":"connect_not_first"}']);
  });

  test('who sends no CONNECT in time is closed', async () => {
    const { port } = await hall({ limits: { connectWithinMs: 200 } });
    const began = performance.now();
    await raw(port, Buffer.from([0x10, 0x20]));
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('a source with too many sockets not logged in waits in line; others are not held up', async () => {
    const { port } = await hall({ limits: { unauthenticatedPerSource: 2, connectWithinMs: 300 } });
    const silent = Array.from({ length: 4 }, () => raw(port, Buffer.alloc(0)));
    await sleep(50);
    const began = performance.now();
    await connect(port);
    expect(performance.now() - began).toBeGreaterThan(200);
    await Promise.all(silent);
  });

  test('S-08: mutated packets (seed 7) close their own connection only; another client loses nothing', async () => {
    const { port, messages } = await hall({
      limits: { refusalDelayMs: 1, connectsPerSecond: 100_000, unauthenticatedPerSource: 10_000, connectWithinMs: 300 },
    });
    const good = await connect(port, 'dev-2');
    let state = 7;
    const chance = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const mutant = (): Buffer => {
      const packets = Buffer.concat([
        connectPacket('dev-1', 'secret-one'),
        publishPacket(telemetry('dev-1'), 1, '{"t":1,"values":{"a":1}}'),
        Buffer.from([0x82, 6, 0, 1, 0, 1, 0x61, 0]),
        Buffer.from([0xc0, 0]),
      ]);
      const keep = chance() < 0.5 ? connectPacket('dev-1', 'secret-one').length : 0;
      for (let times = 1 + Math.floor(chance() * 6); times > 0; times -= 1)
        packets[keep + Math.floor(chance() * (packets.length - keep))] = Math.floor(chance() * 256);
      return packets;
    };
    const count = Number(process.env['ANLAN_MQTT_FUZZ_COUNT'] ?? 2_000);
    let sent = 0;
    for (let at = 0; at < count; at += 100) {
      const cut = Array.from({ length: 100 }, () => {
        const answer = raw(port, mutant());
        const socket = sockets.at(-1);
        setTimeout(() => socket?.destroy(), 100);
        return answer;
      });
      sent += 1;
      await good.publishAsync(telemetry('dev-2'), String(sent), { qos: 1 });
      await Promise.all(cut);
      sockets.splice(0);
    }
    expect(good.connected).toBe(true);
    expect(messages.filter(({ deviceId }) => deviceId === 'dev-2').map(({ payload }) => Number(Buffer.from(payload).toString()))).toEqual(
      Array.from({ length: sent }, (_, at) => at + 1),
    );
  }, 600_000);
});

describe('stopping', () => {
  test('what is in hand is answered, then the connections end and the port is free', async () => {
    const { feed, port } = await hall({ message: () => sleep(200) });
    const client = await connect(port);
    const sent = client.publishAsync(telemetry('dev-1'), 'x', { qos: 1 });
    await sleep(50);
    const began = performance.now();
    await Promise.all([feed.stop(), sent]);
    expect(performance.now() - began).toBeLessThan(1_500);
    await expect(connect(port)).rejects.toThrow();
  });

  test('what cannot be answered is not waited for without end', async () => {
    const { feed, port } = await hall({ message: () => new Promise(() => undefined), limits: { drainMs: 200 } });
    const client = await connect(port);
    client.publish(telemetry('dev-1'), 'x', { qos: 1 });
    await sleep(50);
    const began = performance.now();
    await feed.stop();
    expect(performance.now() - began).toBeLessThan(1_500);
  });
});
