import type { Millis } from './basics.js';
import type { Derived } from './derived.js';
import type { AlarmLevel } from './level.js';
import type { ChannelName } from './channel-name.js';

export type Region = Readonly<{ code: string; name: string; parent?: string }>;
export type Unit = Readonly<{ id: string; name: string; role: string }>;
export type Person = Readonly<{ id: string; name: string; unitId: string; phone?: string; webhook?: string }>;
export type Metric = Readonly<{
  code: string;
  name: string;
  nameEn?: string;
  unit: string;
  min?: number;
  max?: number;
  domain?: string;
  source?: string;
  expectVariation?: boolean;
}>;
export type Site = Readonly<{
  id: string;
  name: string;
  domain: string;
  regionCode: string;
  unitId: string;
  lon: number;
  lat: number;
  address?: string;
}>;
export type Asset = Readonly<{ id: string; siteId: string; name: string; lon?: number; lat?: number; type?: string; mode?: AssetMode }>;
/** What an asset is doing (maintenance, refuelling …) in [from, until), event time. Rules may run in some modes only; outside of any it is `normal`. */
export type AssetMode = Readonly<{ name: string; from: Millis; until: Millis }>;
export type Device = Readonly<{
  id: string;
  assetId: string;
  name?: string;
  /** IANA zone of its local time texts. */
  zone: string;
  intervalMs: Millis;
  reorderMs: Millis;
  liveHorizonMs: Millis | null;
  gatewayId?: string;
  enabled: boolean;
}>;
export type Point = Readonly<{
  id: string;
  deviceId: string;
  metric: string;
  name?: string;
  min?: number;
  max?: number;
  /** How its value is computed from other points; absent: the device sends it. */
  derived?: Derived;
}>;
export type Group = Readonly<{
  id: string;
  siteId: string;
  parentId?: string;
  /** What its members have in common when they vote, for example a gateway. */ domainOf?: string;
  pointIds: readonly string[];
}>;
export type Route = Readonly<{
  id: string;
  levels: readonly AlarmLevel[];
  domain?: string;
  regionCode?: string;
  personIds: readonly string[];
  channels: readonly ChannelName[];
}>;

/** Numbers of an asset that change with time, oldest first. Levels of rules refer to them, so that a new version of a limit makes new versions of rules. */
export type Limit = Readonly<{ id: string; assetId: string; metric: string; versions: readonly LimitVersion[] }>;
export type LimitVersion = Readonly<{ from: Millis; source: string; approvedBy?: string } & Partial<Record<AlarmLevel, number>>>;

/** Everything that stands in the registry, by id, as one immutable value. `version` grows with every change. */
export type RegistrySnapshot = Readonly<{
  version: number;
  regions: ReadonlyMap<string, Region>;
  units: ReadonlyMap<string, Unit>;
  people: ReadonlyMap<string, Person>;
  metrics: ReadonlyMap<string, Metric>;
  sites: ReadonlyMap<string, Site>;
  assets: ReadonlyMap<string, Asset>;
  devices: ReadonlyMap<string, Device>;
  points: ReadonlyMap<string, Point>;
  groups: ReadonlyMap<string, Group>;
  routes: readonly Route[];
  limits: ReadonlyMap<string, Limit>;
  /** `deviceId` → metric code or point id → point. */
  pointsOfDevice: ReadonlyMap<string, ReadonlyMap<string, Point>>;
}>;

/** Where a point stands: its device, asset, site, and the codes an alarm carries. Undefined when any link is missing. */
export function placeOf(
  registry: RegistrySnapshot,
  pointId: string,
): Readonly<{ point: Point; device: Device; asset: Asset; site: Site; metric: Metric; domain: string }> | undefined {
  const point = registry.points.get(pointId);
  const device = point && registry.devices.get(point.deviceId);
  const asset = device && registry.assets.get(device.assetId);
  const site = asset && registry.sites.get(asset.siteId);
  const metric = point && registry.metrics.get(point.metric);
  if (!point || !device || !asset || !site || !metric) return undefined;
  return { point, device, asset, site, metric, domain: metric.domain ?? site.domain };
}

/** The codes of a region and of all below it, itself first. Just the code when the region is unknown. */
export function regionSubtree(registry: Pick<RegistrySnapshot, 'regions'>, code: string): readonly string[] {
  const children = new Map<string, string[]>();
  for (const region of registry.regions.values()) {
    if (region.parent === undefined) continue;
    const siblings = children.get(region.parent);
    if (siblings) siblings.push(region.code);
    else children.set(region.parent, [region.code]);
  }
  const codes = new Set([code]);
  for (const each of codes) for (const child of children.get(each) ?? []) codes.add(child);
  return [...codes];
}
