/** What one process imports, and the others know. */
import type { Actor } from '@anlan/contracts';
import { describeWith, realClock } from '@anlan/testing';
import { openRecords, postgres, type Place } from './contract/records-on.js';
import type { Records } from './index.js';

const BY: Actor = { kind: 'user', id: 'u1' };

const city = (n = 1) => ({
  version: 1,
  regions: [{ code: '3401', name: '市' }],
  units: [{ id: 'gas-co', name: '燃气', role: 'owner' }],
  metrics: [{ code: 'temp', name: '温度', unit: '℃' }],
  sites: [{ id: 'net-1', name: '管网', domain: 'uspace', regionCode: '3401', unitId: 'gas-co', lon: 117.2, lat: 31.8 }],
  assets: [{ id: 'well-1', siteId: 'net-1', name: '井' }],
  devices: [{ id: `dev-${n}`, assetId: 'well-1', credential: `secret-of-device-${n}`, intervalMs: 60_000 }],
  points: [{ deviceId: `dev-${n}`, metric: 'temp' }],
});

describeWith('postgres', 'a registry that several processes change', (url) => {
  let place: Place;
  const opened: Records[] = [];
  const open = async (more: Parameters<typeof openRecords>[1] = {}): Promise<Records> => {
    const records = await openRecords(place.dialect(), more);
    opened.push(records);
    return records;
  };
  beforeEach(async () => {
    place = await postgres(url).place();
  });
  afterEach(async () => {
    for (const records of opened.splice(0)) await records.close();
    await place.drop();
  });
  const put = async ({ registry }: Records, bundle: unknown): Promise<number> => {
    const outcome = await registry.importBundle(bundle, BY, 1);
    if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.errors));
    return outcome.version;
  };
  const login = ({ credentials }: Records, n: number, secret = `secret-of-device-${n}`) =>
    credentials.verify(`dev-${n}`, Buffer.from(secret));

  test('rulings 12: a device whose import was answered elsewhere gets in here, and with it its points are known', async () => {
    const [gateway, ingest] = [await open(), await open()];
    for (let n = 1; n <= 5; n += 1) {
      await put(gateway, city(n));
      expect(await login(ingest, n)).toBe('accepted');
      expect(ingest.registry.current().points.has(`dev-${n}.temp`)).toBe(true);
    }
    await put(gateway, { devices: [{ id: 'dev-1', assetId: 'well-1', credential: 'another-secret-text' }] });
    expect(await login(ingest, 1, 'another-secret-text')).toBe('accepted');
    expect([await login(ingest, 1), await login(ingest, 2, 'wrong'), await login(ingest, 9)]).toEqual(['refused', 'refused', 'refused']);
  });

  test('a thousand failing logins at once share their look into the records', async () => {
    const ingest = await open();
    const one = await timed(() => login(ingest, 1));
    const thousand = await timed(() => Promise.all(Array.from({ length: 1_000 }, (_, n) => login(ingest, n))));
    // A look each would take some hundred times as long as one.
    expect(thousand).toBeLessThan(500 + 20 * one);
  });

  test('refresh and following show what others changed, and tell who listens; a change that is not there tells nobody', async () => {
    const gateway = await open();
    const asked = await open();
    const following = await open({ follow: { clock: realClock, everyMs: 50, onTrouble: (error) => fail(error) } });
    const heard: number[] = [];
    asked.registry.onChange(({ version }) => heard.push(version));
    const told = new Promise<number>((resolve) => following.registry.onChange(({ version }) => resolve(version)));
    await put(gateway, city());
    await Promise.all([asked.refresh(), asked.refresh(), asked.refresh()]);
    await asked.refresh();
    expect([heard, asked.registry.current().devices.size, await told]).toEqual([[1], 1, 1]);
    expect(await asked.registry.exportBundle({ personal: true })).toEqual(await gateway.registry.exportBundle({ personal: true }));
  });

  test('B5: imports at two gateways build on each other, whoever knew what', async () => {
    const [one, two] = [await open(), await open()];
    await put(one, city());
    const units = (records: Records, name: string) =>
      Array.from({ length: 8 }, (_, i) => put(records, { units: [{ id: `${name}${i}`, name: '单位', role: 'owner' }] }));
    const versions = await Promise.all([...units(one, 'a'), ...units(two, 'b')]);
    expect([...versions].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i + 2));
    const rule = (at: number) => ({
      rules: [{ id: 'r', kind: 'threshold', pointId: 'dev-1.temp', side: 'high', levels: [{ level: 'red', at }] }],
    });
    for (const [records, at] of [
      [two, 5],
      [one, 6],
      [two, 7],
      [one, 7],
    ] as const)
      await put(records, rule(at));
    await Promise.all([one.refresh(), two.refresh()]);
    for (const { registry } of [one, two]) {
      expect(registry.current().units.size).toBe(17);
      expect((await registry.ruleVersions('r')).map((each) => [each.rule.version, each.active])).toEqual([
        [1, false],
        [2, false],
        [3, true],
      ]);
    }
    const activations = await two.registry.activations(0, 99);
    expect(activations.map(({ version }) => version)).toEqual([...activations.map(({ version }) => version)].sort((a, b) => a - b));
    // What stands now is what a process that starts now finds.
    expect(await (await open()).registry.exportBundle({ personal: true })).toEqual(await one.registry.exportBundle({ personal: true }));
  });

  test('a credential that one gateway gave is not given again by another', async () => {
    const [one, two] = [await open(), await open()];
    await put(one, city());
    const again = await two.registry.importBundle(city(), BY, 1);
    expect(again).toMatchObject({ kind: 'applied', activation: null, version: 1 });
    expect(again.kind === 'applied' && Object.values(again.applied).every((n) => n === 0)).toBe(true);
  });
});

function fail(error: unknown): never {
  throw error;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
