import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ENTITY_KINDS, perKind, planImport, planRemoval, readBundle, type Collections, type Fault, type PlainEntity } from './index.js';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const nothing: Collections = perKind(() => new Map<string, PlainEntity>());
const plan = (bundle: unknown, stored: Collections = nothing) => planImport(stored, readBundle(bundle), digest);
const said = (faults: readonly Fault[]): string[] => faults.map(({ path, code }) => `${path} ${code}`);

const city = {
  version: 1,
  regions: [
    { code: '100', name: '样例市' },
    { code: '110', name: '东区', parent: '100' },
  ],
  units: [{ id: 'gas', name: '样例燃气', role: 'owner' }],
  people: [{ id: 'p1', name: '值班一', unitId: 'gas', phone: '13800000000' }],
  metrics: [{ code: 'ch4', name: '甲烷', unit: '%VOL', min: 0, max: 20 }],
  sites: [{ id: 'net', name: '管网', domain: 'uspace', regionCode: '110', unitId: 'gas', lon: 117.2, lat: 31.8 }],
  assets: [{ id: 'well', siteId: 'net', name: '井' }],
  devices: [{ id: 'dev', assetId: 'well', credential: 'long-enough-secret-1' }],
  points: [{ deviceId: 'dev', metric: 'ch4' }],
  groups: [{ id: 'g1', siteId: 'net', pointIds: ['dev.ch4'] }],
  routes: [{ levels: ['red'], personIds: ['p1'] }],
  rules: [{ id: 'r1', kind: 'threshold', pointId: 'dev.ch4', side: 'high', levels: [{ level: 'red', at: 5 }] }],
};

