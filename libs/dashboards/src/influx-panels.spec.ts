import { randomUUID } from 'node:crypto';
import { dropBucket, ensureBuckets, influxRollups, influxSeries, type InfluxSeries } from '@anlan/adapter-influx';
import type { Quality } from '@anlan/contracts';
import { silentLogger, silentMeter } from '@anlan/observability';
import { demoCity, loadPacks } from '@anlan/packs';
import type { Clock, SeriesRow } from '@anlan/ports';
import { describeWith, engineSettings } from '@anlan/testing';
import { dashboards } from './dashboards.js';
import { targetsOf, type PanelTarget } from './panel-targets.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS = 12;
/** An hour that is over: every panel of 5 minutes then has twelve rows, and the hour is one row. */
const FROM = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;
const TO = FROM + HOUR;

type DemoPoint = Readonly<{ id: string; site: string; domain: string; metric: string; value: number }>;

const packs = loadPacks();
const city = demoCity(packs);
/** So that runs beside each other, and earlier ones, do not count here. */
const RUN = `spec${randomUUID().slice(0, 8)}`;
const POINTS = city.points.map(demoPoint);
const SITES = city.sites.map(({ id, domain }) => ({ id: `${RUN}-${id}`, domain }));

function demoPoint({ id, deviceId, metric }: Readonly<{ id: string; deviceId: string; metric: string }>): DemoPoint {
  const asset = city.devices.find((device) => device.id === deviceId)?.assetId;
  const site = city.assets.find((one) => one.id === asset)?.siteId;
  const { min = 0, max = 100, domain } = packs.metrics.get(metric) ?? {};
  return {
    id: `${RUN}-${id}`,
    site: `${RUN}-${String(site)}`,
    domain: domain ?? city.sites.find((one) => one.id === site)?.domain ?? '',
    metric,
    value: (min ?? 0) + ((max ?? 100) - (min ?? 0)) * 0.25,
  };
}

/** Twelve good readings a point, and a bad one that no chart of values may show. */
const rowsOf = ({ id, value }: DemoPoint, n: number): readonly SeriesRow[] => {
  const row = (t: number, v: number, q: Quality, index: number): SeriesRow => ({
    reading: { pointId: id, t, v, q },
    origin: `0:${n}:${index}`,
    receivedAt: t + 100,
  });
  return [
    ...Array.from({ length: STEPS }, (_, step) => row(FROM + step * 5 * MINUTE, value + step / 1000, 'good', step)),
    row(FROM + 1, 1e9, 'bad', STEPS),
  ];
};

type Table = Readonly<{
  name: string;
  tags?: Readonly<Record<string, string>>;
  columns: readonly string[];
  values: readonly (readonly unknown[])[];
}>;

/** What Grafana fills in before it asks. */
function filled(text: string, sites: readonly string[], point: string): string {
  const escaped = (id: string): string => id.replace(/[.\\^$*+?()|[\]{}/]/g, '\\$&');
  return text
    .replaceAll('$timeFilter', `time >= ${FROM}ms AND time < ${TO}ms`)
    .replaceAll('$__interval', '5m')
    .replaceAll('${site:regex}', `(${sites.map(escaped).join('|')})`)
    .replaceAll('${point:regex}', escaped(point));
}

