import { placeOf, regionSubtree, type RegistrySnapshot } from '@anlan/contracts';
import type { Entity, EntityKind, RegionScope } from '@anlan/ports';

/** All codes at and below these regions. */
export function withSubtrees(registry: RegistrySnapshot, codes: readonly string[]): readonly string[] {
  return [...new Set(codes.flatMap((code) => regionSubtree(registry, code)))];
}

/** The scope of a user, with the regions below those named. */
export function expandScope(registry: RegistrySnapshot, { regionCodes }: RegionScope): RegionScope {
  return { regionCodes: regionCodes && withSubtrees(registry, regionCodes) };
}

export function inScope({ regionCodes }: RegionScope, regionCode: string): boolean {
  return regionCodes === null || regionCodes.includes(regionCode);
}

/** The scope cut down to one region and those below it. */
export function narrowed(registry: RegistrySnapshot, scope: RegionScope, regionCode: string | undefined): RegionScope {
  if (regionCode === undefined) return scope;
  return { regionCodes: withSubtrees(registry, [regionCode]).filter((code) => inScope(scope, code)) };
}

/** Region of a device; undefined when any link of its chain is missing. */
export function regionOfDevice(registry: RegistrySnapshot, deviceId: string): string | undefined {
  const device = registry.devices.get(deviceId);
  return device && regionOfAsset(registry, device.assetId);
}

function regionOfAsset(registry: RegistrySnapshot, assetId: string): string | undefined {
  const asset = registry.assets.get(assetId);
  return asset && registry.sites.get(asset.siteId)?.regionCode;
}

export function regionOfPoint(registry: RegistrySnapshot, pointId: string): string | undefined {
  return placeOf(registry, pointId)?.site.regionCode;
}

/** Devices that a scope may see; undefined: all, so no filter is needed. */
export function devicesInScope(registry: RegistrySnapshot, scope: RegionScope): readonly string[] | undefined {
  if (scope.regionCodes === null) return undefined;
  return [...registry.devices.keys()].filter((id) => {
    const region = regionOfDevice(registry, id);
    return region !== undefined && inScope(scope, region);
  });
}

type Where = (registry: RegistrySnapshot, entity: Entity) => readonly (string | undefined)[];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const siteRegion = (registry: RegistrySnapshot, siteId: unknown): string | undefined => registry.sites.get(text(siteId))?.regionCode;

/** Regions that an entry touches; an `undefined` among them belongs to nobody's region alone. */
const WHERE = {
  regions: () => [undefined],
  units: () => [undefined],
  people: () => [undefined],
  metrics: () => [undefined],
  routes: (_registry, { regionCode }) => [typeof regionCode === 'string' ? regionCode : undefined],
  sites: (_registry, { regionCode }) => [text(regionCode)],
  assets: (registry, { siteId }) => [siteRegion(registry, siteId)],
  devices: (registry, { assetId }) => [regionOfAsset(registry, text(assetId))],
  points: (registry, { deviceId }) => [regionOfDevice(registry, text(deviceId))],
  groups: (registry, { siteId }) => [siteRegion(registry, siteId)],
  limits: (registry, { assetId }) => [regionOfAsset(registry, text(assetId))],
  rules: whereRule,
} as const satisfies Record<EntityKind, Where>;

function whereRule(registry: RegistrySnapshot, rule: Entity): readonly (string | undefined)[] {
  if (typeof rule['pointId'] === 'string') return [regionOfPoint(registry, rule['pointId'])];
  if (Array.isArray(rule['pointIds'])) return rule['pointIds'].map((id) => regionOfPoint(registry, text(id)));
  if (typeof rule['group'] === 'string') return [siteRegion(registry, registry.groups.get(rule['group'])?.siteId)];
  return [undefined];
}

/** May this scope change the entry? Entries of no region need the scope of all regions. */
export function mayTouch(registry: RegistrySnapshot, scope: RegionScope, kind: EntityKind, entity: Entity): boolean {
  if (scope.regionCodes === null) return true;
  const regions = WHERE[kind](registry, entity);
  return regions.length > 0 && regions.every((region) => region !== undefined && inScope(scope, region));
}

/** May this scope see the entry? Metrics belong to all; units and people are seen where their unit has a site. */
export function maySee(registry: RegistrySnapshot, scope: RegionScope, kind: EntityKind, entity: Entity): boolean {
  if (scope.regionCodes === null || kind === 'metrics') return true;
  if (kind === 'regions') return inScope(scope, text(entity['code']));
  if (kind === 'units') return unitsInScope(registry, scope).has(text(entity['id']));
  if (kind === 'people') return unitsInScope(registry, scope).has(text(entity['unitId']));
  return WHERE[kind](registry, entity).some((region) => region !== undefined && inScope(scope, region));
}

function unitsInScope(registry: RegistrySnapshot, scope: RegionScope): ReadonlySet<string> {
  return new Set([...registry.sites.values()].filter((site) => inScope(scope, site.regionCode)).map((site) => site.unitId));
}
