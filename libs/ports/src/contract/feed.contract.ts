import { mqttTopic } from '@anlan/contracts';
import type { MqttClient } from 'mqtt';
import type { Feed, FeedHandler, FeedMessage } from '../feed.js';

/** One feed under test, and a way for devices to reach it. */
export type FeedHarness = Readonly<{
  feed: Feed;
  /** A feed in place of the one before, which is dead or stopped: the same address for devices, the same name for a broker. */
  next(): Feed;
  /** Where devices connect, and with what. */
  door(deviceId: string): Readonly<{ port: number; username: string; password: string }>;
  dispose(): Promise<void>;
}>;

/** Devices that every harness knows. */
export const CONTRACT_DEVICES = ['contract-1', 'contract-2', 'contract-3'] as const;
const [D1, D2, D3] = CONTRACT_DEVICES;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
async function until(what: string, ask: () => boolean, withinMs = 20_000): Promise<void> {
  for (const end = Date.now() + withinMs; !ask(); await sleep(10)) if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
}
const text = ({ payload }: FeedMessage): string => Buffer.from(payload).toString();
const never = (): Promise<void> => new Promise(() => undefined);

type Heard = Readonly<{ handler: FeedHandler; messages: FeedMessage[]; texts(): readonly string[] }>;
function listen(message: (each: FeedMessage) => Promise<void> | void = () => undefined): Heard {
  const messages: FeedMessage[] = [];
  const handler: FeedHandler = {
    authenticate: async () => 'accepted',
    async message(each) {
      messages.push(each);
      await message(each);
    },
    presence: () => undefined,
  };
  return { handler, messages, texts: () => messages.map(text) };
}

/**
 * What every `Feed` promises (F1, F2), to be run by each adapter's spec. Only what a device or a broker can see:
 * "not acknowledged" shows in that the message comes again.
 */