describeWith('influx', 'InfluxQL panels on the real store with demo data', (address) => {
  const { ANLAN_INFLUX_TOKEN: token = '', ANLAN_INFLUX_ORG: org = 'anlan' } = engineSettings();
  const bucket = `dashboards_${RUN}`;
  const rollupBucket = `${bucket}/rollup`;
  const clock: Clock = {
    now: () => TO + HOUR,
    mono: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const quiet = { clock, meter: silentMeter, logger: silentLogger };
  const tags = new Map(POINTS.map(({ id, site, metric }) => [id, { site, metric }]));
  let series: InfluxSeries;

  async function ask(query: string): Promise<readonly Table[]> {
    const response = await fetch(`${address}/query?${new URLSearchParams({ db: bucket, epoch: 'ms', q: query }).toString()}`, {
      headers: { Authorization: `Token ${token}` },
    });
    const { results } = (await response.json()) as { results: readonly Readonly<{ error?: string; series?: readonly Table[] }>[] };
    const [{ error, series = [] } = {}] = results;
    if (error !== undefined) throw new Error(`${error}: ${query}`);
    return series;
  }

  beforeAll(async () => {
    series = influxSeries({ url: address, token, org, bucket, tagsOf: (id) => tags.get(id), ...quiet });
    await ensureBuckets(series.connection, org, [
      { name: bucket, keepMs: null },
      { name: rollupBucket, keepMs: null },
    ]);
    const outcomes = await series.write(POINTS.flatMap(rowsOf));
    expect(outcomes.filter((outcome) => outcome !== 'stored')).toEqual([]);
    const rollups = influxRollups({ connection: series.connection, bucket, rollupBucket, rawKeptMs: null, ...quiet });
    expect(await rollups.run()).toMatchObject({ hours: POINTS.length, behind: false });
  }, 120_000);
  afterAll(async () => {
    await dropBucket(series.connection, org, bucket);
    await series.close();
  });

  for (const [file, dashboard] of Object.entries(dashboards(packs))) {
    const domains = domainsOf(file);
    const sites = SITES.filter(({ domain }) => domains.includes(domain)).map(({ id }) => id);
    const points = POINTS.filter(({ site }) => sites.includes(site));
    const targets = targetsOf(dashboard).filter(({ source }) => source === 'series');
    if (targets.length > 0)
      describe(file, () => {
        test.each(targets.map((target) => [`${target.panel} (${target.refId})`, target] as const))('%s', async (_, target) => {
          const chosen = points[0]?.id ?? '';
          const answered = await ask(filled(target.text, sites, chosen));
          const expected = expectedOf(target, points, chosen);
          expect(Object.keys(expected)).not.toEqual([]);
          expect(shapeOf(answered)).toEqual(expected);
          const numbers = answered.flatMap(({ values }) => values.map((row) => Number(row[1])));
          expect(numbers.filter((value) => !Number.isFinite(value) || value >= 1e9)).toEqual([]);
        });
      });
  }
});

function domainsOf(file: string): readonly string[] {
  const own: Readonly<Record<string, readonly string[]>> = {
    'gas.json': ['gas', 'uspace'],
    'hazard-source.json': ['haz'],
    'tailings-dam.json': ['tsf'],
  };
  return own[file] ?? packs.packs.map(({ code }) => code);
}

/** Which series there are, and how many rows each has. */
function shapeOf(series: readonly Table[]): Readonly<Record<string, number>> {
  return Object.fromEntries(series.map(({ tags = {}, values }) => [Object.values(tags).sort().join(' '), values.length]));
}

/** The same, worked out from the demo city alone. */
function expectedOf(target: PanelTarget, points: readonly DemoPoint[], chosen: string): Readonly<Record<string, number>> {
  const { text } = target;
  const metric = /"metric" = '(\w+)'/.exec(text)?.[1];
  const measured = metric === undefined ? points : points.filter((point) => point.metric === metric);
  const each = (keys: readonly string[], rows: number): Readonly<Record<string, number>> =>
    Object.fromEntries(keys.map((key) => [key, rows]));
  const rows = text.includes('time($__interval)') ? STEPS : 1;
  if (target.shape === 'table') {
    const domains = /\^\(([\w|]+)\)_/.exec(text)?.[1]?.split('|') ?? [];
    const listed = measured.filter((point) => domains.some((domain) => point.metric.startsWith(`${domain}_`)));
    return each(
      listed.map(({ id, site }) => [id, site].sort().join(' ')),
      1,
    );
  }
  if (text.includes('"point" =~')) return each([chosen], rows);
  if (text.endsWith('GROUP BY "point")')) return { '': 1 };
  return each([...new Set(measured.map(({ site }) => site))], rows);
}
