import { createServer, type Server, type Socket } from 'node:net';
import { generate, parser, type Packet } from 'mqtt-packet';
import { mqttTopic } from '@anlan/contracts';
import type { Feed, FeedMessage } from '@anlan/ports';
import { clock, consumer, handlerOf, sleep, tally, until } from './contract/broker-rig.js';

/** One connection as a broker sees it. */
type Caller = Readonly<{ socket: Socket; version: 4 | 5; got: Packet[]; say(packet: Packet): void; raw(bytes: Uint8Array): void }>;
type Script = (packet: Packet, caller: Caller) => Packet | undefined;

/** Answers as a broker does that has never heard of us. */
const friendly: Script = (packet, { version }) => {
  if (packet.cmd === 'connect')
    return { cmd: 'connack', sessionPresent: false, ...(version === 5 ? { reasonCode: 0 } : { returnCode: 0 }) };
  if (packet.cmd === 'subscribe') return { cmd: 'suback', messageId: packet.messageId ?? 0, granted: packet.subscriptions.map(() => 1) };
  return packet.cmd === 'pingreq' ? { cmd: 'pingresp' } : undefined;
};

const servers: Server[] = [];
const feeds: Feed[] = [];
const sockets: Socket[] = [];

async function fakeBroker(version: 4 | 5, script: Script = friendly): Promise<Readonly<{ port: number; callers: Caller[] }>> {
  const callers: Caller[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    const reader = parser({ protocolVersion: version });
    const got: Packet[] = [];
    const caller: Caller = {
      socket,
      version,
      got,
      say: (packet) => void socket.write(generate(packet, { protocolVersion: version })),
      raw: (bytes) => void socket.write(bytes),
    };
    callers.push(caller);
    reader.on('packet', (packet) => {
      got.push(packet);
      const answer = script(packet, caller);
      if (answer) caller.say(answer);
    });
    socket.on('data', (chunk: Buffer) => void reader.parse(chunk));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  return { port: typeof at === 'object' && at ? at.port : 0, callers };
}
const begin = (
  port: number,
  options: Parameters<typeof consumer>[1],
  take: (each: FeedMessage) => Promise<void> | void = () => undefined,
) => {
  const feed = consumer(port, { random: () => 0, ...options });
  feeds.push(feed);
  return { feed, started: feed.start(handlerOf(take)) };
};
const publish = (id: string, payload: string | Buffer, messageId = 1, qos: 0 | 1 = 1): Packet => ({
  cmd: 'publish',
  topic: mqttTopic.telemetry(id),
  payload,
  qos,
  dup: false,
  retain: false,
  ...(qos === 1 && { messageId }),
});
const acks = ({ got }: Caller): readonly (number | undefined)[] =>
  got.filter(({ cmd }) => cmd === 'puback').map(({ messageId }) => messageId);

afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

test('MQTT 5: asks for a session that stays, tells its window, subscribes as one of a group with the retain flag kept', async () => {
  const { port, callers } = await fakeBroker(5);
  await begin(port, { group: 'g', clientId: 'ingest-7', limits: { window: 321 } }).started;
  const [connect, subscribe] = callers[0]!.got;
  expect(connect).toMatchObject({
    clientId: 'ingest-7',
    clean: false,
    keepalive: 15,
    username: 'anlan-ingest',
    properties: { sessionExpiryInterval: 60, receiveMaximum: 321 },
  });
  expect(subscribe).toMatchObject({
    subscriptions: [
      { topic: '$share/g/anlan/v1/devices/+/telemetry', qos: 1, rap: true, rh: 1 },
      { topic: '$share/g/anlan/v1/devices/+/events', qos: 1 },
      { topic: '$share/g/anlan/v1/devices/+/status', qos: 1 },
      { topic: '$SYS/broker/publish/messages/dropped', qos: 0 },
      { topic: '$SYS/broker/store/messages/bytes', qos: 0 },
    ],
  });
});

test('PUBACKs leave in order of arrival though the work ends in another', async () => {
  const { port, callers } = await fakeBroker(4);
  await begin(port, { version: 4 }, ({ payload }) => sleep(50 - Number(Buffer.from(payload).toString()))).started;
  for (let id = 1; id <= 40; id++) callers[0]!.say(publish('d', String(id), id));
  await until('all acknowledgements', () => acks(callers[0]!).length === 40);
  expect(acks(callers[0]!)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
});

test('a half-open link is noticed within two pings, and a new one made', async () => {
  const { port, callers } = await fakeBroker(5);
  const { meter, of } = tally();
  await begin(port, { meter, limits: { pingMs: 200 } }).started;
  callers[0]!.socket.removeAllListeners('data');
  callers[0]!.socket.pause();
  const began = performance.now();
  await until('a second connection', () => callers.length === 2, 5_000);
  expect(performance.now() - began).toBeLessThan(200 * 2 + 500 + 300);
  expect(of('anlan_broker_connects_total silent')).toBe(1);
});

test('a full platform is not taken for a silent broker: the socket is left unread, nothing is cut, nothing lost', async () => {
  const { port, callers } = await fakeBroker(4);
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  let inHand = 0;
  let most = 0;
  let done = 0;
  await begin(port, { version: 4, limits: { window: 50, pingMs: 100 } }, async () => {
    most = Math.max(most, ++inHand);
    await gate;
    inHand -= 1;
    done += 1;
  }).started;
  // 40 MB of QoS 0, which no receive maximum holds back.
  const large = 'x'.repeat(20_000);
  for (let at = 0; at < 2_000; at++) callers[0]!.say(publish('d', large, 0, 0));
  await until('a full window', () => inHand === 50);
  const before = process.memoryUsage().rss;
  await sleep(1_000);
  expect(callers).toHaveLength(1);
  expect([most, done]).toEqual([50, 0]);
  expect(callers[0]!.socket.writableLength).toBeGreaterThan(10_000_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(20_000_000);
  open();
  await until('all of them', () => done === 2_000);
  expect(most).toBeLessThanOrEqual(50);
});

test('a full platform still gets a new connection when the old one breaks, though messages come before the SUBACK', async () => {
  let turn = 0;
  const { port, callers } = await fakeBroker(4, (packet, caller) => {
    const answer = friendly(packet, caller);
    if (packet.cmd === 'connect' && ++turn === 2) {
      caller.say({ cmd: 'connack', sessionPresent: true, returnCode: 0 });
      for (const id of [1, 2, 3]) caller.say(publish('d', 'again', id));
      return undefined;
    }
    return answer;
  });
  const { meter, of } = tally();
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  let taken = 0;
  await begin(port, { version: 4, meter, limits: { window: 2, connectWithinMs: 1_000, pingMs: 100 } }, () => {
    taken += 1;
    return gate;
  }).started;
  for (const id of [1, 2, 3]) callers[0]!.say(publish('d', 'first', id));
  await until('a full window', () => taken === 2);
  // Who does not read notices the end only when a ping cannot be written.
  callers[0]!.socket.destroy();
  await until('a new connection', () => of('anlan_broker_connects_total resumed') === 1);
  await sleep(1_200);
  expect(callers).toHaveLength(2);
  open();
  await until('the acknowledgements of the new one', () => acks(callers[1]!).length === 3);
});

test('a message too large is handed on cut, so that it is refused and acknowledged and does not come back for ever', async () => {
  const { port, callers } = await fakeBroker(5);
  const sizes: number[] = [];
  await begin(port, {}, ({ payload }) => void sizes.push(payload.length)).started;
  callers[0]!.say(publish('d', 'x'.repeat(3_000_000), 1));
  callers[0]!.say(publish('d', 'next', 2));
  await until('both acknowledged', () => acks(callers[0]!).length === 2);
  expect(sizes[0]).toBeGreaterThan(64 * 1024);
  expect(sizes[0]).toBeLessThanOrEqual(256 * 1024);
  expect(sizes[1]).toBe(4);
});

test('a topic that names no device is counted and acknowledged', async () => {
  const { port, callers } = await fakeBroker(5);
  const { meter, of } = tally();
  const heard: string[] = [];
  await begin(port, { meter }, ({ deviceId }) => void heard.push(deviceId)).started;
  callers[0]!.say(publish('井/../x', 'a', 1));
  callers[0]!.say(publish('good', 'a', 2));
  await until('both acknowledged', () => acks(callers[0]!).length === 2);
  expect([heard, of('anlan_limit_total mqtt_topic bad_device_id')]).toEqual([['good'], 1]);
});

const nonsense: readonly (readonly [string, (caller: Caller) => void, string])[] = [
  ['five length bytes', ({ raw }) => raw(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1])), 'bad_packet'],
  ['a packet only clients send', ({ raw }) => raw(Buffer.from([0xc0, 0])), 'bad_packet'],
  ['packet type 0', ({ raw }) => raw(Buffer.from([0x00, 0])), 'bad_packet'],
  ['QoS 2', ({ raw }) => raw(Buffer.from([0x34, 6, 0, 1, 97, 0, 1, 0])), 'bad_packet'],
  ['a huge SUBACK', ({ raw }) => raw(Buffer.from([0x90, 0xff, 0xff, 0xff, 0x7f])), 'bad_packet'],
  ['a second CONNACK', ({ say }) => say({ cmd: 'connack', sessionPresent: false, reasonCode: 0 }), 'bad_packet'],
  ['DISCONNECT', ({ say }) => say({ cmd: 'disconnect', reasonCode: 0x8b }), 'closed'],
  ['DISCONNECT: session taken over', ({ say }) => say({ cmd: 'disconnect', reasonCode: 0x8e }), 'taken_over'],
  ['a closed socket', ({ socket }) => socket.destroy(), 'closed'],
];
test.each(nonsense)('%s ends the connection, is counted, and the next connection works', async (_name, speak, outcome) => {
  const { port, callers } = await fakeBroker(5);
  const { meter, of } = tally();
  const heard: string[] = [];
  await begin(port, { meter, limits: { backoffCapMs: 300 } }, ({ payload }) => void heard.push(Buffer.from(payload).toString())).started;
  speak(callers[0]!);
  await until('another connection', () => of('anlan_broker_connected') === 1 && callers.length === 2);
  expect(of(`anlan_broker_connects_total ${outcome}`)).toBe(1);
  callers[1]!.say(publish('d', 'after', 1));
  await until('a message', () => heard.includes('after'));
});

test('a refusal is counted and asked again later; a CONNACK that never comes ends too', async () => {
  let turn = 0;
  const { port, callers } = await fakeBroker(5, (packet, caller) => {
    if (packet.cmd !== 'connect') return friendly(packet, caller);
    turn += 1;
    if (turn === 1) return { cmd: 'connack', sessionPresent: false, reasonCode: 0x87 };
    return turn === 2 ? undefined : friendly(packet, caller);
  });
  const { meter, of } = tally();
  await begin(port, { meter, limits: { connectWithinMs: 200 } }).started;
  expect(callers).toHaveLength(3);
  expect([of('anlan_broker_connects_total refused'), of('anlan_broker_connects_total unreachable')]).toEqual([1, 1]);
});

test('telemetry not granted is a fault, figures not granted are none', async () => {
  let turn = 0;
  const { port } = await fakeBroker(5, (packet, caller) => {
    if (packet.cmd !== 'subscribe') return friendly(packet, caller);
    turn += 1;
    return { cmd: 'suback', messageId: packet.messageId ?? 0, granted: turn === 1 ? [0x87, 1, 1, 0, 0] : [1, 1, 1, 0x87, 0x87] };
  });
  const { meter, of } = tally();
  await begin(port, { meter }).started;
  expect(of('anlan_broker_connects_total not_subscribed')).toBe(1);
});

test('a session that the broker has forgotten is an error in the log, for what it held is lost', async () => {
  const { port, callers } = await fakeBroker(5);
  const errors: string[] = [];
  const logger = { info: () => undefined, warn: () => undefined, error: (words: string) => void errors.push(words), child: () => logger };
  await begin(port, { logger }).started;
  expect(errors).toEqual([]);
  callers[0]!.socket.destroy();
  await until('the error', () => errors.length === 1);
});

test('stopping before the broker was ever there ends at once', async () => {
  const { feed, started } = begin(1, { clock });
  await sleep(50);
  await feed.stop();
  await started;
});

test('stop says goodbye after the last acknowledgement', async () => {
  const { port, callers } = await fakeBroker(5);
  const { feed, started } = begin(port, {}, ({ payload }) => sleep(payload[0] === 97 ? 50 : 90));
  await started;
  callers[0]!.say(publish('d', 'a', 1));
  callers[0]!.say(publish('d', 'b', 2));
  await sleep(20);
  await feed.stop();
  await until('the goodbye', () => callers[0]!.got.some(({ cmd }) => cmd === 'disconnect'));
  expect(callers[0]!.got.slice(-3).map(({ cmd }) => cmd)).toEqual(['puback', 'puback', 'disconnect']);
});
