import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { CREDENTIAL, city } from '../rig/city.js';
import { Device } from '../rig/device.js';
import { Platform, temporaryFolder, until } from '../rig/platform.js';

const OTHER_SECRET = 'the-secret-of-device-one-0123456';
const REFUSED = { badUserOrPassword: 4, notAuthorised: 5 } as const;

type Knock = Readonly<{ code: number | string; ms: number }>;

/** What a device, or one who says so, may do at the real listener. */
describe('the field side', () => {
  const folder = temporaryFolder();
  let platform: Platform;
  let honest: Device;

  beforeAll(async () => {
    platform = await Platform.start({ dataDir: folder.path });
    const bundle = city({ devices: 4 }) as { devices: Record<string, unknown>[] };
    await platform.import({
      ...bundle,
      devices: bundle.devices.map((device) =>
        device['id'] === 'd-1' ? { ...device, credential: OTHER_SECRET } : device['id'] === 'd-3' ? { ...device, enabled: false } : device,
      ),
    });
    honest = await Device.connect(platform.mqttPort, 'd-0', CREDENTIAL);
  }, 60_000);
  afterAll(async () => {
    await honest.end();
    await platform.kill9();
    folder.remove();
  });

  /** One try without another. Code 0 is "let in", a text is a closed socket. */
  const knock = async (options: IClientOptions): Promise<Knock> => {
    const began = performance.now();
    const done = (code: number | string): Knock => ({ code, ms: performance.now() - began });
    try {
      const client: MqttClient = await mqtt.connectAsync(
        `mqtt://127.0.0.1:${platform.mqttPort}`,
        { reconnectPeriod: 0, connectTimeout: 8_000, ...options },
        false,
      );
      await client.endAsync(true);
      return done(0);
    } catch (error) {
      return done(typeof error === 'object' && error !== null && 'code' in error ? (error.code as number | string) : String(error));
    }
  };

  /** The honest device gets its answer: nobody else's doing has hurt it. */
  const stillServed = async (): Promise<void> => {
    const began = performance.now();
    await honest.telemetry({ t: Date.now(), values: { test_ch4: 0.2 } });
    expect(performance.now() - began).toBeLessThan(5_000);
  };

  const matrix: readonly (readonly [string, IClientOptions, boolean])[] = [
    ['a device with its own secret', { username: 'd-0', password: CREDENTIAL, clientId: 'matrix' }, true],
    ['nobody at all', {}, false],
    ['a name without a secret', { username: 'd-0' }, false],
    ['an empty secret', { username: 'd-0', password: '' }, false],
    ['a wrong secret', { username: 'd-0', password: `${CREDENTIAL}x` }, false],
    ['the secret of another device', { username: 'd-0', password: OTHER_SECRET }, false],
    ['an unknown device', { username: 'd-99', password: CREDENTIAL }, false],
    ['a disabled device with its own secret', { username: 'd-3', password: CREDENTIAL }, false],
  ];

  test.each(matrix)(
    'S-01: %s',
    async (_who, options, mayEnter) => {
      const { code, ms } = await knock(options);
      if (mayEnter) return expect(code).toBe(0);
      expect(Object.values(REFUSED)).toContain(code);
      expect(ms).toBeGreaterThan(950);
    },
    20_000,
  );

  test('S-01: no default login opens MQTT or HTTP', async () => {
    const defaults = [
      ['admin', 'public'],
      ['admin', 'admin'],
      ['admin', 'password'],
      ['guest', 'guest'],
      ['root', ''],
      ['anlan', 'anlan'],
    ] as const;
    const knocks = await Promise.all(defaults.map(([username, password]) => knock({ username, password })));
    expect(knocks.map(({ code }) => code).filter((code) => code === 0)).toEqual([]);
    for (const [username, password] of defaults)
      await expect(platform.login(username, password === '' ? 'x' : password)).rejects.toThrow(/login answered (401|429)/);
  }, 30_000);

  test('S-01: an unknown name and a wrong secret look alike, in answer and in time', async () => {
    const median = (runs: readonly Knock[]): number => runs.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(runs.length / 2)]!;
    const unknown = await Promise.all(Array.from({ length: 9 }, (_, i) => knock({ username: `nobody-${i}`, password: CREDENTIAL })));
    const wrong = await Promise.all(
      Array.from({ length: 9 }, (_, i) => knock({ username: 'd-2', password: `wrong-secret-${i}`, clientId: `c-${i}` })),
    );
    expect(new Set([...unknown, ...wrong].map(({ code }) => code)).size).toBe(1);
    expect(Math.abs(median(unknown) / median(wrong) - 1)).toBeLessThan(0.2);
  }, 30_000);

  const HOSTILE = [
    '#',
    '+',
    'a/b',
    'd-0/#',
    '+/+',
    '$SYS',
    '$share/g/d-0',
    '',
    ' ',
    'd-0 ',
    ' d-0',
    'd\u00000',
    'd\n0',
    "d'0",
    'd"0',
    'd;0',
    'd|0',
    'd\\0',
    '../d-0',
    '-d',
    '.d',
    '设备',
    'd\u200b0',
    'D'.repeat(65),
    '__proto__',
    '%23',
    '<b>',
    '${x}',
    '*',
    '?',
  ];
  test('S-03: ids that could widen a topic are refused at the listener and at the import', async () => {
    const knocks = await Promise.all(HOSTILE.map((username) => knock({ username, password: CREDENTIAL, clientId: 'x' })));
    expect(HOSTILE.filter((_, i) => knocks[i]?.code === 0)).toEqual([]);
    const before = await platform.get('/exports');
    for (const id of HOSTILE) {
      const answer = await platform.api('POST', '/imports', {
        version: 1,
        devices: [{ id, assetId: 'a-0', credential: CREDENTIAL, zone: 'Asia/Shanghai' }],
      });
      expect([id, answer.status, answer.body.errors?.[0]?.path]).toEqual([id, 422, expect.stringContaining('/devices/0')]);
    }
    expect(await platform.get('/exports')).toEqual(before);
    await stillServed();
  }, 60_000);

  test('S-02 S-05 S-09: foreign, system and monstrous topics end as dead letters or a closed socket, and hurt nobody', async () => {
    const rogue = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
      username: 'd-2',
      password: CREDENTIAL,
      reconnectPeriod: 0,
    });
    const received = async (): Promise<number> =>
      (await platform.get('/ledger')).items.find((item: { deviceId: string }) => item.deviceId === 'd-0')?.received ?? 0;
    const before = await received();
    const topics = [
      'anlan/v1/devices/d-0/telemetry',
      'anlan/v1/devices/d-0/status',
      '$SYS/x/new/clients',
      'anlan/v1/devices/d-2/telemetry/x',
      '/',
      'a'.repeat(201),
      'a/'.repeat(9),
    ];
    for (const topic of topics) await rogue.publishAsync(topic, JSON.stringify({ t: Date.now(), values: { test_ch4: 4.5 } }), { qos: 1 });
    const letters = await until('a dead letter for each', async () => {
      const items = await platform.all('/dead-letters?deviceId=d-2');
      return items.length >= topics.length ? items : undefined;
    });
    expect(letters.filter((letter) => !['not_yours', 'unknown_topic'].includes(letter.code as string))).toEqual([]);
    expect(Math.max(...letters.map((letter) => String(letter.topic).length))).toBeLessThan(1_000);
    const cut = new Promise<void>((resolve) => rogue.once('close', () => resolve()));
    await Promise.race([cut, rogue.publishAsync('/'.repeat(65_000), 'x', { qos: 1 })]);
    await rogue.endAsync(true);
    expect(await received()).toBe(before);
    expect((await platform.get('/alarms?open=true&pointId=d-0.ch4')).items).toEqual([]);
    await stillServed();
  }, 60_000);

  test('S-06: a will on a foreign or system topic of a connection that breaks reaches nobody and ends nothing', async () => {
    for (const topic of ['$SYS/x/new/clients', 'anlan/v1/devices/d-0/status', 'anlan/v1/devices/d-2/status']) {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
        username: 'd-2',
        password: CREDENTIAL,
        reconnectPeriod: 0,
        will: { topic, payload: Buffer.from('{"online":false}'), qos: 1, retain: true },
      });
      client.on('error', () => undefined);
      await until('it to be online', async () => ((await platform.get('/devices/d-2')).online === true ? true : undefined));
      client.stream.destroy();
      await until('it to be gone', async () => ((await platform.get('/devices/d-2')).online === false ? true : undefined));
    }
    expect((await platform.get('/devices/d-0')).online).toBe(true);
    await stillServed();
  }, 60_000);

  test('S-13: an hour of good old values does not clear a red that stands', async () => {
    const device = await Device.connect(platform.mqttPort, 'd-1', OTHER_SECRET);
    const t = Date.now();
    await device.telemetry({ t, values: { test_ch4: 4.6 } });
    const red = await until('the red', async () => (await platform.get('/alarms?open=true&pointId=d-1.ch4&level=red')).items[0]);
    await device.telemetry({ readings: Array.from({ length: 360 }, (_, i) => ({ m: 'test_ch4', t: t - 3_600_000 + i * 10_000, v: 0.1 })) });
    await until('the old values', async () =>
      (await platform.all(`/points/d-1.ch4/series?from=${new Date(t - 3_700_000).toISOString()}`)).length === 361 ? true : undefined,
    );
    expect(await platform.get(`/alarms/${red.id}`)).toMatchObject({
      process: 'active',
      level: 'red',
      ack: 'unacked',
      version: red.version,
    });
    await device.end();
  }, 60_000);

  test('S-14: a second value for the same time changes nothing that is kept, and is kept beside it with its reason', async () => {
    const t = Date.now() - 7_200_000;
    for (const v of [0.31, 0.99, 0.31]) await honest.telemetry({ t, values: { test_ch4: v } });
    const letter = await until('the conflict', async () =>
      (await platform.all('/dead-letters?deviceId=d-0')).find((one) => one.code === 'conflict'),
    );
    expect(letter.payload).toContain('0.99');
    const range = `from=${new Date(t - 1).toISOString()}&to=${new Date(t + 1).toISOString()}`;
    expect((await platform.get(`/points/d-0.ch4/series?${range}`)).items.map((sample: { v: number }) => sample.v)).toEqual([0.31]);
    expect(
      (await platform.get('/ledger')).items
        .filter((item: { deviceId: string }) => item.deviceId === 'd-0')
        .reduce((sum: number, item: { quarantined: number }) => sum + item.quarantined, 0),
    ).toBe(1);
  }, 60_000);
});
