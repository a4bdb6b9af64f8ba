import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  parseDerived,
  perKind,
  planImport,
  pointSpecsOf,
  readBundle,
  snapshotOf,
  type Collections,
  type Fault,
  type PlainEntity,
} from './index.js';

const faultsOf = (value: unknown): readonly string[] => {
  const parsed = parseDerived(value);
  return 'faults' in parsed ? parsed.faults.map(({ path }) => path.join('/')) : [];
};
const last = { op: 'last', point: 'dev.a' };

describe('a formula', () => {
  test('is a number or one of the operators, all the way down', () => {
    expect(parseDerived({ value: { op: 'add', of: [last, 1] }, on: 'dev.a', maxAge: '5min' })).toEqual({
      derived: { value: { op: 'add', of: [last, 1] }, on: 'dev.a', maxAge: '5min' },
    });
  });

  test.each<[unknown, readonly string[]]>([
    ['a + b', ['']],
    [{ value: 'a + b' }, ['value']],
    [{ value: { op: 'eval', of: 'a' } }, ['value']],
    [{ value: { op: 'constructor' } }, ['value']],
    [{ value: last, formula: 1 }, ['formula']],
    [{ value: { ...last, extra: 1 } }, ['value/extra']],
    [{ value: { op: 'add', of: [last, { op: 'last' }] } }, ['value/of/1/point']],
    [{ value: { op: 'add', of: [] } }, ['value/of']],
    [{ value: { op: 'sub', of: [last] } }, ['value/of']],
    [{ value: { op: 'add', of: [last, Infinity] } }, ['value/of/1']],
    [{ value: { op: 'sum', point: 'dev.a', window: 'ages' } }, ['value/window']],
    [{ value: { op: 'sum', point: 'dev.a', window: '91d' } }, ['value/window']],
    [{ value: { op: 'sum', point: 'dev.a', window: 0 } }, ['value/window']],
    [{ value: { op: 'quantile', point: 'dev.a', window: '1h', p: 2 } }, ['value/p']],
    [{ value: { op: 'mix', of: [last, last], times: [1] } }, ['value/times']],
    [{ value: { op: 'atLeast', k: 3, of: [last] } }, ['value/k']],
    [{ value: { op: 'age', point: 'dev.a', unit: 'h' } }, ['value']],
    [{ value: { op: 'residual', y: last, x: [last] } }, ['value']],
    [{ value: 3 }, ['value']],
    [{ value: last, on: 'dev.b' }, ['on']],
  ])('%j has its fault at %j', (value, paths) => {
    expect(faultsOf(value)).toEqual(paths);
  });

  test('is bounded in depth and size, whatever it is given', () => {
    let deep: unknown = last;
    for (let i = 0; i < 8; i += 1) deep = { op: 'abs', of: deep };
    expect(faultsOf({ value: deep })).toHaveLength(1);
    const wide = { op: 'add', of: Array.from({ length: 16 }, () => ({ op: 'add', of: Array.from({ length: 16 }, () => last) })) };
    expect(faultsOf({ value: wide })).toEqual(['value']);
  });

  test('property: anything at all is read without a throw', () => {
    fc.assert(fc.property(fc.anything(), (value) => void parseDerived(value)));
    fc.assert(fc.property(fc.jsonValue(), (value) => void parseDerived({ value })));
  });
});

