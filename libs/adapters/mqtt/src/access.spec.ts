import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { mqttTopic } from '@anlan/contracts';
import type { FeedMessage } from '@anlan/ports';
import { describeWith, freePort } from '@anlan/testing';
import { SECRET, consumer, device, handlerOf, ownBroker, sendNumbers, sleep, tally, until } from './contract/broker-rig.js';

type Broker = Awaited<ReturnType<typeof ownBroker>>;
let broker: Broker;
afterEach(() => broker.end());

describeWith('mosquitto', 'the shipped access list', () => {
  test("S-02: a device writes its own three topics; another's, and any other, reach nobody", async () => {
    broker = await ownBroker();
    const { port } = broker;
    const heard: FeedMessage[] = [];
    const feed = consumer(port, { group: 'anlan' });
    await feed.start(handlerOf((each) => void heard.push(each)));
    const spy = await device(port, 'anlan-ingest', { clientId: 'spy' });
    const seen: string[] = [];
    spy.on('message', (topic) => void seen.push(topic));
    await spy.subscribeAsync(['anlan/v1/devices/+/telemetry', 'anlan/v1/devices/+/events', 'anlan/v1/devices/+/status']);
    const well = await device(port, 'well-1');
    const own = [mqttTopic.telemetry('well-1'), mqttTopic.events('well-1'), mqttTopic.status('well-1')];
    const foreign = [mqttTopic.telemetry('well-2'), 'anlan/v1/devices/well-1/cmd/x', 'anlan/v1/devices/well-1', '$SYS/broker/x', 'other'];
    // Mosquitto 2.0.11 ends the connection of who writes where it may not: one connection each.
    for (const [at, topic] of foreign.entries()) {
      const liar = await device(port, 'well-1', { clientId: `liar-${at}` });
      liar.publish(topic, topic, { qos: 1 });
      await until('the end of its connection', () => !liar.connected);
      liar.end(true);
    }
    for (const topic of own) well.publish(topic, topic, { qos: 1 });
    await until('its own three', () => heard.length === 3 && seen.length === 3);
    await sleep(200);
    expect(heard.map(({ deviceId, topic }) => [deviceId, topic])).toEqual(own.map((topic) => ['well-1', topic]));
    expect(seen).toEqual(own);
    for (const each of [well, spy]) each.end(true);
    await feed.stop();
  });

  test("S-02: a device hears nothing of others, not even by wildcard; the platform's user writes nothing", async () => {
    broker = await ownBroker();
    const { port } = broker;
    const [ear, well, platform] = [
      await device(port, 'well-2'),
      await device(port, 'well-1'),
      await device(port, 'anlan-ingest', { clientId: 'platform' }),
    ];
    const heard: string[] = [];
    ear.on('message', (topic) => void heard.push(topic));
    const asked = [
      '#',
      'anlan/#',
      mqttTopic.telemetry('well-1'),
      mqttTopic.telemetry('+'),
      '$SYS/#',
      `$share/g/${mqttTopic.telemetry('+')}`,
    ];
    await Promise.allSettled(asked.map((filter) => ear.subscribeAsync(filter, { qos: 1 })));
    await sendNumbers(well, 'well-1', [0, 20]);
    platform.publish('anlan/v1/devices/well-2/cmd/open', 'x', { qos: 1 });
    await sleep(300);
    expect(heard).toEqual([]);
    for (const each of [ear, well, platform]) each.end(true);
  });

  test.each([
    ['nobody', {}],
    ['a wrong secret', { username: 'well-1', password: 'wrong' }],
    ['an unknown device', { username: 'well-9', password: SECRET }],
  ] as const)('S-01: %s is refused', async (_name, login) => {
    broker = await ownBroker();
    const client = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, { ...login, reconnectPeriod: 0 });
    const code = await new Promise((resolve) => client.once('error', (error) => resolve((error as { code?: unknown }).code)));
    expect(code).toBe(5);
    client.end(true);
  });
});

describeWith('mosquitto', 'mqttFeed and a real broker that fails', () => {
  test('the broker is killed while we read, and comes back: so do we, and nothing acknowledged by us comes twice for ever', async () => {
    broker = await ownBroker('autosave_interval 1');
    const { port } = broker;
    const { meter, of } = tally();
    const heard = new Set<string>();
    const feed = consumer(port, { meter });
    await feed.start(handlerOf(({ payload }) => void heard.add(Buffer.from(payload).toString())));
    const before = await device(port, 'well-1');
    await sendNumbers(before, 'well-1', [0, 100]);
    before.end(true);
    await broker.kill();
    await until('the end of the connection', () => of('anlan_broker_connected') === 0);
    await sleep(1_000);
    const began = Date.now();
    await broker.again();
    await until('a new connection', () => of('anlan_broker_connected') === 1);
    expect(Date.now() - began).toBeLessThan(15_000);
    const after = await device(port, 'well-1');
    await sendNumbers(after, 'well-1', [100, 200]);
    await until('all of them', () => heard.size === 200);
    after.end(true);
    await feed.stop();
  });

  test('two of one name throw each other out slowly, not in a storm', async () => {
    broker = await ownBroker();
    const { port } = broker;
    const { meter, of } = tally();
    const errors: string[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (words: string) => void errors.push(words), child: () => logger };
    const twins = [0, 1].map(() => consumer(port, { meter, logger, random: () => 1 }));
    const well = await device(port, 'well-1');
    for (const twin of twins) await twin.start(handlerOf(() => undefined));
    // Messages taken in between do not make it a sound connection.
    const until4s = Date.now() + 4_000;
    while (Date.now() < until4s) {
      await sendNumbers(well, 'well-1', [0, 5]);
      await sleep(100);
    }
    // 2.0.11 says no word when it throws one out; later ones say "taken over".
    const thrownOut = of('anlan_broker_connects_total closed') + of('anlan_broker_connects_total taken_over');
    expect(thrownOut).toBeGreaterThan(3);
    expect(thrownOut).toBeLessThan(20);
    expect(errors).toContain('connections to the MQTT broker end as soon as they are made: does another process use this client id?');
    well.end(true);
    await Promise.all(twins.map((twin) => twin.stop()));
  });
});

describeWith('mosquitto', 'mqttFeed over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anlan-tls-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const selfSigned = (): void => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    });
  };

  test('a broker whose certificate we know is read; one whose we do not know is not', async () => {
    selfSigned();
    const secure = await freePort();
    broker = await ownBroker(`listener ${secure} 127.0.0.1\ncertfile ${cert}\nkeyfile ${key}\ntls_version tlsv1.2`);
    const heard: string[] = [];
    const url = `mqtts://localhost:${secure}`;
    const feed = consumer(0, { url, tls: { ca: readFileSync(cert) } });
    await feed.start(handlerOf(({ payload }) => void heard.push(Buffer.from(payload).toString())));
    const well = await device(broker.port, 'well-1');
    await sendNumbers(well, 'well-1', [7, 8]);
    await until('the message', () => heard.includes('7'));
    await feed.stop();
    const { meter, of } = tally();
    const stranger = consumer(0, { url, meter, clientId: 'stranger', random: () => 0 });
    const started = stranger.start(handlerOf(() => undefined));
    await until('refusals by us', () => of('anlan_broker_connects_total unreachable') > 2);
    expect(of('anlan_broker_connected')).toBe(0);
    await stranger.stop();
    await started;
    well.end(true);
  });
});
