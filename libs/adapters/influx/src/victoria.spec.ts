import { type SeriesRow } from '@anlan/ports';
import { describeWith } from '@anlan/testing';
import { influxConnection } from './index.js';
import { readingLine } from './line-protocol.js';
import { placed } from './origin.js';
import { tagSets } from './point-tags.js';
import { SEND_LIMITS, sendLines } from './send.js';
import { ownName, quiet, tagsOf, until } from './contract/harness.js';

/** VictoriaMetrics takes `/api/v2/write` and answers no InfluxQL: a second, independent reader of our lines. */
describeWith('victoria', 'writing to VictoriaMetrics', (url) => {
  test('every value comes back by /api/v1/export, under its tags', async () => {
    const site = ownName('site');
    const connection = influxConnection({ url, token: 'any', org: 'any', ...quiet });
    const t0 = Date.now() - 3_600_000;
    const rows = Array.from({ length: 3_000 }, (_, n): SeriesRow => ({
      reading: { pointId: `p,${n % 3} =`, t: t0 + n, v: n * 1.25 - 500, q: 'good' },
      origin: `0:${n}:0`,
      receivedAt: t0 + n,
    }));
    const tagSet = tagSets((pointId) => ({ ...tagsOf(pointId), site }), 10);
    const lines = rows.map((row) => readingLine(placed(row), tagSet));
    expect(await sendLines({ connection, bucket: 'any', limits: { ...SEND_LIMITS, lines: 1_000 } }, lines)).toEqual([]);
    connection.close();

    const found = async (): Promise<
      readonly Readonly<{ metric: Readonly<Record<string, string>>; values: number[]; timestamps: number[] }>[]
    > => {
      await fetch(new URL('/internal/force_flush', url));
      const match = `{__name__="reading_v",site="${site}"}`;
      const text = await (await fetch(new URL(`/api/v1/export?match[]=${encodeURIComponent(match)}`, url))).text();
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    };
    await until(async () => (await found()).reduce((sum, { values }) => sum + values.length, 0) === rows.length);
    const back = (await found()).flatMap(({ metric, values, timestamps }) =>
      values.map((v, n) => `${metric['point']} ${timestamps[n]} ${v}`),
    );
    expect(back.sort()).toEqual(rows.map(({ reading: { pointId, t, v } }) => `${pointId} ${t} ${v}`).sort());
  });
});
