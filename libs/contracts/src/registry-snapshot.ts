import type { BundleKind } from './bundle-schema.js';
import type { Collections } from './bundle-plan.js';
import {
  placeOf,
  type Asset,
  type Device,
  type Group,
  type Limit,
  type Metric,
  type Person,
  type Point,
  type Region,
  type RegistrySnapshot,
  type Route,
  type Site,
  type Unit,
} from './registry.js';
import type { PointSpec } from './rule.js';

/** The registry as one value, from entities that an import has checked. */
export function snapshotOf(version: number, collections: Collections): RegistrySnapshot {
  const points = as<Point>(collections, 'points');
  return {
    version,
    regions: as<Region>(collections, 'regions'),
    units: as<Unit>(collections, 'units'),
    people: as<Person>(collections, 'people'),
    metrics: as<Metric>(collections, 'metrics'),
    sites: as<Site>(collections, 'sites'),
    assets: as<Asset>(collections, 'assets'),
    devices: as<Device>(collections, 'devices'),
    points,
    groups: as<Group>(collections, 'groups'),
    routes: [...as<Route>(collections, 'routes').values()],
    limits: as<Limit>(collections, 'limits'),
    pointsOfDevice: pointsByDevice(points),
  };
}

// `planImport` parsed every entity by the schema of its kind, whose output is the type of the snapshot.
function as<T>(collections: Collections, kind: BundleKind): ReadonlyMap<string, T> {
  return collections[kind] as ReadonlyMap<string, unknown> as ReadonlyMap<string, T>;
}

/** A point goes by its id and by its metric; a metric that two points of a device share names neither of them. What is computed no device can send. */
function pointsByDevice(points: ReadonlyMap<string, Point>): ReadonlyMap<string, ReadonlyMap<string, Point>> {
  const byDevice = new Map<string, Point[]>();
  for (const point of points.values()) {
    if (point.derived) continue;
    const list = byDevice.get(point.deviceId);
    if (list) list.push(point);
    else byDevice.set(point.deviceId, [point]);
  }
  return new Map([...byDevice].map(([deviceId, list]) => [deviceId, namesOf(list)]));
}

function namesOf(points: readonly Point[]): ReadonlyMap<string, Point> {
  const names = new Map<string, Point>();
  const shared = new Set<string>();
  for (const point of points) {
    if (names.has(point.metric)) shared.add(point.metric);
    names.set(point.metric, point);
  }
  for (const metric of shared) names.delete(metric);
  for (const point of points) names.set(point.id, point);
  return names;
}

/** What the engine must know of each point. Points of disabled devices are left out: nobody expects anything of them. */
export function pointSpecsOf(registry: RegistrySnapshot): ReadonlyMap<string, PointSpec> {
  const specs = new Map<string, PointSpec>();
  const domains = domainsOf(registry);
  for (const pointId of registry.points.keys()) {
    const spec = pointSpecOf(registry, pointId);
    const domainOf = domains.get(pointId);
    if (spec) specs.set(pointId, domainOf === undefined ? spec : { ...spec, domainOf });
  }
  return specs;
}

/** The failure domain of each point that a group names one for; of several groups the first by id. */
function domainsOf({ groups }: RegistrySnapshot): ReadonlyMap<string, string> {
  const domains = new Map<string, string>();
  for (const { domainOf, pointIds } of [...groups.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (domainOf === undefined) continue;
    for (const id of pointIds) if (!domains.has(id)) domains.set(id, domainOf);
  }
  return domains;
}

function pointSpecOf(registry: RegistrySnapshot, pointId: string): PointSpec | undefined {
  const place = placeOf(registry, pointId);
  if (!place?.device.enabled) return undefined;
  const { point, device, asset, metric, site } = place;
  const min = point.min ?? metric.min;
  const max = point.max ?? metric.max;
  return {
    pointId,
    deviceId: device.id,
    siteId: site.id,
    metric: metric.code,
    unit: metric.unit,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    intervalMs: device.intervalMs,
    // What is computed comes in order: its inputs have waited already.
    reorderMs: point.derived ? 0 : device.reorderMs,
    liveHorizonMs: device.liveHorizonMs,
    ...(metric.expectVariation !== undefined && { expectVariation: metric.expectVariation }),
    ...(asset.mode && { mode: asset.mode }),
    ...(point.derived && { derived: point.derived }),
    ...(device.gatewayId !== undefined && { gatewayId: device.gatewayId }),
  };
}
