import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anlan } from '../rig/anlan.js';
import { CREDENTIAL } from '../rig/city.js';
import { DISTRIBUTED } from '../rig/distributed.js';
import { describeMeasurements, measurements, tableOf } from '../rig/measurements.js';
import { Platform, temporaryFolder, until } from '../rig/platform.js';
import { type Change, type Limits, changesOf, ladderOf } from '../rig/naive-threshold.js';
import { transitionsOf } from '../rig/transitions.js';

type Track = Readonly<{ pointId: string; device: string; metric: string; column: string }>;
/** One file, or its first `rows`, or the part of it where `where` holds, as the devices that wrote it. */
type Source = Readonly<{
  name: string;
  file: string;
  time: string;
  rows?: number;
  where?: Readonly<Record<string, string>>;
  tracks: readonly Track[];
}>;
type Sample = Readonly<{ t: number; v: number }>;

const METHANE = 'methane-metec-2022/sensors_1min.csv.gz';
const RAIN = 'rain-landslide-mukilteo/rain_hourly.csv.gz';
const RAIN_15 = 'rain-landslide-mukilteo/rain_15min_2015.csv.gz';
const INSTRUMENTS = 'rain-landslide-mukilteo/instruments_mvd116_15min.csv.gz';
/** The whole week; on the distributed form, where each reading costs several times as much beside everything else on two cores, its first day. */
const METHANE_ROWS = DISTRIBUTED ? 1_440 : undefined;
/** One device may send 20 000 readings ahead of its rate, so the columns of the wide table belong to several loggers. */
const COLUMNS_A_LOGGER = 7;

const idOf = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '_');

function track(device: string, column: string): Track {
  const metric = `m_${idOf(column)}`;
  return { pointId: `${device}.${metric}`, device, metric, column };
}

function columnsOf(file: string, but: string): readonly string[] {
  return Object.keys(tableOf(file)[0] ?? {}).filter((name) => name !== but);
}

function sourcesOf(): readonly Source[] {
  const stations = (file: string): readonly string[] => [...new Set(tableOf(file).map((row) => row['station'] ?? ''))];
  const rain = (file: string, time: string, kind: string): readonly Source[] =>
    stations(file).map((station) => ({
      name: `${kind} at ${station}`,
      file,
      time,
      where: { station },
      tracks: [track(`${kind}-${station}`, 'rain_in')],
    }));
  return [
    {
      name: DISTRIBUTED ? 'a day of methane' : 'a week of methane',
      file: METHANE,
      time: 'time_utc',
      ...(METHANE_ROWS !== undefined && { rows: METHANE_ROWS }),
      tracks: columnsOf(METHANE, 'time_utc').map((column) => track(`metec-${idOf(column)}`, column)),
    },
    ...rain(RAIN, 'hour_end_local', 'hourly'),
    ...rain(RAIN_15, 'timestamp_local', 'quarter'),
    {
      name: 'hillslope instruments',
      file: INSTRUMENTS,
      time: 'timestamp_local',
      tracks: columnsOf(INSTRUMENTS, 'timestamp_local').map((column, i) => track(`logger-${Math.floor(i / COLUMNS_A_LOGGER)}`, column)),
    },
  ];
}

/** The samples of a track, straight from the file; a second row of one time is dropped, as the first stands. */
function samplesOf({ file, time, rows, where = {} }: Source, { column }: Track): Readonly<{ samples: readonly Sample[]; repeats: number }> {
  const first = new Map<number, number>();
  let repeats = 0;
  for (const row of tableOf(file).slice(0, rows)) {
    const cell = row[column] ?? '';
    if (cell === '' || Object.entries(where).some(([name, text]) => row[name] !== text)) continue;
    const text = row[time] ?? '';
    const t = Date.parse(text.endsWith('Z') ? text : `${text}Z`);
    if (first.has(t)) repeats++;
    else first.set(t, Number(cell));
  }
  return { samples: [...first].map(([t, v]) => ({ t, v })), repeats };
}

/** The table as the command line is given it. */
function fileFor({ file, rows }: Source, folder: string): string {
  if (rows === undefined) return measurements(file);
  const table = tableOf(file).slice(0, rows);
  const names = Object.keys(table[0] ?? {});
  const path = join(folder, 'part.csv');
  writeFileSync(path, [names, ...table.map((row) => names.map((name) => row[name]))].map((cells) => cells.join(',')).join('\n'));
  return path;
}

function bundleOf(sources: readonly Source[], limits: ReadonlyMap<string, Limits>): unknown {
  const tracks = sources.flatMap((source) => source.tracks);
  const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];
  return {
    version: 1,
    regions: [{ code: '990200', name: '回放区' }],
    units: [{ id: 'u', name: '回放单位', role: 'owner' }],
    people: [{ id: 'p', name: '值班', unitId: 'u' }],
    metrics: unique(tracks.map(({ metric }) => metric)).map((code) => ({ code, name: code, unit: '1', min: -1e9, max: 1e9 })),
    sites: [{ id: 's', name: '回放站', domain: 'tsf', regionCode: '990200', unitId: 'u', lon: 117, lat: 31 }],
    assets: [{ id: 'a', siteId: 's', name: '回放对象' }],
    devices: unique(tracks.map(({ device }) => device)).map((id) => ({
      id,
      assetId: 'a',
      credential: CREDENTIAL,
      intervalMs: 3_600_000,
      liveHorizonMs: null,
    })),
    points: tracks.map(({ pointId: id, device: deviceId, metric }) => ({ id, deviceId, metric })),
    rules: tracks.map(({ pointId }) => ({
      id: `r-${pointId}`,
      kind: 'threshold',
      pointId,
      side: 'high',
      levels: (limits.get(pointId) ?? []).map(({ level, at, deadband }) => ({ level, at, deadband })),
    })),
  };
}

