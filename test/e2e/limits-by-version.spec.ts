import { CREDENTIAL, city } from '../rig/city.js';
import { Device } from '../rig/device.js';
import { Platform, temporaryFolder, until } from '../rig/platform.js';
import { transitionsOf } from '../rig/transitions.js';

const DAY_MS = 86_400_000;
const TEN_DAYS_MS = 10 * DAY_MS;
const COLOURS = ['blue', 'orange', 'red'] as const;
/** What the authority publishes every ten days (made up): up, far down, up again, and a little down. */
const PUBLISHED = [
  [10, 12, 14],
  [11, 13.5, 15],
  [6, 8, 9],
  [12, 12.5, 16],
] as const;
/** A level around all of those limits, hitting some of them exactly. */
const level = (i: number): number => [5, 10, 11, 12, 12.5, 13.5, 14, 15, 16, 9, 8, 6, 7.99, 13.49][(i * 5 + (i >> 3)) % 14] ?? 0;

const since = Math.floor((Date.now() - 60 * DAY_MS) / DAY_MS) * DAY_MS;
const from = (version: number): number => since + version * TEN_DAYS_MS;
/** A reading at each midnight, and one in the last millisecond before each new set of limits. */
const DAYS = Array.from({ length: 40 }, (_, day) => since + day * DAY_MS)
  .flatMap((t) => ((t - since) % TEN_DAYS_MS === 0 && t > since ? [t - 1, t] : [t]))
  .map((t, i) => ({ t, v: level(i) }));

const colourOf = ({ t, v }: Readonly<{ t: number; v: number }>): string => {
  const limits = PUBLISHED[Math.floor((t - since) / TEN_DAYS_MS)] ?? [];
  return COLOURS[limits.findLastIndex((at) => v >= at)] ?? 'normal';
};

const rule = (device: number, version: number): unknown => ({
  id: `r-${device}`,
  kind: 'threshold',
  pointId: `d-${device}.ch4`,
  side: 'high',
  validFrom: new Date(from(version)).toISOString(),
  source: `第 ${version + 1} 期公告`,
  levels: (PUBLISHED[version] ?? []).map((at, i) => ({ level: COLOURS[i], at, deadband: 0 })),
});

describe('an authority publishes new blue, orange and red levels every ten days', () => {
  const folder = temporaryFolder();
  let platform: Platform;

  beforeAll(async () => {
    platform = await Platform.start({ dataDir: folder.path, env: { ANLAN_RETENTION_RAW: 'off' } });
    await platform.import(city({ devices: 2, rule: null, device: { liveHorizonMs: null, intervalMs: DAY_MS } }));
  }, 60_000);

  afterAll(async () => {
    await platform?.kill9();
    folder.remove();
  });

  const publish = (device: number, version: number): Promise<unknown> => platform.import({ version: 1, rules: [rule(device, version)] });
  const send = async (device: Device, readings: readonly Readonly<{ t: number; v: number }>[]): Promise<void> => {
    for (const { t, v } of readings) await device.telemetry({ t, values: { test_ch4: v } });
  };
  const coloursOf = async (device: number): Promise<readonly string[]> => {
    await until('the pipeline at rest', async () => ((await platform.caughtUp()) ? true : undefined));
    const transitions = await transitionsOf(platform, `d-${device}.ch4`);
    return DAYS.map(({ t }) => transitions.findLast((one) => one.t <= t)?.level ?? 'normal');
  };

  test('published one after another while the readings come: the colour of each day is exact', async () => {
    const device = await Device.connect(platform.mqttPort, 'd-0', CREDENTIAL);
    for (const version of PUBLISHED.keys()) {
      await publish(0, version);
      await send(
        device,
        DAYS.filter(({ t }) => t >= from(version) && t < from(version + 1)),
      );
    }
    expect(await coloursOf(0)).toEqual(DAYS.map(colourOf));
    await device.end();
  }, 60_000);

  test('all published before the readings come, as after a long outage: the same colours', async () => {
    for (const version of PUBLISHED.keys()) await publish(1, version);
    const device = await Device.connect(platform.mqttPort, 'd-1', CREDENTIAL);
    await send(device, DAYS);
    expect(await coloursOf(1)).toEqual(DAYS.map(colourOf));
    await device.end();
  }, 60_000);

  test('the days are coloured in all ways, so that a version taken a day early or late would show', () => {
    expect(new Set(DAYS.map(colourOf))).toEqual(new Set(['normal', ...COLOURS]));
    const withOthers = DAYS.filter(({ t, v }) =>
      PUBLISHED.some((limits) => (COLOURS[limits.findLastIndex((at) => v >= at)] ?? 'normal') !== colourOf({ t, v })),
    );
    expect(withOthers.length).toBeGreaterThan(DAYS.length / 2);
    for (const version of [1, 2, 3]) {
      const [before, first] = [DAYS.find(({ t }) => t === from(version) - 1), DAYS.find(({ t }) => t === from(version))];
      expect([before, first]).toEqual([expect.anything(), expect.anything()]);
    }
  });

  test('the source of the limits stands with the rule', async () => {
    const { items } = await platform.get('/rules');
    expect(items.map(({ source }: { source: string }) => source)).toEqual(['第 4 期公告', '第 4 期公告']);
  });
});
