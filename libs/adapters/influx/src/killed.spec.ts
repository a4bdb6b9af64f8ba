import { setTimeout as sleep } from 'node:timers/promises';
import { type RowOutcome, type SeriesRow, SeriesUnavailable } from '@anlan/ports';
import { describeWith } from '@anlan/testing';
import type { InfluxSeries } from './index.js';
import { openSeries } from './contract/harness.js';
import { type PrivateStore, privateStore } from './contract/private-store.js';

const T0 = 1_800_000_000_000;
const POINTS = 20;
const BATCH = 800;

describeWith('influx', 'InfluxDB is killed', () => {
  let store: PrivateStore;
  let series: InfluxSeries;
  beforeAll(async () => {
    store = await privateStore();
    series = openSeries(store.address, store.bucket, { token: store.token });
  }, 60_000);
  afterAll(async () => {
    await series.close();
    await store.stop();
  }, 60_000);

  test('kill -9 three times amid writes: every row is there once, with the value of the first one', async () => {
    const written = new Map<string, number>();
    let o = 0;
    let failures = 0;
    let done = false;
    const batch = (): readonly SeriesRow[] =>
      Array.from({ length: BATCH }, (_, n) => {
        o += 1;
        const reading = { pointId: `p${n % POINTS}`, t: T0 + o, v: o, q: 'good' as const };
        return { reading, origin: `0:${o}:0`, receivedAt: T0 + o };
      });
    const writing = (async () => {
      while (!done) {
        const rows = batch();
        let outcomes: readonly RowOutcome[] | undefined;
        while (outcomes === undefined) {
          outcomes = await series.write(rows).catch((error: unknown) => {
            if (!(error instanceof SeriesUnavailable)) throw error;
            failures += 1;
            return sleep(100, undefined);
          });
        }
        expect(new Set(outcomes)).toEqual(new Set(['stored']));
        for (const { reading } of rows) written.set(`${reading.pointId} ${reading.t}`, reading.v);
      }
    })();
    for (let kill = 0; kill < 3; kill += 1) {
      await sleep(700 + kill * 130);
      await store.killStore();
      await sleep(200);
      await store.startStore();
    }
    await sleep(500);
    done = true;
    await writing;
    expect(failures).toBeGreaterThan(0);

    const found = new Map<string, number>();
    for (let p = 0; p < POINTS; p += 1)
      for (let after: number | undefined; ;) {
        const page = await series.read(`p${p}`, { from: T0, to: T0 + o + 1 }, 5_000, after);
        for (const { t, v } of page) {
          expect(found.has(`p${p} ${t}`)).toBe(false);
          found.set(`p${p} ${t}`, v);
        }
        after = page.at(-1)?.t;
        if (page.length < 5_000) break;
      }
    expect(found.size).toBe(written.size);
    for (const [place, v] of written) if (found.get(place) !== v) throw new Error(`${place} is ${found.get(place)}, not ${v}`);
  }, 120_000);
});
