import { CREDENTIAL, city } from '../rig/city.js';
import { Device } from '../rig/device.js';
import { Platform, sleep, temporaryFolder, until } from '../rig/platform.js';

/** Three wells, the difference between two of them as a derived point with limits, and a vote of two out of the three. */
const DIFFERENCE = {
  value: {
    op: 'sub',
    of: [
      { op: 'last', point: 'd-0.ch4' },
      { op: 'last', point: 'd-1.ch4' },
    ],
  },
  on: 'd-1.ch4',
  maxAge: '1h',
};
const bundle = (): Record<string, unknown> => {
  const base = city({ devices: 3, device: { liveHorizonMs: null, intervalMs: 3_600_000 } });
  return {
    ...base,
    points: [...(base['points'] as unknown[]), { id: 'difference', deviceId: 'd-0', metric: 'test_ch4', derived: DIFFERENCE }],
    groups: [{ id: 'wells', siteId: 's-0', pointIds: ['d-0.ch4', 'd-1.ch4', 'd-2.ch4'] }],
    rules: [
      ...(base['rules'] as unknown[]),
      { id: 'apart', kind: 'threshold', pointId: 'difference', side: 'high', levels: [{ level: 'orange', at: 5, deadband: 0 }] },
      { id: 'two', kind: 'vote', group: 'wells', k: 2, domains: 'device', at: 'difference' },
    ],
  };
};

describe('points that are computed, and votes', () => {
  const folder = temporaryFolder();
  let platform: Platform;
  let devices: readonly Device[];
  const begin = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;

  beforeAll(async () => {
    platform = await Platform.start({ dataDir: folder.path });
    await platform.import(bundle());
    devices = await Promise.all(['d-0', 'd-1', 'd-2'].map((id) => Device.connect(platform.mqttPort, id, CREDENTIAL)));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(devices.map((device) => device.end()));
    await platform?.kill9();
    folder.remove();
  });

  const send = async (minute: number, ...values: readonly number[]): Promise<void> => {
    for (const [i, v] of values.entries()) await devices[i]?.telemetry({ t: begin + minute * 60_000, values: { test_ch4: v } });
  };
  const seriesOf = async (count: number): Promise<readonly number[]> =>
    until(`${count} computed values`, async () => {
      const { items } = await platform.get('/points/difference/series');
      return items.length === count ? items.map(({ v }: { v: number }) => v) : undefined;
    });
  const alarms = async (): Promise<readonly string[]> => {
    await until('the pipeline at rest', async () => ((await platform.caughtUp()) ? true : undefined));
    const { items } = await platform.get('/alarms?pointId=difference');
    return items.map(({ ruleId, kind, process, level }: Record<string, string>) => `${ruleId} ${kind} ${process} ${level}`).sort();
  };

  test('are stored, shown and judged like any other, with the vote beside them', async () => {
    await send(0, 1.5, 0.5, 0.2);
    await send(1, 7, 0.5, 0.2);
    await send(2, 7, 3.5, 0.2);
    expect(await seriesOf(3)).toEqual([1, 6.5, 3.5]);
    expect(await alarms()).toEqual(['apart threshold normal orange', 'two vote active orange']);
    const { items } = await platform.get('/alarms?pointId=difference');
    const vote = items.find(({ ruleId }: { ruleId: string }) => ruleId === 'two');
    expect(vote.reason).toContain('d-0.ch4、d-1.ch4');
  }, 60_000);

  test('no device can send them, and the ledger does not count them', async () => {
    await devices[0]?.telemetry({ readings: [{ m: 'difference', t: begin, v: 1 }] });
    const letter = await until('a dead letter', async () => (await platform.get('/dead-letters?deviceId=d-0')).items[0]);
    expect(letter.code).toBe('unknown_metric');
    const counted = await until('the ledger', async () => {
      const [item] = (await platform.get('/ledger?deviceId=d-0')).items;
      return item.received === 4 && item.inFlight === 0 ? item : undefined;
    });
    expect(counted).toMatchObject({ stored: 3, rejected: 1 });
  }, 60_000);

  test('a kill in the middle changes neither values nor alarms', async () => {
    await send(3, 9, 3.5, 0.2);
    await platform.kill9();
    platform = await Platform.start({ dataDir: folder.path, httpPort: platform.httpPort, mqttPort: platform.mqttPort });
    await sleep(1_500);
    await send(4, 0, 0, 0.2);
    expect(await seriesOf(5)).toEqual([1, 6.5, 3.5, 5.5, 0]);
    expect(await alarms()).toEqual(['apart threshold normal orange', 'two vote normal orange']);
  }, 60_000);
});