describeMeasurements('real measurements, end to end in fast time', () => {
  const folder = temporaryFolder();
  const sources = sourcesOf();
  const limits = new Map(
    sources.flatMap((source) =>
      source.tracks.map((one) => [one.pointId, ladderOf(samplesOf(source, one).samples.map(({ v }) => v))] as const),
    ),
  );
  let platform: Platform;

  beforeAll(async () => {
    platform = await Platform.start({ dataDir: folder.path, env: { ANLAN_RETENTION_RAW: 'off', ANLAN_RATE_API: '1000000' } });
    const bundle = join(folder.path, 'bundle.json');
    writeFileSync(bundle, JSON.stringify(bundleOf(sources, limits)));
    await anlan(platform, 'import', bundle);
    writeFileSync(
      join(folder.path, 'credentials.json'),
      JSON.stringify(Object.fromEntries(sources.flatMap(({ tracks }) => tracks.map(({ device }) => [device, CREDENTIAL])))),
    );
  }, 120_000);

  afterAll(async () => {
    await platform?.kill9();
    folder.remove();
  });

  test.each(sources.map((source) => [source.name, source] as const))(
    '%s: every row is in the series, the ledger closes, the alarms are those of a loop of a few lines',
    async (_name, source) => {
      const map = {
        time: { column: source.time },
        where: source.where ?? {},
        columns: Object.fromEntries(source.tracks.map(({ column, device, metric }) => [column, { device, metric }])),
      };
      const before = Date.now();
      const report = await anlan(
        platform,
        'replay',
        fileFor(source, folder.path),
        '--map',
        JSON.stringify(map),
        '--speed',
        'max',
        '--credentials',
        join(folder.path, 'credentials.json'),
      );
      const offset = report.offsetMs as number;
      expect(report.lastAt).toBeGreaterThanOrEqual(before);
      expect(report.lastAt).toBeLessThanOrEqual(Date.now());

      const expected = source.tracks.map((one) => ({ ...one, ...samplesOf(source, one) }));
      const stored = expected.reduce((sum, { samples }) => sum + samples.length, 0);
      const repeats = expected.reduce((sum, one) => sum + one.repeats, 0);
      expect(report.readings).toBe(stored + repeats);

      const devices = new Set(source.tracks.map(({ device }) => device));
      const ledger = await until(
        'the pipeline at rest',
        async () => {
          const { items } = await platform.get(`/ledger?deviceId=${[...devices].join(',')}`);
          const sum = (name: string): number => items.reduce((total: number, item: Record<string, number>) => total + (item[name] ?? 0), 0);
          return sum('received') === stored + repeats && sum('inFlight') === 0 && (await platform.caughtUp()) ? { sum, items } : undefined;
        },
        120_000,
        250,
      );
      expect(ledger.items.map(({ gaps }: { gaps: unknown[] }) => gaps)).toEqual([...devices].map(() => []));
      expect({
        stored: ledger.sum('stored'),
        duplicate: ledger.sum('duplicate'),
        rejected: ledger.sum('rejected'),
        quarantined: ledger.sum('quarantined'),
      }).toEqual({ stored, duplicate: repeats, rejected: 0, quarantined: 0 });

      let changes = 0;
      for (const { pointId, samples } of expected) {
        const items = await platform.all(`/points/${pointId}/series?from=1970-01-01T00:00:00.000Z`);
        const got = items.map(({ t, v }: { t: string; v: number }) => [Date.parse(t) - offset, v]);
        expect(got).toEqual([...samples].sort((a, b) => a.t - b.t).map(({ t, v }) => [t, v]));

        const want: readonly Change[] = changesOf(samples, limits.get(pointId) ?? []);
        expect((await transitionsOf(platform, pointId)).map(({ t, level }) => [t - offset, level])).toEqual(
          want.map(({ t, level }) => [t, level]),
        );
        changes += want.length;
      }
      expect(changes).toBeGreaterThan(0);
      process.stderr.write(
        `${source.name}: ${stored} readings, ${repeats} repeats, ${changes} changes of level, sent in ${report.tookMs} ms\n`,
      );
    },
    300_000,
  );

  test('the clock that was set back shows as eight duplicates, and nothing else was refused', async () => {
    const { items } = await platform.get('/ledger');
    const total = (name: string): number => items.reduce((sum: number, item: Record<string, number>) => sum + (item[name] ?? 0), 0);
    expect(total('duplicate')).toBe(8);
    expect(total('received')).toBe(total('stored') + total('duplicate'));
    expect((await platform.get('/dead-letters')).items).toEqual([]);
    expect((await platform.get('/alarms?retrospective=true')).items).toEqual([]);
  });
});
