import type { Millis, Quality } from '@anlan/contracts';
import type { Clock, SeriesRow } from '@anlan/ports';
import { describeWith } from '@anlan/testing';
import { type InfluxSeries, type RollupReport, dropBucket, ensureBuckets, influxRollups, rollupBucketOf } from './index.js';
import { account, clock, openSeries, ownName, quiet, tagsOf } from './contract/harness.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** On an hour. */
const H0 = 1_750_003_200_000;

type Shape = Readonly<{ p?: string; t: Millis; v: number; q?: Quality; o: number }>;
const row = ({ p = 'p1', t, v, q = 'good', o }: Shape): SeriesRow => ({
  reading: { pointId: p, t: H0 + t, v, q },
  origin: `0:${o}:0`,
  receivedAt: H0 + t + 100,
});

describeWith('influx', 'buckets of a minute and an hour', (url) => {
  let bucket = '';
  let now = H0;
  let series: InfluxSeries;
  const time: Clock = { ...clock, now: () => now };
  const rollupBucket = (): string => rollupBucketOf(bucket);
  const run = (): Promise<RollupReport> =>
    influxRollups({
      connection: series.connection,
      bucket,
      rollupBucket: rollupBucket(),
      rawKeptMs: 100 * HOUR,
      ...quiet,
      clock: time,
    }).run();
  const rows = async (measurement: string, columns = 'min, max, mean, last, count, bad'): Promise<readonly (readonly unknown[])[]> => {
    const [tables = []] = await series.connection.query(rollupBucket(), [
      `SELECT ${columns.replaceAll(/\w+/g, '"$&"')} FROM ${measurement} GROUP BY point ORDER BY time`,
    ]);
    return tables.flatMap((table) => table.values.map(([t, ...rest]) => [table.tags?.['point'], (Number(t) - H0) / MINUTE, ...rest]));
  };

  beforeEach(async () => {
    bucket = ownName('rollup');
    now = H0;
    series = openSeries(url, bucket, { clock: time });
    await ensureBuckets(series.connection, account().org, [
      { name: bucket, keepMs: null },
      { name: rollupBucket(), keepMs: null },
    ]);
  });
  afterEach(async () => {
    await dropBucket(series.connection, account().org, bucket);
    await series.close();
  });

  test('closed minutes and hours, with bad readings counted apart, under the tags of the point', async () => {
    await series.write([
      row({ t: 0, v: 1, o: 0 }),
      row({ t: 20_000, v: 5, q: 'uncertain', o: 1 }),
      row({ t: 40_000, v: 3, o: 2 }),
      row({ t: 50_000, v: 99, q: 'bad', o: 3 }),
      row({ t: 2 * MINUTE, v: 70, q: 'maintenance', o: 4 }),
      row({ t: 59 * MINUTE, v: 9, o: 5 }),
      row({ p: 'p,2 =x', t: 30_000, v: -1, o: 6 }),
    ]);
    now = H0 + 30_000 + MINUTE;
    expect(await run()).toMatchObject({ minutes: 0, hours: 0, late: 0 });
    now = H0 + HOUR + MINUTE;
    expect(await run()).toEqual({ minutes: 4, hours: 2, late: 0, upTo: H0 + HOUR, behind: false });
    expect(await rows('reading_1m')).toEqual([
      ['p,2 =x', 0, -1, -1, -1, -1, 1, 0],
      ['p1', 0, 1, 5, 3, 3, 3, 1],
      ['p1', 2, null, null, null, null, 0, 1],
      ['p1', 59, 9, 9, 9, 9, 1, 0],
    ]);
    expect(await rows('reading_1h')).toEqual([
      ['p,2 =x', 0, -1, -1, -1, -1, 1, 0],
      ['p1', 0, 1, 9, 4.5, 9, 4, 2],
    ]);
    const [tables = []] = await series.connection.query(rollupBucket(), ['SELECT "count" FROM reading_1h GROUP BY site, metric']);
    expect(tables.map(({ tags }) => tags)).toContainEqual(tagsOf('p1'));
  });

  test('a run that is repeated, also by another process, changes nothing', async () => {
    await series.write([row({ t: 0, v: 1, o: 0 }), row({ t: 90_000, v: 2, o: 1 })]);
    now = H0 + HOUR + MINUTE;
    await run();
    const before = [await rows('reading_1m'), await rows('reading_1h')];
    await run();
    expect([await rows('reading_1m'), await rows('reading_1h')]).toEqual(before);
  });

  test('a late reading brings its minute and hour up to date, whoever runs next, once', async () => {
    await series.write([row({ t: 0, v: 1, o: 0 })]);
    now = H0 + 2 * HOUR;
    await run();
    expect(await series.write([row({ t: 10_000, v: 7, o: 1 }), row({ t: 5 * MINUTE, v: 3, o: 2 })])).toEqual(['stored', 'stored']);
    expect(await run()).toMatchObject({ late: 0 });
    now += 61_000;
    expect(await run()).toMatchObject({ late: 3 });
    expect(await rows('reading_1m', 'max, count')).toEqual([
      ['p1', 0, 7, 2],
      ['p1', 5, 3, 1],
    ]);
    expect(await rows('reading_1h', 'max, count')).toEqual([['p1', 0, 7, 3]]);
    expect(await run()).toMatchObject({ late: 0 });
  });

  test('a late reading whose write was cut is marked again when it is repeated', async () => {
    now = H0 + 2 * HOUR;
    await series.write([row({ t: 0, v: 1, o: 0 })]);
    expect(await series.connection.query(bucket, ['DELETE FROM reading_due', 'SELECT * FROM reading_due'])).toEqual([[], []]);
    const next = openSeries(url, bucket, { clock: time });
    expect(await next.write([row({ t: 0, v: 1, o: 0 })])).toEqual(['stored']);
    const [due = []] = await series.connection.query(bucket, ['SELECT hour FROM reading_due']);
    expect(due.flatMap(({ values }) => values.map(([, hour]) => hour))).toEqual([H0]);
    await next.close();
  });

  test('a flood of late readings makes few marks', async () => {
    now = H0 + 10 * HOUR;
    for (const part of [0, 1])
      await series.write(Array.from({ length: 600 }, (_, n) => row({ t: (part * 600 + n) * 1_000, v: n, o: part * 600 + n })));
    const [due = []] = await series.connection.query(bucket, ['SELECT count(hour) FROM reading_due']);
    expect(due[0]?.values[0]?.[1]).toBe(1);
  });

  test('times without data are stepped over; what is older than the raw readings stays as it was', async () => {
    await series.write([row({ t: -2_000 * HOUR, v: 1, o: 0 }), row({ t: 0, v: 2, o: 1 })]);
    now = H0 + HOUR + MINUTE;
    expect(await run()).toMatchObject({ minutes: 2, hours: 2, behind: false });
    await series.expire(H0 - HOUR);
    await series.write([row({ t: -2_000 * HOUR + 1, v: 5, o: 2 })]);
    now += 2 * MINUTE;
    await run();
    expect((await rows('reading_1h', 'max, count'))[0]).toEqual(['p1', -2_000 * 60, 1, 1]);
  });
});
