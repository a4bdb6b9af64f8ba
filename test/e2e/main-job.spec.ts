import { Device } from '../rig/device.js';
import { CREDENTIAL, city } from '../rig/city.js';
import { Platform, temporaryFolder, until } from '../rig/platform.js';

/** The main job, seen only through the contract: a reading becomes a four-colour alarm that a person acknowledges. */
describe('the main job', () => {
  const folder = temporaryFolder();
  let platform: Platform;
  let device: Device;

  beforeAll(async () => {
    platform = await Platform.start({ dataDir: folder.path });
    await platform.import(city({ devices: 3 }));
    device = await Device.connect(platform.mqttPort, 'd-0', CREDENTIAL);
  }, 60_000);

  afterAll(async () => {
    await device?.end();
    await platform?.kill9();
    folder.remove();
  });

  const openAlarm = async (): Promise<any> =>
    (await platform.get('/alarms?open=true&pointId=d-0.ch4')).items.find((alarm: { kind: string }) => alarm.kind === 'threshold');

  test('one alarm climbs through the colours, is acknowledged, un-acknowledged by a rise, and recovers', async () => {
    const t = Date.now() - 5_000;
    await device.telemetry({ t, values: { test_ch4: 1.5 } });
    const blue = await until('a blue alarm', async () => {
      const alarm = await openAlarm();
      return alarm?.level === 'blue' ? alarm : undefined;
    });
    expect(blue).toMatchObject({
      process: 'active',
      ack: 'unacked',
      work: 'awaiting_confirmation',
      siteId: 's-0',
      regionCode: '990101',
      domain: 'uspace',
      unit: '%VOL',
      value: 1.5,
      retrospective: false,
    });
    expect(blue.firstBreachAt).toBe(new Date(t).toISOString());

    await device.telemetry({ t: t + 1_000, values: { test_ch4: '4.2' } });
    const red = await until('the same alarm in red', async () => {
      const alarm = await openAlarm();
      return alarm?.level === 'red' ? alarm : undefined;
    });
    expect(red.id).toBe(blue.id);

    const notices = await until('its notification in the outbox', async () => {
      const { items } = await platform.get(`/alarms/${red.id}/notifications`);
      return items.some((item: { state: string; level: string }) => item.state === 'sent' && item.level === 'red') ? items : undefined;
    });
    expect(notices.find((item: { level: string }) => item.level === 'red').link).toMatch(/\/a\/[\w-]{20,}$/);

    const done = await platform.api('POST', `/alarms/${red.id}/commands`, {
      type: 'acknowledge',
      expectedVersion: red.version,
      idempotencyKey: 'ack-1',
    });
    expect(done.status).toBe(200);
    expect((await openAlarm()).ack).toBe('acked');
    const again = await platform.api('POST', `/alarms/${red.id}/commands`, {
      type: 'acknowledge',
      expectedVersion: red.version,
      idempotencyKey: 'ack-1',
    });
    expect(again.body).toEqual(done.body);
    expect(
      (await platform.api('POST', `/alarms/${red.id}/commands`, { type: 'comment', comment: '已到现场', expectedVersion: 1 })).status,
    ).toBe(409);

    await device.telemetry({ t: t + 2_000, values: { test_ch4: 0.2 } });
    const over = await until('the recovery', async () => {
      const alarm = await platform.get(`/alarms/${red.id}`);
      return alarm.process === 'normal' ? alarm : undefined;
    });
    expect(over).toMatchObject({ level: 'red', peakLevel: 'red', work: 'confirmed', endedAt: new Date(t + 2_000).toISOString() });

    const timeline = (await platform.get(`/alarms/${red.id}/timeline`)).items;
    expect(timeline.map((event: { seq: number }) => event.seq)).toEqual(timeline.map((_: unknown, i: number) => i + 1));
    expect(timeline.map((event: { type: string }) => event.type)).toEqual(
      expect.arrayContaining(['raised', 'level_rose', 'acknowledged', 'recovered']),
    );
  }, 60_000);

  test('what was acknowledged is in the series, and the ledger closes', async () => {
    const samples = await until('three samples', async () => {
      const { items } = await platform.get('/points/d-0.ch4/series');
      return items.length === 3 ? items : undefined;
    });
    expect(samples.map((sample: { v: number }) => sample.v)).toEqual([1.5, 4.2, 0.2]);
    const { items } = await platform.get('/ledger');
    expect(items.find((item: { deviceId: string }) => item.deviceId === 'd-0')).toMatchObject({
      received: 3,
      stored: 3,
      rejected: 0,
      duplicate: 0,
      quarantined: 0,
      inFlight: 0,
    });
  }, 30_000);

  test('a bad reading becomes a dead letter with its reason and hurts no neighbour', async () => {
    const t = Date.now();
    await device.telemetry({
      readings: [
        { m: 'test_ch4', t, v: 'nonsense' },
        { m: 'no_such_metric', t, v: 1 },
        { m: 'test_ch4', t: t + 1, v: 0.3 },
      ],
    });
    const letters = await until('two dead letters', async () => {
      const page = await platform.get('/dead-letters?deviceId=d-0');
      return page.items.length === 2 ? page.items : undefined;
    });
    expect(letters.map((letter: { code: string }) => letter.code).sort()).toEqual(['unknown_metric', 'value_bad']);
    await until('the good neighbour', async () => {
      const page = await platform.get(`/points/d-0.ch4/series?from=${new Date(t).toISOString()}`);
      return page.items.some((sample: { v: number }) => sample.v === 0.3) ? true : undefined;
    });
  }, 30_000);

  test('the signed link shows on GET and acknowledges on POST', async () => {
    const other = await Device.connect(platform.mqttPort, 'd-1', CREDENTIAL);
    await other.telemetry({ t: Date.now(), values: { test_ch4: 3.5 } });
    const alarm = await until(
      'an orange alarm',
      async () => (await platform.get('/alarms?open=true&pointId=d-1.ch4&level=orange')).items[0],
    );
    const link = await until(
      'its link',
      async () => (await platform.get(`/alarms/${alarm.id}/notifications`)).items.find((item: { link: string | null }) => item.link)?.link,
      15_000,
    );
    const path = new URL(link as string).pathname;
    const shown = await platform.raw(path);
    expect(shown.status).toBe(200);
    expect((await platform.get(`/alarms/${alarm.id}`)).ack).toBe('unacked');
    const acted = await platform.raw(path, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'action=acknowledge',
    });
    expect(acted.status).toBeLessThan(400);
    expect((await platform.get(`/alarms/${alarm.id}`)).ack).toBe('acked');
    expect((await platform.raw('/a/AAAAAAAAAAAAAAAAAAAAAA')).status).toBe(404);
    await other.end();
  }, 120_000);

  test('a crash changes nothing: everything acknowledged is there after kill -9', async () => {
    const t = Date.now();
    const third = await Device.connect(platform.mqttPort, 'd-2', CREDENTIAL);
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => third.telemetry({ seq: i + 1, t: t - 50_000 + i * 1_000, values: { test_ch4: 0.5 } })),
    );
    await third.end();
    await platform.kill9();
    platform = await Platform.start({ dataDir: folder.path, httpPort: platform.httpPort, mqttPort: platform.mqttPort });
    const samples = await until(
      'all fifty',
      async () => {
        const { items } = await platform.get('/points/d-2.ch4/series');
        return items.length === 50 ? items : undefined;
      },
      30_000,
    );
    expect(new Set(samples.map((sample: { t: string }) => sample.t)).size).toBe(50);
    const stopped = await platform.stop();
    expect(stopped.code).toBe(0);
    expect(stopped.ms).toBeLessThan(10_000);
  }, 90_000);
});
