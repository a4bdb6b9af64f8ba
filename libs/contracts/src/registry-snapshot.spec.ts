import fc from 'fast-check';
import { canonicalJson, perKind, pointSpecsOf, regionSubtree, snapshotOf, type Collections, type PlainEntity } from './index.js';

const mapOf = (entities: readonly PlainEntity[], key = 'id'): ReadonlyMap<string, PlainEntity> =>
  new Map(entities.map((entity) => [String(entity[key]), entity]));
const device = { id: 'dev', assetId: 'well', zone: 'Asia/Shanghai', intervalMs: 60_000, reorderMs: 0, liveHorizonMs: null, enabled: true };
const collections: Collections = {
  ...perKind(() => new Map<string, PlainEntity>()),
  metrics: mapOf(
    [
      { code: 'ch4', name: '甲烷', unit: '%VOL', min: 0, max: 20, expectVariation: true },
      { code: 't', name: '温度', unit: '℃' },
    ],
    'code',
  ),
  sites: mapOf([{ id: 'net', name: '管网', domain: 'uspace', regionCode: '110', unitId: 'gas', lon: 117, lat: 31 }]),
  assets: mapOf([{ id: 'well', siteId: 'net', name: '井' }]),
  devices: mapOf([device, { ...device, id: 'off', enabled: false }]),
  points: mapOf([
    { id: 'dev.ch4', deviceId: 'dev', metric: 'ch4', max: 10 },
    { id: 'dev.t-up', deviceId: 'dev', metric: 't' },
    { id: 'dev.t-down', deviceId: 'dev', metric: 't' },
    { id: 'off.ch4', deviceId: 'off', metric: 'ch4' },
  ]),
};

test('a device names its points by id and by metric, unless two share the metric', () => {
  const names = snapshotOf(7, collections).pointsOfDevice.get('dev');
  expect([...(names?.keys() ?? [])].sort()).toEqual(['ch4', 'dev.ch4', 'dev.t-down', 'dev.t-up']);
  expect(names?.get('ch4')?.id).toBe('dev.ch4');
});

test('the engine hears of the points of enabled devices, with the narrower range of the point', () => {
  const specs = pointSpecsOf(snapshotOf(7, collections));
  expect([...specs.keys()]).toEqual(['dev.ch4', 'dev.t-up', 'dev.t-down']);
  expect(specs.get('dev.ch4')).toEqual({
    pointId: 'dev.ch4',
    deviceId: 'dev',
    siteId: 'net',
    metric: 'ch4',
    unit: '%VOL',
    min: 0,
    max: 10,
    intervalMs: 60_000,
    reorderMs: 0,
    liveHorizonMs: null,
    expectVariation: true,
  });
});

test('a region has all below it, and a circle does not hang', () => {
  const regions = new Map([
    ['1', { code: '1', name: 'a' }],
    ['2', { code: '2', name: 'b', parent: '1' }],
    ['3', { code: '3', name: 'c', parent: '2' }],
    ['4', { code: '4', name: 'd', parent: '5' }],
    ['5', { code: '5', name: 'e', parent: '4' }],
  ]);
  expect(regionSubtree({ regions }, '1')).toEqual(['1', '2', '3']);
  expect(regionSubtree({ regions }, '4')).toEqual(['4', '5']);
  expect(regionSubtree({ regions }, 'none')).toEqual(['none']);
});

test('property: canonical JSON says the same and does not depend on the order of keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
