import type { Template } from './pack.js';
import type { RuleBody } from './template.js';

export type Templates = ReadonlyMap<string, Template>;

/** One part of the demo bundle: what one network, farm or pond adds to it. */
export type CityPart = Readonly<{
  sites: readonly DemoSite[];
  assets: readonly DemoAsset[];
  devices: readonly DemoDevice[];
  points: readonly DemoPoint[];
  groups: readonly DemoGroup[];
  rules: readonly RuleBody[];
}>;
export type DemoSite = Readonly<{
  id: string;
  name: string;
  domain: string;
  regionCode: string;
  unitId: string;
  lon: number;
  lat: number;
  address: string;
}>;
export type DemoAsset = Readonly<{ id: string; siteId: string; name: string; type: string; lon: number; lat: number }>;
export type DemoDevice = Readonly<{ id: string; assetId: string; name: string; zone: string; intervalMs: number }>;
export type DemoPoint = Readonly<{ id: string; deviceId: string; metric: string }>;
export type DemoGroup = Readonly<{ id: string; siteId: string; pointIds: readonly string[] }>;

export const NOTHING: CityPart = { sites: [], assets: [], devices: [], points: [], groups: [], rules: [] };

/** All parts as one. */
export function joined(parts: readonly CityPart[]): CityPart {
  return {
    sites: parts.flatMap((part) => part.sites),
    assets: parts.flatMap((part) => part.assets),
    devices: parts.flatMap((part) => part.devices),
    points: parts.flatMap((part) => part.points),
    groups: parts.flatMap((part) => part.groups),
    rules: parts.flatMap((part) => part.rules),
  };
}

type Instrument = Readonly<{ asset: DemoAsset; device: string; name: string; seconds: number; metrics: readonly string[] }>;

/** One asset with one device on it. The demo reports every few seconds, where the field would every few minutes, so that there is something to see. */
export function instrument({ asset, device, name, seconds, metrics }: Instrument): CityPart {
  return {
    ...NOTHING,
    assets: [asset],
    devices: [{ id: device, assetId: asset.id, name, zone: 'Asia/Shanghai', intervalMs: seconds * 1000 }],
    points: metrics.map((metric) => ({ id: `${device}.${metric}`, deviceId: device, metric })),
  };
}

/** Ids of the points of one metric. */
export function pointsOf(part: CityPart, metric: string): readonly string[] {
  return part.points.filter((point) => point.metric === metric).map((point) => point.id);
}

/**
 * The n-th point of a sequence that fills the unit square evenly (R2 of Martin Roberts, "The Unreasonable Effectiveness of
 * Quasirandom Sequences", 2018). Looks scattered, needs no generator and never changes.
 */
export function scattered(n: number): Readonly<{ x: number; y: number }> {
  return { x: (0.5 + n * 0.7548776662466927) % 1, y: (0.5 + n * 0.5698402909980532) % 1 };
}

/** Degrees with six decimals: 0.1 m. */
export function degrees(value: number): number {
  return Number(value.toFixed(6));
}

/** `07` */
export function two(n: number): string {
  return String(n).padStart(2, '0');
}

export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** A template that the packs have; the demo cannot do without. */
export function templateNamed(templates: Templates, id: string): Template {
  const template = templates.get(id);
  if (!template) throw new Error(`no pack has the template ${id}`);
  return template;
}
