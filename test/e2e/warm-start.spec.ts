import { CREDENTIAL, city } from '../rig/city.js';
import { Device } from '../rig/device.js';
import { Platform, sleep, temporaryFolder, until } from '../rig/platform.js';

const MINUTE_MS = 60_000;
/** Ten hours of a quiet point, and a rule that learns five of them before it speaks. */
const READINGS = 600;
const RULE = { id: 'usual', kind: 'baseline', pointId: 'd-0.ch4', season: 'none', learn: '5h', levels: [{ level: 'red', at: 12 }] };
/** Far fewer readings than a rule without a past needs. */
const MOST_OUTLIERS = 40;

const since = Math.floor((Date.now() - 20 * 3_600_000) / MINUTE_MS) * MINUTE_MS;
const at = (i: number): number => since + i * MINUTE_MS;
const quiet = (i: number): number => 10 + ((i * 7919) % 11) / 10;

describe('a new rule on a point with a past', () => {
  const folder = temporaryFolder();
  let platform: Platform;
  let device: Device;
  afterAll(async () => {
    await device?.end();
    await platform?.kill9();
    folder.remove();
  });

  test('0026: speaks from the first readings on, also when the platform is killed before it has read the past', async () => {
    platform = await Platform.start({ dataDir: folder.path, env: { ANLAN_RETENTION_RAW: 'off' } });
    await platform.import(city({ devices: 1, rule: null, device: { liveHorizonMs: null, intervalMs: MINUTE_MS } }));
    device = await Device.connect(platform.mqttPort, 'd-0', CREDENTIAL);
    for (let i = 0; i < READINGS; i += 100)
      await device.telemetry({ readings: Array.from({ length: 100 }, (_, k) => ({ m: 'test_ch4', t: at(i + k), v: quiet(i + k) })) });
    await until('the past to be stored', async () => ((await platform.caughtUp()) ? true : undefined));
    expect((await platform.api('POST', '/rules', RULE)).status).toBe(201);
    await platform.kill9();

    const { httpPort, mqttPort, dataDir } = platform;
    platform = await Platform.start({ dataDir, httpPort, mqttPort, env: { ANLAN_RETENTION_RAW: 'off' } });
    let sent = 0;
    const red = await until(
      'the rule to know what is usual',
      async () => {
        if (sent < MOST_OUTLIERS) await device.telemetry({ t: at(READINGS + sent++), values: { test_ch4: 60 } });
        await sleep(200);
        const { items } = await platform.get('/alarms?open=true');
        return items.find(({ kind }: { kind: string }) => kind === 'baseline');
      },
      30_000,
    );
    expect(red).toMatchObject({ level: 'red', pointId: 'd-0.ch4', ruleId: 'usual' });
    expect(sent).toBeLessThanOrEqual(MOST_OUTLIERS);
    // What stood when the past was read is told with its true beginning.
    expect(Date.parse(red.t0 ?? red.firstBreachAt)).toBe(at(READINGS));
  }, 120_000);

  test('a back-test that was accepted is answered for after a restart', async () => {
    const order = { rule: 'usual', from: new Date(since).toISOString(), to: new Date(at(READINGS)).toISOString() };
    const { status, body } = await platform.api('POST', '/backtests', order);
    expect([status, body.state]).toEqual([202, 'queued']);
    await platform.kill9();
    const { httpPort, mqttPort, dataDir } = platform;
    platform = await Platform.start({ dataDir, httpPort, mqttPort, env: { ANLAN_RETENTION_RAW: 'off' } });
    expect(await platform.get(`/backtests/${body.id}`)).toMatchObject({ id: body.id, ruleId: 'usual' });
  }, 120_000);
});
