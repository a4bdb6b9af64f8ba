import { regionSubtree, type Actor, type Metric } from '@anlan/contracts';
import type { ImportOutcome } from '@anlan/ports';
import fc from 'fast-check';
import { onBothEngines, openRecords, SPEC_AT as now, type Place } from './contract/records-on.js';
import type { Records } from './index.js';

const CH4: Metric = { code: 'uspace_ch4_vol', name: '甲烷体积分数', unit: '%VOL', min: 0, max: 20 };
const BY: Actor = { kind: 'user', id: 'u1' };

function city(wells = 1) {
  const numbers = Array.from({ length: wells }, (_, i) => i + 1);
  return {
    version: 1,
    regions: [
      { code: '340100', name: '样例市' },
      { code: '340104', name: '东区', parent: '340100' },
    ],
    units: [{ id: 'gas-co', name: '样例燃气', role: 'owner' }],
    people: [{ id: 'p1', name: '值班一', unitId: 'gas-co', phone: '13800000000', webhook: 'https://hooks.example.com/1' }],
    metrics: [{ code: 'uspace_temp', name: '温度', unit: '℃', min: -40, max: 85 }],
    sites: [{ id: 'net-1', name: '管网', domain: 'uspace', regionCode: '340104', unitId: 'gas-co', lon: 117.2, lat: 31.8 }],
    assets: numbers.map((n) => ({ id: `well-${n}`, siteId: 'net-1', name: `井 ${n}`, lon: 117.21, lat: 31.82 })),
    devices: numbers.map((n) => ({ id: `dev-${n}`, assetId: `well-${n}`, credential: `secret-of-device-${n}`, intervalMs: 60_000 })),
    points: numbers.flatMap((n) => [
      { id: `dev-${n}.ch4`, deviceId: `dev-${n}`, metric: CH4.code },
      { deviceId: `dev-${n}`, metric: 'uspace_temp' },
    ]),
    groups: [{ id: 'east', siteId: 'net-1', pointIds: ['dev-1.ch4'] }],
    routes: [{ levels: ['orange', 'red'], domain: 'uspace', personIds: ['p1'], channels: ['outbox', 'webhook'] }],
    rules: numbers.map((n) => ({
      id: `r-${n}`,
      kind: 'threshold',
      pointId: `dev-${n}.ch4`,
      side: 'high',
      levels: [
        { level: 'blue', at: 0.5, deadband: 0.05, onCount: 2 },
        { level: 'red', at: 5 },
      ],
    })),
  };
}
type City = ReturnType<typeof city>;

async function put(records: Records, bundle: unknown): Promise<Extract<ImportOutcome, { kind: 'applied' }>> {
  const outcome = await records.registry.importBundle(bundle, BY, now);
  if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.errors.slice(0, 5)));
  return outcome;
}
const codes = async (records: Records, bundle: unknown): Promise<readonly string[]> => {
  const outcome = await records.registry.importBundle(bundle, BY, now);
  return outcome.kind === 'refused' ? outcome.errors.map(({ path, code }) => `${path} ${code}`) : [];
};
const login = (records: Records, deviceId: string, secret: string) => records.credentials.verify(deviceId, Buffer.from(secret));

