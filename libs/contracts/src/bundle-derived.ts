/** What a plan may not do to derived points (B5): read points of another site, or run in a circle. */
import type { Fault } from './basics.js';
import type { BundleKind } from './bundle-schema.js';
import type { PlainEntity } from './bundle.js';
import { derivedInputs, type Derived } from './derived.js';

type Entities = ReadonlyMap<string, PlainEntity>;
type Next = Readonly<Pick<Record<BundleKind, Entities>, 'assets' | 'devices' | 'points'>>;
type Touched = readonly Readonly<{ kind: BundleKind; id: string; path: string }>[];

/** A device that moves changes the site of points that nobody touched, so then all are looked at. */
const MOVERS: ReadonlySet<BundleKind> = new Set<BundleKind>(['assets', 'devices', 'points']);

export function derivedFaults(next: Next, touched: Touched): readonly Fault[] {
  if (!touched.some(({ kind }) => MOVERS.has(kind))) return [];
  const paths = new Map(touched.flatMap(({ kind, id, path }) => (kind === 'points' ? [[id, path] as const] : [])));
  const faults: Fault[] = [];
  for (const [id, point] of next.points) {
    const derived = derivedOf(point);
    if (!derived) continue;
    const path = `${paths.get(id) ?? `/points/${id}`}/derived`;
    const site = siteOf(next, id);
    for (const input of derivedInputs(derived)) {
      const other = siteOf(next, input.pointId);
      if (typeof site !== 'string' || typeof other !== 'string' || other === site) continue;
      faults.push({ path: path + input.path, code: 'other_site', message: `${input.pointId} belongs to site ${other}, not to ${site}` });
    }
    if (readsItself(next, id)) faults.push({ path, code: 'circle', message: `${id} would be computed from itself` });
  }
  return faults;
}

function derivedOf(point: PlainEntity | undefined): Derived | undefined {
  // The schema has parsed it.
  return point?.['derived'] as Derived | undefined;
}

function siteOf({ points, devices, assets }: Next, pointId: string): unknown {
  const device = devices.get(String(points.get(pointId)?.['deviceId']));
  return assets.get(String(device?.['assetId']))?.['siteId'];
}

function readsItself({ points }: Next, id: string): boolean {
  const seen = new Set<string>();
  const open = [id];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const derived = derivedOf(points.get(one));
    for (const { pointId } of derived ? derivedInputs(derived) : []) {
      if (pointId === id) return true;
      if (!seen.has(pointId)) open.push(pointId);
      seen.add(pointId);
    }
  }
  return false;
}
