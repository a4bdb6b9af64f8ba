import type { SeriesRow } from '@anlan/ports';
import { seriesContract } from '@anlan/ports/contract';
import { describeWith } from '@anlan/testing';
import { dropBucket, ensureBuckets } from './index.js';
import { account, openSeries, ownName } from './contract/harness.js';

describeWith('influx', 'Series on InfluxDB', (url) => {
  seriesContract('InfluxDB', async () => {
    const bucket = ownName('series');
    const series = openSeries(url, bucket);
    await ensureBuckets(series.connection, account().org, [{ name: bucket, keepMs: null }]);
    let open = [series];
    return {
      series,
      async reopen() {
        const again = openSeries(url, bucket);
        open = [...open, again];
        return again;
      },
      async dispose() {
        const last = openSeries(url, bucket);
        await dropBucket(last.connection, account().org, bucket);
        for (const each of [...open, last]) await each.close();
      },
    };
  });

  /** Rows that 1.x gives in one part of an answer. */
  const PART = 10_000;
  const ROWS = 12_345;
  test('more of a point than the store gives in one part: read whole, and known again when sent again', async () => {
    const bucket = ownName('long');
    const series = openSeries(url, bucket);
    await ensureBuckets(series.connection, account().org, [{ name: bucket, keepMs: null }]);
    try {
      // Ten a second, so that the look at what stands meets all of them too.
      const rowsOf = (offset: number): readonly SeriesRow[] =>
        Array.from({ length: ROWS }, (_, i) => ({
          reading: { pointId: 'p', t: 1_700_000_000_000 + i * 100, v: i, q: 'good' },
          origin: `0:${offset + i}:0`,
          receivedAt: 1_800_000_000_000,
        }));
      expect(new Set(await series.write(rowsOf(0)))).toEqual(new Set(['stored']));
      for (const limit of [PART, PART + 1, ROWS + 1]) {
        const samples = await series.read('p', { from: 0, to: 2e12 }, limit);
        expect(samples.map(({ v }) => v)).toEqual(Array.from({ length: Math.min(limit, ROWS) }, (_, i) => i));
      }
      expect(new Set(await series.write(rowsOf(ROWS)))).toEqual(new Set(['duplicate']));
    } finally {
      await dropBucket(series.connection, account().org, bucket);
      await series.close();
    }
  });
});