describe('a bundle', () => {
  test('is read, with defaults for what is new', () => {
    const { next, changes, faults, credentials } = plan(city);
    expect(faults).toEqual([]);
    expect(changes).toHaveLength(12);
    expect(next.devices.get('dev')).toEqual({
      id: 'dev',
      assetId: 'well',
      zone: 'Asia/Shanghai',
      intervalMs: 60_000,
      reorderMs: 0,
      liveHorizonMs: 900_000,
      enabled: true,
    });
    expect(next.points.get('dev.ch4')).toEqual({ id: 'dev.ch4', deviceId: 'dev', metric: 'ch4' });
    expect([...next.routes.values()]).toEqual([expect.objectContaining({ levels: ['red'], channels: ['outbox'] })]);
    expect(credentials).toEqual(new Map([['dev', 'long-enough-secret-1']]));
  });

  test('B2: the same again changes nothing', () => {
    const { next } = plan(city);
    expect(plan(city, next)).toMatchObject({ changes: [], unchanged: 12, faults: [] });
  });

  test('B2: an absent optional field keeps what is stored, null takes it away', () => {
    const { next } = plan({ ...city, devices: [{ id: 'dev', assetId: 'well', name: '传感器', intervalMs: 5_000, liveHorizonMs: null }] });
    const kept = plan({ devices: [{ id: 'dev', assetId: 'well', enabled: false }] }, next).next.devices.get('dev');
    expect(kept).toMatchObject({ name: '传感器', intervalMs: 5_000, liveHorizonMs: null, enabled: false });
    const cleared = plan({ devices: [{ id: 'dev', assetId: 'well', name: null, intervalMs: null }] }, next).next.devices.get('dev');
    expect(cleared).toEqual({
      id: 'dev',
      assetId: 'well',
      zone: 'Asia/Shanghai',
      intervalMs: 60_000,
      reorderMs: 0,
      liveHorizonMs: null,
      enabled: true,
    });
  });

  test("a rule's body is one value; only name and being enabled outlive their absence", () => {
    const { next } = plan({ ...city, rules: [{ ...city.rules[0], name: '甲烷', enabled: false, quality: 'hold' }] });
    const after = plan(
      { rules: [{ id: 'r1', kind: 'threshold', pointIds: ['dev.ch4'], side: 'high', levels: [{ level: 'red', at: 6 }] }] },
      next,
    ).next.rules.get('r1');
    expect(after).toEqual({
      id: 'r1',
      name: '甲烷',
      enabled: false,
      kind: 'threshold',
      pointIds: ['dev.ch4'],
      side: 'high',
      levels: [{ level: 'red', at: 6 }],
    });
  });

  test('B1: shape and reference faults come in one pass, each with its path', () => {
    const { faults } = plan({
      version: 2,
      regions: [
        { code: '110', name: '', parent: '999' },
        { code: 'a', name: 'A', parent: 'b' },
        { code: 'b', name: 'B', parent: 'a' },
      ],
      units: [{ id: '#', name: '单位', role: 'owner' }],
      people: [{ id: 'p1', name: '人', unitId: 'gone', phone: 'call me', webhook: 'javascript:alert(1)' }],
      sites: [{ id: 's', name: '站', domain: 'gas', regionCode: '110', unitId: '#', lon: 181, lat: '31' }],
      devices: [
        { id: 'd', assetId: 'nowhere', zone: 'Mars/Olympus', credential: 'short', intervalMs: 0 },
        { id: 'ok', assetId: 'nowhere' },
        { id: 'ok', assetId: 'nowhere' },
      ],
      points: [{ deviceId: 'ok', metric: 'none', min: 3, max: 3, formula: 'a+b' }],
      metrics: [{ code: 'm', name: '量', unit: 'm', min: 2, max: 1 }],
      rules: [{ id: 'r', kind: 'threshold', pointId: 'no.point', select: { siteId: 'no-site' } }],
      compute: [],
      extra: 1,
    });
    expect(said(faults).sort()).toEqual(
      [
        '/version bad_version',
        '/regions/0/name too_short',
        '/units/0/id bad_format',
        '/people/0/phone bad_format',
        '/people/0/webhook bad_value',
        '/sites/0/lon out_of_range',
        '/sites/0/lat bad_type',
        '/devices/0/zone bad_value',
        '/devices/0/credential too_short',
        '/devices/0/intervalMs out_of_range',
        '/points/0/formula not_supported_yet',
        '/compute not_supported_yet',
        '/extra unknown_key',
        '/regions/1/parent circle',
        '/regions/2/parent circle',
        '/devices/1/assetId unknown_reference',
        '/devices/2/assetId unknown_reference',
        '/devices/2 duplicate',
        '/metrics/0/min bad_range',
        '/regions/0/parent unknown_reference',
        '/people/0/unitId unknown_reference',
        '/sites/0/unitId bad_format',
        '/devices/0/assetId unknown_reference',
        '/points/0/metric unknown_reference',
        '/rules/0/pointId unknown_reference',
        '/rules/0/select/siteId unknown_reference',
      ].sort(),
    );
  });

  test('who refers to a faulty entry of the same bundle is not blamed for it', () => {
    const { faults } = plan({ ...city, assets: [{ id: 'well', siteId: 'net', name: '井', lon: 500 }] });
    expect(said(faults)).toEqual(['/assets/0/lon out_of_range']);
  });

  test('B1: at most 1 000 faults are listed', () => {
    const { faults } = plan({ regions: Array.from({ length: 3_000 }, () => ({})) });
    expect(faults.length).toBe(1_000);
  });

  test('a short credential is taken with a warning, a shorter one is refused', () => {
    const short = plan({ ...city, devices: [{ id: 'dev', assetId: 'well', credential: '12345678' }] });
    expect([said(short.faults), said(short.warnings)]).toEqual([[], ['/devices/0/credential credential_short']]);
    expect(short.next.devices.get('dev')).not.toHaveProperty('credential');
    expect(said(plan({ ...city, devices: [{ id: 'dev', assetId: 'well', credential: '1234567' }] }).faults)).toEqual([
      '/devices/0/credential too_short',
    ]);
  });

  test('routes without an id are found again by what they are for', () => {
    const routes = [
      { levels: ['red'], personIds: ['p1'] },
      { levels: ['red'], personIds: ['p1'], channels: ['webhook'] },
    ];
    const first = plan({ ...city, routes });
    expect(first.next.routes.size).toBe(2);
    const second = plan({ routes: [{ levels: ['red'], personIds: ['p1'], channels: ['outbox', 'webhook'] }, routes[1]] }, first.next);
    expect([second.next.routes.size, second.changes.length]).toEqual([2, 1]);
  });

  test('S-03: hostile ids are refused wherever they stand', () => {
    const hostile = [
      '',
      '#',
      '+',
      '/',
      'a/b',
      'a|b',
      'a b',
      '$SYS',
      '__proto__',
      '-a',
      '.a',
      'a\n',
      'a\u0000',
      '安',
      'a'.repeat(65),
      "a'--",
      'a"',
      '%2e',
      'a;b',
      '*',
    ];
    for (const id of hostile) {
      const { faults } = plan({
        units: [{ id, name: 'x', role: 'owner' }],
        devices: [{ id, assetId: id }],
        points: [{ id, deviceId: id, metric: id }],
      });
      expect({ id, faults: said(faults).filter((text) => text.includes('/units/0/id') || text.startsWith('/ ')).length }).not.toEqual({
        id,
        faults: 0,
      });
    }
    expect(plan({ units: [{ id: 'constructor', name: 'x', role: 'owner' }] }).faults).toEqual([]);
  });

  test('what is not plain bounded JSON is refused before it is walked', () => {
    const circular: Record<string, unknown> = { version: 1 };
    circular['rules'] = [circular];
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i += 1) deep = [deep];
    const bomb = Array.from({ length: 9 }).reduce<unknown>((inner) => Array.from({ length: 12 }, () => inner), 1);
    for (const bundle of [
      circular,
      { rules: deep },
      { rules: [bomb] },
      { rules: [new Map()] },
      { rules: [() => 1] },
      { units: [{ id: 'a', name: '\ud800', role: 'x' }] },
      JSON.parse('{"__proto__":{"a":1}}'),
    ]) {
      expect(readBundle(bundle).faults.length).toBeGreaterThan(0);
    }
  });

  test('property: nothing makes the reader or the planner throw', () => {
    const entity = fc.dictionary(
      fc.constantFrom('id', 'code', 'name', 'parent', 'deviceId', 'metric', 'pointIds', 'select', 'levels', 'min', 'max', '__proto__', 'x'),
      fc.oneof(fc.constantFrom('a', 'b'), fc.anything({ withNullPrototype: true })),
    );
    const bundle = fc.dictionary(
      fc.constantFrom('version', 'extra', ...ENTITY_KINDS),
      fc.oneof(fc.array(fc.oneof(entity, fc.anything())), fc.anything()),
    );
    fc.assert(
      fc.property(fc.oneof(bundle, fc.anything()), (value) =>
        plan(value).faults.every(({ path, code, message }) => path.startsWith('/') && code !== '' && message !== ''),
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('a removal', () => {
  const stored = plan(city).next;

  test('B5: what others refer to stays', () => {
    expect(said(planRemoval(stored, 'points', ['dev.ch4']).faults)).toEqual(['/groups/g1/pointIds/0 in_use', '/rules/r1/pointId in_use']);
    expect(said(planRemoval(stored, 'regions', ['100']).faults)).toEqual(['/regions/110/parent in_use']);
    expect(said(planRemoval(stored, 'units', ['nobody']).faults)).toEqual(['/units/nobody unknown']);
  });

  test('things that refer to each other go together', () => {
    expect(planRemoval(stored, 'rules', ['r1'])).toMatchObject({ removed: ['r1'], faults: [] });
    expect(
      planRemoval(
        plan({ ...city, regions: [...city.regions, { code: '200', name: '西', parent: '210' }, { code: '210', name: '西西' }] }).next,
        'regions',
        ['200', '210'],
      ),
    ).toMatchObject({ faults: [] });
  });
});