describe('a derived point in a bundle', () => {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const nothing: Collections = perKind(() => new Map<string, PlainEntity>());
  const plan = (points: readonly unknown[], stored = nothing) =>
    planImport(stored, readBundle({ ...(stored === nothing ? city : {}), points }), digest);
  const said = (faults: readonly Fault[]): string[] => faults.map(({ path, code }) => `${path} ${code}`);
  const site = (id: string) => ({ id, name: id, domain: 'water', regionCode: '1', unitId: 'u', lon: 1, lat: 1 });
  const city = {
    version: 1,
    regions: [{ code: '1', name: 'r' }],
    units: [{ id: 'u', name: 'u', role: 'owner' }],
    metrics: ['a', 'b', 'sum'].map((code) => ({ code, name: code, unit: 'm' })),
    sites: [site('here'), site('there')],
    assets: [
      { id: 'main', siteId: 'here', name: 'm' },
      { id: 'far', siteId: 'there', name: 'f' },
    ],
    devices: [
      { id: 'dev', assetId: 'main', gatewayId: 'gw-1' },
      { id: 'other', assetId: 'far' },
    ],
  };
  const measured = [
    { deviceId: 'dev', metric: 'a' },
    { deviceId: 'dev', metric: 'b' },
    { deviceId: 'other', metric: 'a' },
  ];
  const sum = (of: readonly unknown[], id = 'dev.sum') => ({ id, deviceId: 'dev', metric: 'sum', derived: { value: { op: 'add', of } } });

  test('is kept, goes to the engine with its gateway, and cannot be sent by a device', () => {
    const { next, faults } = plan([...measured, sum([last, 1])]);
    expect(faults).toEqual([]);
    const registry = snapshotOf(1, next);
    expect(pointSpecsOf(registry).get('dev.sum')).toMatchObject({
      derived: { value: { op: 'add', of: [last, 1] } },
      gatewayId: 'gw-1',
      siteId: 'here',
    });
    expect([...(registry.pointsOfDevice.get('dev')?.keys() ?? [])]).toEqual(['a', 'b', 'dev.a', 'dev.b']);
  });

  test('faults of the formula have their own paths', () => {
    expect(said(plan([...measured, sum([last, { op: 'last' }])]).faults)).toEqual(['/points/3/derived/value/of/1/point bad_value']);
  });

  test('inputs must stand, and stand at the same site', () => {
    expect(said(plan([...measured, sum([last, { op: 'last', point: 'nobody' }])]).faults)).toEqual([
      '/points/3/derived/value/of/1/point unknown_reference',
    ]);
    expect(said(plan([...measured, sum([last, { op: 'last', point: 'other.a' }])]).faults)).toEqual([
      '/points/3/derived/value/of/1/point other_site',
    ]);
  });

  test('a device that moves away from its derived points is refused', () => {
    const { next } = plan([...measured, { ...sum([{ op: 'last', point: 'dev.a' }], 'x'), deviceId: 'dev' }]);
    const moved = planImport(
      next,
      readBundle({ assets: [{ id: 'main', siteId: 'here', name: 'm' }], devices: [{ id: 'dev', assetId: 'far' }] }),
      digest,
    );
    expect(moved.faults).toEqual([]);
    const apart = plan([
      ...measured,
      sum([
        { op: 'last', point: 'dev.a' },
        { op: 'last', point: 'dev.b' },
      ]),
    ]).next;
    const split = planImport(
      apart,
      readBundle({ devices: [{ id: 'third', assetId: 'far' }], points: [{ id: 'dev.a', deviceId: 'third', metric: 'a' }] }),
      digest,
    );
    expect(said(split.faults)).toEqual(['/points/dev.sum/derived/value/of/0/point other_site']);
  });

  test('no point is computed from itself, over however many steps', () => {
    const round = [...measured, sum([{ op: 'last', point: 'y' }], 'x'), sum([{ op: 'last', point: 'x' }], 'y')];
    expect(said(plan(round).faults)).toEqual(['/points/3/derived circle', '/points/4/derived circle']);
  });

  test('an input cannot be removed while it is read', () => {
    const { next } = plan([...measured, sum([last, 1])]);
    const again = plan([{ id: 'dev.sum', deviceId: 'dev', metric: 'sum', derived: null }], next);
    expect(again.next.points.get('dev.sum')).toEqual({ id: 'dev.sum', deviceId: 'dev', metric: 'sum' });
  });
});
