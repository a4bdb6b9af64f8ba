/** Bundles of datasets: what every one of them needs around its devices, and rules straight from the packs. */
import { loadPacks, pointFrom, ruleFrom, type DerivedPlacement, type DerivedPoint, type Placement, type RuleBody } from '@anlan/packs';

export type DeviceOf = Readonly<{
  id: string;
  intervalMs: number;
  points: readonly Readonly<{ id?: string; metric: string; min?: number; max?: number; name?: string; derived?: unknown }>[];
}>;
export type World = Readonly<{
  domain: string;
  devices: readonly DeviceOf[];
  rules: readonly RuleBody[];
  /** Metrics that no pack knows. Prefer those of the packs. */
  metrics?: readonly Readonly<Record<string, unknown>>[];
  /** Further collections of the bundle: `groups`, `derived` … */
  more?: Readonly<Record<string, readonly unknown[]>>;
}>;

const packs = loadPacks();

/** One site with one asset a device. Device clocks are UTC, order is that of the file, nothing is too old. */
export function bundleOf({ domain, devices, rules, metrics = [], more = {} }: World): unknown {
  return {
    version: 1,
    regions: [{ code: 'r', name: '测试区' }],
    units: [{ id: 'u', name: '测试单位', role: 'owner' }],
    sites: [{ id: 's', name: '测试站点', domain, regionCode: 'r', unitId: 'u', lon: 117, lat: 31 }],
    metrics,
    assets: devices.map(({ id }) => ({ id, siteId: 's', name: id })),
    devices: devices.map(({ id, intervalMs }) => ({ id, assetId: id, zone: 'UTC', intervalMs, liveHorizonMs: null })),
    points: devices.flatMap(({ id, points }) => points.map((point) => ({ deviceId: id, ...point }))),
    rules,
    ...more,
  };
}

/** The shipped template, put on points. Throws when there is none of that id. */
export function shipped(templateId: string, placement: Placement): RuleBody {
  const template = packs.templates.get(templateId);
  if (!template) throw new Error(`no pack has a template ${templateId}`);
  return ruleFrom(template, placement);
}

/** The shipped formula, as a point of a device. Throws when there is none of that id. */
export function shippedPoint(derivedId: string, placement: DerivedPlacement): DerivedPoint {
  const template = packs.derived.get(derivedId);
  if (!template) throw new Error(`no pack has a derived point ${derivedId}`);
  return pointFrom(template, placement);
}
