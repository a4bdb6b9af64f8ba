import { SeriesUnavailable } from '@anlan/ports';
import { describeWith } from '@anlan/testing';
import { dropBucket, ensureBuckets, influxConnection, RAW_KEPT_AT_LEAST_MS, rollupBucketOf } from './index.js';
import { account, ownName, quiet } from './contract/harness.js';

test('the rollup bucket is a retention policy of the same database', () => {
  expect(rollupBucketOf('anlan')).toBe('anlan/rollup');
  expect(rollupBucketOf('anlan/raw')).toBe('anlan/rollup');
});

describeWith('influx', 'buckets of the store', (url) => {
  const { org, token } = account();
  const connection = influxConnection({ url, org, token, ...quiet });
  afterAll(() => connection.close());

  test('missing ones are made, those that are there stay as they are, one that keeps too little is told', async () => {
    const name = ownName('bucket');
    const wanted = [
      { name, keepMs: RAW_KEPT_AT_LEAST_MS },
      { name: rollupBucketOf(name), keepMs: null },
    ];
    expect((await ensureBuckets(connection, org, wanted)).map(({ state }) => state)).toEqual(['made', 'made']);
    expect(await ensureBuckets(connection, org, wanted)).toEqual([
      { name, state: 'kept', keepMs: RAW_KEPT_AT_LEAST_MS },
      { name: rollupBucketOf(name), state: 'kept', keepMs: null },
    ]);
    const longer = await ensureBuckets(connection, org, [{ name, keepMs: null }]);
    expect(longer).toEqual([{ name, state: 'short', keepMs: RAW_KEPT_AT_LEAST_MS }]);
    await dropBucket(connection, org, name);
    await dropBucket(connection, org, name);
  });

  test('a store that does not let us in is no store without buckets', async () => {
    const stranger = influxConnection({ url, org, token: 'wrong', ...quiet });
    await expect(ensureBuckets(stranger, org, [{ name: 'x', keepMs: null }])).rejects.toThrow(SeriesUnavailable);
    stranger.close();
    await expect(ensureBuckets(connection, 'no such organisation', [{ name: 'x', keepMs: null }])).rejects.toThrow(SeriesUnavailable);
  });
});