onBothEngines('registry', (engine) => {
  const opened: Records[] = [];
  const places: Place[] = [];

  async function newPlace(): Promise<Place> {
    const place = await engine.place();
    places.push(place);
    return place;
  }

  async function open(
    place?: Place,
    catalogue: ReadonlyMap<string, Metric> = new Map([[CH4.code, CH4]]),
    current = 'k1',
  ): Promise<Records> {
    const peppers = new Map([
      ['k1', new Uint8Array(32).fill(1)],
      ['k2', new Uint8Array(32).fill(2)],
    ]);
    const records = await openRecords((place ?? (await newPlace())).dialect(), { keys: { current, peppers }, catalogue });
    opened.push(records);
    return records;
  }
  afterAll(async () => {
    await Promise.allSettled(opened.map((records) => records.close()));
    for (const place of places) await place.drop();
  });

  describe('import', () => {
    test('B1, B4: everything stands, and the snapshot shows it', async () => {
      const records = await open();
      const heard: number[] = [];
      records.registry.onChange(({ version }) => heard.push(version));
      const outcome = await put(records, city(2));
      expect(outcome.applied).toEqual({
        regions: 2,
        units: 1,
        people: 1,
        metrics: 1,
        sites: 1,
        assets: 2,
        devices: 2,
        points: 4,
        groups: 1,
        routes: 1,
        limits: 0,
        rules: 2,
      });
      expect([outcome.unchanged, outcome.version, heard]).toEqual([0, 1, [1]]);
      const registry = records.registry.current();
      expect(registry.points.get('dev-2.uspace_temp')).toEqual({ id: 'dev-2.uspace_temp', deviceId: 'dev-2', metric: 'uspace_temp' });
      expect(registry.metrics.get(CH4.code)).toEqual(CH4);
      expect(regionSubtree(registry, '340100')).toEqual(['340100', '340104']);
      expect(outcome.activation?.points).toHaveLength(4);
      expect(outcome.activation?.rules[0]).toMatchObject({
        id: 'r-1',
        version: 1,
        enabled: true,
        scope: { pointIds: ['dev-1.ch4'] },
        levels: [
          { level: 'blue', at: 0.5, deadband: 0.05, onCount: 2 },
          { level: 'red', at: 5, deadband: 0.2 },
        ],
      });
    });

    test('B2: the same again changes nothing', async () => {
      const records = await open();
      await put(records, city(2));
      const again = await put(records, city(2));
      expect(Object.values(again.applied).filter((n) => n > 0)).toEqual([]);
      expect(again).toMatchObject({ unchanged: 18, version: 1, activation: null, changed: [] });
      expect(await records.registry.unlogged()).toHaveLength(1);
    });

    test('B1: one fault anywhere and nothing is applied, with every fault named', async () => {
      const records = await open();
      const bad = {
        ...city(2),
        rules: [
          { id: 'r-1', kind: 'threshold', pointId: 'dev-1.ch4', side: 'up', levels: [] },
          { id: 'r-2', kind: 'guess', pointId: 'gone' },
          { id: 'r-3', kind: 'health' },
          { id: 'r-4', kind: 'health', select: { site: 'x' } },
        ],
      };
      expect(await codes(records, bad)).toEqual([
        '/rules/1/pointId unknown_reference',
        '/rules/0/side choice',
        '/rules/0/levels levels',
        '/rules/1/kind kind_unknown',
        '/rules/2 scope_missing',
        '/rules/3/select/site unknown_key',
      ]);
      expect(records.registry.current().version).toBe(0);
      expect(await records.registry.unlogged()).toEqual([]);
      expect(await login(records, 'dev-1', 'secret-of-device-1')).toBe('refused');
    });

    test('a changed rule becomes version 2; version 1 stays as it was, with its author', async () => {
      const records = await open();
      await put(records, city());
      const rules = [
        { id: 'r-1', kind: 'threshold', pointId: 'dev-1.ch4', side: 'high', levels: [{ level: 'red', at: 6 }], reason: '新规' },
      ];
      const outcome = await put(records, { rules });
      expect(outcome.activation).toMatchObject({ version: 2, points: [], removedRuleIds: [], rules: [{ id: 'r-1', version: 2 }] });
      const versions = await records.registry.ruleVersions('r-1');
      expect(versions.map(({ rule, author, reason, approvedBy, active }) => [rule.version, author, reason, approvedBy, active])).toEqual([
        [1, 'u1', null, null, false],
        [2, 'u1', '新规', null, true],
      ]);
      expect(versions[0]?.body).toMatchObject({ levels: [{ level: 'blue' }, { level: 'red' }] });
      expect(
        (
          await put(records, {
            rules: [{ id: 'r-1', kind: 'threshold', pointId: 'dev-1.ch4', side: 'high', levels: [{ level: 'red', at: 6 }] }],
          })
        ).applied['rules'],
      ).toBe(0);
    });

    test('rules by group and by selection follow what they refer to', async () => {
      const records = await open();
      const rules = [
        { id: 'all', kind: 'health', select: { siteId: 'net-1', metric: CH4.code } },
        { id: 'grp', kind: 'health', group: 'east' },
      ];
      await put(records, {
        ...city(1),
        groups: [...city().groups, { id: 'sub', siteId: 'net-1', parentId: 'east', pointIds: ['dev-1.uspace_temp'] }],
        rules,
      });
      const scopes = async () =>
        Object.fromEntries((await records.registry.rules()).map(({ rule }) => [rule.id, [rule.version, ...rule.scope.pointIds]]));
      expect(await scopes()).toEqual({ all: [1, 'dev-1.ch4'], grp: [1, 'dev-1.ch4', 'dev-1.uspace_temp'] });
      const more = await put(records, { assets: city(2).assets, devices: city(2).devices, points: city(2).points });
      expect(await scopes()).toEqual({ all: [2, 'dev-1.ch4', 'dev-2.ch4'], grp: [1, 'dev-1.ch4', 'dev-1.uspace_temp'] });
      expect(more.activation?.rules.map(({ id }) => id)).toEqual(['all']);
      expect((await records.registry.ruleVersions('all')).map(({ author }) => author)).toEqual(['u1', 'anlan']);
    });

    test('derived points and votes are kept, reach the engine, and come back from an export', async () => {
      const [one, two] = [await open(), await open()];
      const value = {
        op: 'residual',
        y: { op: 'last', point: 'dev-1.ch4' },
        x: [{ op: 'last', point: 'dev-1.uspace_temp' }],
        learn: '14d',
      };
      const unexplained = { id: 'dev-1.rest', deviceId: 'dev-1', metric: CH4.code, derived: { on: 'dev-1.ch4', value } };
      const vote = { id: 'two', kind: 'vote', group: 'east', at: 'dev-1.rest', rules: ['r-1', 'r-2'], k: 2, window: '5m' };
      const bundle = {
        ...city(2),
        points: [...city(2).points, unexplained],
        groups: [{ id: 'east', siteId: 'net-1', domainOf: 'gw-9', pointIds: ['dev-1.ch4', 'dev-2.ch4'] }],
        rules: [...city(2).rules, vote],
      };
      const { activation } = await put(one, bundle);
      expect(activation?.points.find(({ pointId }) => pointId === 'dev-1.rest')).toMatchObject({ derived: unexplained.derived });
      expect(activation?.points.find(({ pointId }) => pointId === 'dev-1.ch4')).toMatchObject({ domainOf: 'gw-9' });
      expect(activation?.rules.find(({ id }) => id === 'two')).toMatchObject({ place: 'dev-1.rest', way: { by: 'confirm', k: 2 } });
      const exported = await one.registry.exportBundle({ personal: true });
      await put(two, exported);
      expect(await two.registry.exportBundle({ personal: true })).toEqual(exported);
      const nowhere = { ...vote, id: 'nowhere', at: 'nobody', rules: ['no-rule'] };
      expect(await codes(one, { rules: [nowhere] })).toEqual(['/rules/0/at unknown_reference', '/rules/0/rules/0 unknown_reference']);
      expect(await codes(one, { points: [{ ...unexplained, derived: { value: { op: 'last', point: 'dev-1.rest' } } }] })).toEqual([
        '/points/0/derived circle',
      ]);
      await put(one, { points: [{ ...unexplained, derived: null }] });
      expect(one.registry.current().points.get('dev-1.rest')).toEqual({ id: 'dev-1.rest', deviceId: 'dev-1', metric: CH4.code });
    });

    test('disabling a device takes its points from the engine and its login from the device', async () => {
      const records = await open();
      await put(records, city());
      expect(await login(records, 'dev-1', 'secret-of-device-1')).toBe('accepted');
      const outcome = await put(records, { devices: [{ id: 'dev-1', assetId: 'well-1', enabled: false }] });
      expect(outcome.activation).toMatchObject({ removedPointIds: ['dev-1.ch4', 'dev-1.uspace_temp'], rules: [] });
      expect(await login(records, 'dev-1', 'secret-of-device-1')).toBe('refused');
    });

    test('B2 property: importing an export changes nothing, whatever was in it', async () => {
      const records = await open();
      await put(records, city(3));
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            wells: fc.integer({ min: 1, max: 4 }),
            name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text)),
            lon: fc.double({ min: -180, max: 180, noNaN: true }),
            horizon: fc.option(fc.integer({ min: 1_000, max: 1e9 })),
            at: fc.double({ min: 1, max: 19, noNaN: true }),
          }),
          async ({ wells, name, lon, horizon, at }) => {
            const next = city(wells);
            const rules = [{ id: 'r-1', name, kind: 'threshold', pointIds: ['dev-1.ch4'], side: 'high', levels: [{ level: 'red', at }] }];
            await put(records, {
              ...next,
              sites: next.sites.map((site) => ({ ...site, lon, name })),
              devices: next.devices.map((device) => ({ ...device, liveHorizonMs: horizon })),
              rules,
            });
            const bundle = await records.registry.exportBundle({ personal: false });
            const again = await put(records, structuredClone(bundle));
            expect(Object.values(again.applied).every((n) => n === 0)).toBe(true);
            expect(await records.registry.exportBundle({ personal: false })).toEqual(bundle);
          },
        ),
        { numRuns: 40 },
      );
    });

    test('an export shows phones only when asked, never a credential, and makes the same registry elsewhere', async () => {
      const [one, two] = [await open(), await open()];
      await put(one, city(2));
      const open_ = JSON.stringify(await one.registry.exportBundle({ personal: false }));
      expect(open_).not.toMatch(/13800000000|hooks\.example|secret-of|"hmac"/);
      const personal = await one.registry.exportBundle({ personal: true });
      await put(two, personal);
      expect(await two.registry.exportBundle({ personal: true })).toEqual(personal);
    });

    test('property: random bundles never break the importer', async () => {
      const records = await open();
      await put(records, city(2));
      const before = JSON.stringify(await records.registry.exportBundle({ personal: true }));
      const kind = fc.constantFrom<keyof City>(
        'regions',
        'units',
        'people',
        'metrics',
        'sites',
        'assets',
        'devices',
        'points',
        'groups',
        'routes',
        'rules',
      );
      const mutated = fc.tuple(
        kind,
        fc.nat(),
        fc.string(),
        fc.oneof(fc.anything(), fc.constantFrom('dev-1', 'r-1', 'x', -1, null, [], {})),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(mutated, { minLength: 1, maxLength: 3 }), async (mutations) => {
          const bundle: Record<string, unknown> = { ...city(2) };
          for (const [where, index, key, value] of mutations) {
            const list = [...(bundle[where] as Record<string, unknown>[])];
            const at = index % list.length;
            const fields = Object.keys(list[at] ?? {});
            list[at] = { ...list[at], [fields[key.length % fields.length] ?? key]: value };
            bundle[where] = list;
          }
          const outcome = await records.registry.importBundle(bundle, BY, now);
          if (outcome.kind === 'refused') expect(outcome.errors.length).toBeGreaterThan(0);
          await put(records, JSON.parse(before));
        }),
        { numRuns: 150 },
      );
    });

    test('a thousand devices with points and rules in a few seconds', async () => {
      const records = await open();
      const began = performance.now();
      await put(records, city(1_000));
      const first = performance.now() - began;
      await put(records, city(1_000));
      expect(records.registry.current().points.size).toBe(2_000);
      console.info(`1 000 devices: import ${Math.round(first)} ms, again ${Math.round(performance.now() - began - first)} ms`);
      expect(first).toBeLessThan(10_000);
    });

    test('imports at the same time take turns', async () => {
      const records = await open();
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, i) => put(records, { units: [{ id: `u${i}`, name: '单位', role: 'owner' }] })),
      );
      expect(outcomes.map(({ version }) => version).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(records.registry.current().units.size).toBe(10);
    });
  });

  describe('removal', () => {
    test('refuses while others refer, then takes out and tells the engine', async () => {
      const records = await open();
      await put(records, city());
      expect(await records.registry.remove('points', ['dev-1.ch4'], BY, now)).toMatchObject({
        kind: 'refused',
        errors: [
          { path: '/groups/east/pointIds/0', code: 'in_use' },
          { path: '/rules/r-1/pointId', code: 'in_use' },
        ],
      });
      expect(await records.registry.remove('metrics', [CH4.code], BY, now)).toMatchObject({ kind: 'refused' });
      expect(await records.registry.remove('rules', ['r-1'], BY, now)).toMatchObject({
        kind: 'applied',
        applied: { rules: 1 },
        activation: { removedRuleIds: ['r-1'] },
        changed: [{ kind: 'rules', id: 'r-1', entity: null }],
      });
      await records.registry.remove('groups', ['east'], BY, now);
      const removed = await records.registry.remove('points', ['dev-1.ch4', 'dev-1.uspace_temp'], BY, now);
      expect(removed).toMatchObject({ activation: { removedPointIds: ['dev-1.ch4', 'dev-1.uspace_temp'] } });
      await records.registry.remove('devices', ['dev-1'], BY, now);
      expect(await login(records, 'dev-1', 'secret-of-device-1')).toBe('refused');
      expect((await records.registry.ruleVersions('r-1')).map(({ active }) => active)).toEqual([false]);
      await put(records, city());
      expect((await records.registry.ruleVersions('r-1')).map(({ rule, active }) => [rule.version, active])).toEqual([
        [1, false],
        [2, true],
      ]);
    });
  });

  describe('activations', () => {
    test('B3: folding all of them gives what stands; they are logged one by one and survive a restart', async () => {
      const file = await newPlace();
      const first = await open(file);
      await put(first, city(2));
      await put(first, { units: [{ id: 'water', name: '水务', role: 'owner' }] });
      await put(first, { metrics: [{ code: 'uspace_temp', name: '温度', unit: '℃', min: -30 }] });
      await first.close();
      const second = await open(file);
      expect((await second.registry.unlogged()).map(({ version }) => version)).toEqual([1, 3]);
      await second.registry.markLogged(1);
      expect((await second.registry.unlogged()).map(({ version }) => version)).toEqual([3]);
      expect((await second.registry.activations(0, 2)).map(({ version }) => version)).toEqual([1]);
      expect((await second.registry.activations(1, 99))[0]).toMatchObject({
        rules: [],
        points: [{ pointId: 'dev-1.uspace_temp', min: -30, max: 85 }, { pointId: 'dev-2.uspace_temp' }],
      });
      expect(await login(second, 'dev-2', 'secret-of-device-2')).toBe('accepted');
      expect((await put(second, city(2))).applied).toMatchObject({ metrics: 1, rules: 0, devices: 0 });
    });

    test('what a new release of the packs says about a metric reaches the engine at the next start', async () => {
      const file = await newPlace();
      const first = await open(file);
      await put(first, city());
      await first.close();
      const second = await open(file, new Map([[CH4.code, { ...CH4, max: 100 }]]));
      expect(await second.registry.activations(1, 99)).toEqual([
        expect.objectContaining({ version: 2, points: [expect.objectContaining({ pointId: 'dev-1.ch4', max: 100 })] }),
      ]);
      await second.close();
      expect(await (await open(file, new Map([[CH4.code, { ...CH4, max: 100 }]]))).registry.activations(2, 99)).toEqual([]);
    });
  });

  describe('device logins', () => {
    test('the platform makes a 256-bit secret for a device without one, and gives it out once', async () => {
      const records = await open();
      const { credential: _, ...device } = { ...city().devices[0], credential: '' };
      await put(records, { ...city(), devices: [device] });
      const [made] = await records.registry.takeMadeCredentials();
      expect(made).toEqual({ deviceId: 'dev-1', secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as unknown });
      expect(await records.registry.takeMadeCredentials()).toEqual([]);
      expect(await login(records, 'dev-1', made?.secret ?? '')).toBe('accepted');
      expect((await put(records, { ...city(), devices: [device] })).applied['devices']).toBe(0);
      expect(await login(records, 'dev-1', made?.secret ?? '')).toBe('accepted');
    });

    test('a new credential takes the place of the old one at once, also on the disk', async () => {
      const file = await newPlace();
      const records = await open(file);
      await put(records, city());
      const outcome = await put(records, { devices: [{ id: 'dev-1', assetId: 'well-1', credential: 'another-secret-text' }] });
      expect([outcome.applied['devices'], outcome.unchanged, outcome.activation]).toEqual([1, 0, null]);
      expect([await login(records, 'dev-1', 'secret-of-device-1'), await login(records, 'dev-1', 'another-secret-text')]).toEqual([
        'refused',
        'accepted',
      ]);
      await records.close();
      expect(await login(records, 'dev-1', 'another-secret-text')).toBe('unavailable');
      const reopened = await open(file, undefined, 'k2');
      expect(await login(reopened, 'dev-1', 'another-secret-text')).toBe('accepted');
      expect(
        (await put(reopened, { devices: [{ id: 'dev-1', assetId: 'well-1', credential: 'another-secret-text' }] })).applied['devices'],
      ).toBe(0);
    });

    test('S-01: unknown ids and wrong secrets get the same answer', async () => {
      const records = await open();
      await put(records, city());
      for (const [id, secret] of [
        ['dev-1', 'wrong'],
        ['dev-9', 'secret-of-device-1'],
        ['', ''],
        ['__proto__', 'x'],
        ['dev-1', ''],
      ] as const)
        expect(await login(records, id, secret)).toBe('refused');
    });
  });
});