export function feedContract(name: string, make: () => Promise<FeedHarness>): void {
  describe(`${name} keeps the promises of Feed`, () => {
    let harness: FeedHarness;
    const feeds: Feed[] = [];
    const clients: MqttClient[] = [];
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) client.end(true);
      await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
      await harness.dispose();
    });
    const start = async (feed: Feed, heard: Heard): Promise<void> => {
      feeds.push(feed);
      await feed.start(heard.handler);
    };
    /** Sends again by itself what got no PUBACK, as a real device does. */
    const device = async (id: string): Promise<MqttClient> => {
      const { connect } = (await import('mqtt')).default;
      const { port, ...login } = harness.door(id);
      const client = connect(`mqtt://127.0.0.1:${port}`, { clientId: `device-${id}`, clean: false, reconnectPeriod: 100, ...login });
      clients.push(client);
      client.on('error', () => undefined);
      await until('a connection', () => client.connected);
      return client;
    };
    const send = (client: MqttClient, id: string, words: readonly string[]): void => {
      for (const each of words) client.publish(mqttTopic.telemetry(id), each, { qos: 1 });
    };

    test('F1: a message comes with its device, topic, bytes and QoS', async () => {
      const heard = listen();
      await start(harness.feed, heard);
      const client = await device(D1);
      const bytes = Buffer.from([0, 255, 10, 0x7b, 0xe4, 0xba, 0x95]);
      await client.publishAsync(mqttTopic.telemetry(D1), bytes, { qos: 1 });
      await client.publishAsync(mqttTopic.events(D1), '', { qos: 0 });
      await until('two messages', () => heard.messages.length === 2);
      expect(heard.messages).toMatchObject([
        { deviceId: D1, topic: mqttTopic.telemetry(D1), qos: 1, retain: false },
        { deviceId: D1, topic: mqttTopic.events(D1), qos: 0 },
      ]);
      expect(Buffer.from(heard.messages[0]!.payload)).toEqual(bytes);
      expect(heard.messages[1]!.payload).toHaveLength(0);
    });

    test('F1: what was in hand when the feed went comes again to the next one', async () => {
      const first = listen(never);
      await start(harness.feed, first);
      const client = await device(D1);
      send(client, D1, ['a', 'b']);
      await until('both in hand', () => first.messages.length === 2);
      await harness.feed.stop();
      const second = listen();
      await start(harness.next(), second);
      await until('both again', () => new Set(second.texts()).size === 2);
      expect(second.texts().slice(-2)).toEqual(['a', 'b']);
    });

    test('F1: what was answered does not come again', async () => {
      const first = listen();
      await start(harness.feed, first);
      const client = await device(D1);
      send(client, D1, ['a', 'b']);
      await until('both', () => first.messages.length === 2);
      await harness.feed.stop();
      const second = listen();
      await start(harness.next(), second);
      await until('the device is back', () => client.connected);
      send(client, D1, ['c']);
      await until('the third', () => second.texts().includes('c'));
      expect(second.texts()).toEqual(['c']);
    });

    test('F1: answers keep the order of arrival: behind one in hand nothing is acknowledged', async () => {
      const first = listen((each) => (text(each) === 'a' ? never() : undefined));
      await start(harness.feed, first);
      const client = await device(D1);
      send(client, D1, ['a', 'b', 'c']);
      await until('three in hand', () => first.messages.length === 3);
      await sleep(100);
      await harness.feed.stop();
      const second = listen();
      await start(harness.next(), second);
      await until('all three again', () => second.messages.length >= 3);
      expect(second.texts()).toEqual(['a', 'b', 'c']);
    });

    test('F1: what the platform could not keep comes again, and nothing behind it is lost', async () => {
      let away = true;
      const heard = listen(async () => {
        if (away) throw new Error('the log is away');
      });
      await start(harness.feed, heard);
      const client = await device(D1);
      send(client, D1, ['a', 'b']);
      await until('a refusal', () => heard.messages.length >= 1);
      away = false;
      const before = heard.messages.length;
      await until('both kept', () => new Set(heard.texts().slice(before)).size === 2);
      send(client, D1, ['c']);
      await until('the next', () => heard.texts().includes('c'));
    });

    test("F2: nobody speaks in another's name, and who tries disturbs nobody", async () => {
      const heard = listen();
      await start(harness.feed, heard);
      const [liar, honest] = [await device(D1), await device(D2)];
      liar.publish(mqttTopic.telemetry(D2), 'false', { qos: 1 });
      liar.publish('$share/g/anlan/v1/devices/contract-2/telemetry', 'false', { qos: 0 });
      await sleep(200);
      send(honest, D2, ['true']);
      await until('the honest one', () => heard.texts().includes('true'));
      expect(heard.messages.filter(({ deviceId }) => deviceId === D2).map(text)).toEqual(['true']);
    });

    test('F1: under load nothing is missing, and each device keeps its order', async () => {
      const heard = listen(({ payload }) => sleep(payload.length % 7));
      await start(harness.feed, heard);
      const words = Array.from({ length: 700 }, (_, at) => `${at}`.padEnd(at % 13, '.'));
      for (const id of [D1, D2, D3]) send(await device(id), id, words);
      await until('all of them', () => heard.messages.length >= 2_100);
      for (const id of [D1, D2, D3]) expect(heard.messages.filter(({ deviceId }) => deviceId === id).map(text)).toEqual(words);
    });

    test('stop answers what is in hand and takes nothing more', async () => {
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const first = listen(() => gate);
      await start(harness.feed, first);
      const client = await device(D1);
      send(client, D1, ['a', 'b']);
      await until('both in hand', () => first.messages.length === 2);
      setTimeout(release, 150);
      await harness.feed.stop();
      const taken = first.texts();
      const second = listen();
      await start(harness.next(), second);
      await until('the device is back', () => client.connected);
      send(client, D1, ['c']);
      await until('the third', () => second.texts().includes('c'));
      expect([taken, first.texts(), second.texts()]).toEqual([['a', 'b'], ['a', 'b'], ['c']]);
    });
  });
}
