import { CREDENTIAL, city } from '../rig/city.js';
import { Device } from '../rig/device.js';
import { Platform, temporaryFolder, until } from '../rig/platform.js';

type Row = Readonly<{
  id: string;
  kind: string;
  level: string;
  peakLevel: string;
  process: string;
  version: number;
  firstBreachAt: string;
  endedAt: string | null;
  retrospective: boolean;
}>;

const MINUTE_MS = 60_000;
const iso = (t: number): string => new Date(t).toISOString();

/** A device was cut off for three hours and uploads what it kept: rose and fell twice while nobody could know, and rose again 40 minutes ago. */
describe('a device uploads three hours that end now', () => {
  const folder = temporaryFolder();
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  const ago = (minutes: number): number => now - minutes * MINUTE_MS;
  /** Minutes ago → value; limits are 1, 2, 3, 4. */
  const story = (minutes: number): number => {
    if (minutes <= 160 && minutes > 150) return 2.5;
    if (minutes <= 100 && minutes > 90) return 4.5;
    if (minutes <= 40) return minutes > 20 ? 3.5 : 2.2;
    return 0.3;
  };
  let platform: Platform;
  let device: Device;

  beforeAll(async () => {
    platform = await Platform.start({ dataDir: folder.path });
    await platform.import(city({ devices: 2 }));
    device = await Device.connect(platform.mqttPort, 'd-0', CREDENTIAL);
    const history = Array.from({ length: 181 }, (_, i) => 180 - i).map((minutes) => ({
      t: ago(minutes),
      values: { test_ch4: story(minutes) },
    }));
    await device.telemetry(history.slice(0, 90));
    await device.telemetry(history.slice(90));
    await until('the pipeline at rest', async () => ((await platform.caughtUp()) ? true : undefined));
  }, 90_000);

  afterAll(async () => {
    await device?.end();
    await platform?.kill9();
    folder.remove();
  });

  const rows = async (query: string): Promise<readonly Row[]> =>
    (await platform.all(`/alarms?pointId=d-0.ch4${query}`)).filter(({ kind }: Row) => kind === 'threshold');
  const live = async (): Promise<readonly Row[]> => rows('&open=true');
  const past = async (): Promise<readonly Row[]> =>
    [...(await rows('&retrospective=true'))].sort((a, b) => a.firstBreachAt.localeCompare(b.firstBreachAt));

  test('rulings 4, 5: it gives one live alarm, with its true start and the level of now', async () => {
    expect(await live()).toEqual([
      expect.objectContaining({ level: 'yellow', process: 'active', firstBreachAt: iso(ago(40)), retrospective: false }),
    ]);
  });

  test('ruling 32: what rose and fell before is on record, born normal, and outside the open ones', async () => {
    expect(await past()).toEqual([
      expect.objectContaining({
        peakLevel: 'yellow',
        process: 'normal',
        firstBreachAt: iso(ago(160)),
        endedAt: iso(ago(150)),
        retrospective: true,
      }),
      expect.objectContaining({
        peakLevel: 'red',
        process: 'normal',
        firstBreachAt: iso(ago(100)),
        endedAt: iso(ago(90)),
        retrospective: true,
      }),
    ]);
  });

  test('nobody is called out for history: the record tells nobody loudly, the live alarm does', async () => {
    for (const { id } of await past()) {
      const { items } = await platform.get(`/alarms/${id}/notifications`);
      expect(items.map(({ kind }: { kind: string }) => kind).filter((kind: string) => kind !== 'late')).toEqual([]);
    }
    const [alarm] = await live();
    const told = await until('the notice of the live alarm', async () => {
      const { items } = await platform.get(`/alarms/${alarm?.id ?? ''}/notifications`);
      return items.length > 0 ? items : undefined;
    });
    expect(told.map(({ kind }: { kind: string }) => kind)).toEqual(expect.arrayContaining(['raise']));
  });

  test('R-14: late readings, calm or red, never move the live alarm', async () => {
    const [before] = await live();
    await device.telemetry({ t: ago(30) + 500, values: { test_ch4: 0.1 } });
    await device.telemetry({ t: ago(5) + 500, values: { test_ch4: 0.1 } });
    await device.telemetry({ t: ago(3) + 500, values: { test_ch4: 9 } });
    await device.telemetry({ t: ago(2) + 500, values: { test_ch4: 0.1 } });
    await until('the late readings stored', async () =>
      (await platform.all('/points/d-0.ch4/series?from=1970-01-01T00:00:00.000Z')).length === 185 ? true : undefined,
    );
    await until('the pipeline at rest', async () => ((await platform.caughtUp()) ? true : undefined));
    expect(await live()).toEqual([before]);
  }, 60_000);

  test('and the next reading in order does', async () => {
    await device.telemetry({ t: now + 1_000, values: { test_ch4: 0.2 } });
    const [alarm] = await until('the recovery', async () => {
      const found = await live();
      return found[0]?.process === 'normal' ? found : undefined;
    });
    expect(alarm).toMatchObject({ endedAt: iso(now + 1_000), firstBreachAt: iso(ago(40)) });
    expect(await live()).toHaveLength(1);
  }, 60_000);

  test('an outage in which the condition is over by now raises nothing live', async () => {
    const other = await Device.connect(platform.mqttPort, 'd-1', CREDENTIAL);
    await other.telemetry(
      [180, 120, 110, 100, 60, 0].map((minutes, i) => ({ t: ago(minutes), values: { test_ch4: i === 2 ? 4.5 : 0.2 } })),
    );
    const [record] = await until('its record', async () => {
      const found = (await platform.all('/alarms?pointId=d-1.ch4&retrospective=true')).filter(({ kind }: Row) => kind === 'threshold');
      return found.length > 0 ? found : undefined;
    });
    expect(record).toMatchObject({ peakLevel: 'red', firstBreachAt: iso(ago(110)), endedAt: iso(ago(100)) });
    expect((await platform.all('/alarms?pointId=d-1.ch4&open=true')).filter(({ kind }: Row) => kind === 'threshold')).toEqual([]);
    await other.end();
  }, 60_000);
});
