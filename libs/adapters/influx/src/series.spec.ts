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
});
