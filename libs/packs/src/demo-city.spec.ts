import { existsSync, readFileSync } from 'node:fs';
import { perKind, planImport, readBundle } from '@anlan/contracts';
import { demoCity, demoRegions, loadPacks, type RegionFeature } from './index.js';

const packs = loadPacks();
const city = demoCity(packs);
const ids = (items: readonly Readonly<{ id: string }>[]): ReadonlySet<string> => new Set(items.map((item) => item.id));

test('the demo city has about 200 devices and 600 points, and is the same each time', () => {
  expect(city.devices).toHaveLength(200);
  expect(city.points.length).toBeGreaterThanOrEqual(590);
  expect(city.points.length).toBeLessThanOrEqual(620);
  expect(JSON.stringify(demoCity(packs))).toBe(JSON.stringify(city));
  expect(JSON.stringify(city)).not.toContain('credential');
});

test('every reference resolves and every id is used once', () => {
  const [regions, units, people, sites, assets, devices, points] = [
    new Set(city.regions.map((region) => region.code)),
    ids(city.units),
    ids(city.people),
    ids(city.sites),
    ids(city.assets),
    ids(city.devices),
    ids(city.points),
  ];
  expect(sites.size + assets.size + devices.size + points.size).toBe(
    city.sites.length + city.assets.length + city.devices.length + city.points.length,
  );
  expect(city.regions.filter(({ parent }) => parent !== undefined && !regions.has(parent))).toEqual([]);
  expect(city.people.filter(({ unitId }) => !units.has(unitId))).toEqual([]);
  expect(city.sites.filter(({ regionCode, unitId }) => !regions.has(regionCode) || !units.has(unitId))).toEqual([]);
  expect(city.assets.filter(({ siteId }) => !sites.has(siteId))).toEqual([]);
  expect(city.devices.filter(({ assetId }) => !assets.has(assetId))).toEqual([]);
  expect(city.points.filter(({ deviceId, metric }) => !devices.has(deviceId) || !packs.metrics.has(metric))).toEqual([]);
  expect(
    city.groups.filter(({ siteId, pointIds }) => !sites.has(siteId) || pointIds.length === 0 || pointIds.some((id) => !points.has(id))),
  ).toEqual([]);
  expect(
    city.routes.filter(
      ({ regionCode, personIds }) => (regionCode !== undefined && !regions.has(regionCode)) || personIds.some((id) => !people.has(id)),
    ),
  ).toEqual([]);
  expect(ids(city.rules).size).toBe(city.rules.length);
  expect([...sites, ...assets, ...devices, ...points].filter((id) => !/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/.test(id))).toEqual([]);
});

test('the importer finds no fault in it', () => {
  const stored = { ...perKind(() => new Map()), metrics: new Map([...packs.metrics].map(([code, metric]) => [code, { ...metric }])) };
  const plan = planImport(stored, readBundle(JSON.parse(JSON.stringify(city))), (text) => text);
  expect([...plan.faults, ...plan.warnings]).toEqual([]);
});

test('every rule stands on points that exist and says where its limits come from', () => {
  const points = ids(city.points);
  for (const rule of city.rules) {
    const scope = (rule['pointIds'] ?? [rule['pointId']]) as readonly string[];
    expect({
      rule: rule.id,
      missing: scope.filter((id) => !points.has(id)),
      empty: scope.length === 0,
      source: Boolean(rule['source']),
    }).toEqual({ rule: rule.id, missing: [], empty: false, source: true });
  }
});

test('limits worked out for an asset keep their order', () => {
  for (const rule of city.rules.filter(({ kind }) => kind === 'threshold')) {
    const limits = (rule['levels'] as readonly { at?: number; high?: number }[]).map(({ at, high }) => at ?? high ?? NaN);
    const along = rule['side'] === 'low' ? -1 : 1;
    expect({ rule: rule.id, ok: limits.every((limit, i) => i === 0 || (limit - (limits[i - 1] ?? NaN)) * along > 0) }).toEqual({
      rule: rule.id,
      ok: true,
    });
  }
});

test('telephones are of a block that nobody has', () => {
  expect(city.people.filter(({ phone }) => !/^1380000\d{4}$/.test(phone))).toEqual([]);
});

describe('region outlines', () => {
  const { features } = demoRegions();

  test('each district is a closed ring, and each site and asset lies in its own', () => {
    const regionOfSite = new Map(city.sites.map((site) => [site.id, site.regionCode]));
    for (const feature of features) expect(ringOf(feature).at(0)).toEqual(ringOf(feature).at(-1));
    for (const site of city.sites) expect(districtAt(site)).toBe(site.regionCode);
    for (const asset of city.assets) expect(districtAt(asset)).toBe(regionOfSite.get(asset.siteId));
  });

  test('neighbours share their border: every inner edge stands in exactly two rings', () => {
    const edges = new Map<string, number>();
    for (const feature of features) {
      const ring = ringOf(feature);
      ring.slice(1).forEach((to, i) => {
        const key = [String(ring[i]), String(to)].sort().join('|');
        edges.set(key, (edges.get(key) ?? 0) + 1);
      });
    }
    expect([...edges.values()].filter((count) => count === 2)).toHaveLength(7 * 12);
    expect([...edges.values()].filter((count) => count > 2)).toEqual([]);
  });

  test('the committed GeoJSON is what the generator gives', () => {
    const file = new URL('../data/demo-regions.geo.json', import.meta.url);
    expect(existsSync(file)).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(demoRegions());
  });

  function ringOf(feature: RegionFeature): readonly (readonly [number, number])[] {
    return feature.geometry.coordinates[0] ?? [];
  }

  function districtAt({ lon, lat }: Readonly<{ lon: number; lat: number }>): string | undefined {
    return features.find((feature) => inside(ringOf(feature), lon, lat))?.properties.code;
  }
});

/** Even-odd rule. */
function inside(ring: readonly (readonly [number, number])[], x: number, y: number): boolean {
  return ring.slice(1).reduce((within, [x2, y2], i) => {
    const [x1, y1] = ring[i] ?? [x2, y2];
    const crosses = y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1;
    return crosses ? !within : within;
  }, false);
}
