import { pathStep, referencesOf, type Fault, type PlainEntity, type Point, type RegistrySnapshot } from '@anlan/contracts';

/** The points that a rule judges, in the order of their ids, with what was wrong about saying so. */
export type ResolvedScope = Readonly<{ pointIds: readonly string[]; faults: readonly Fault[] }>;

const WAYS = ['pointId', 'pointIds', 'group', 'select'] as const;
const SELECTORS = ['siteId', 'assetId', 'deviceId', 'metric'] as const;

/**
 * Works out the scope of a rule body: exactly one of `pointId`, `pointIds`, `group` (with the groups below it) or `select`
 * (all of what it names must fit). What does not exist is left out here: references are checked elsewhere.
 */
export function resolveScope(body: PlainEntity, registry: RegistrySnapshot, path: string): ResolvedScope {
  const given = WAYS.filter((way) => body[way] !== undefined);
  const [way] = given;
  if (way === undefined || given.length > 1)
    return wrong(path, 'scope_missing', 'a rule says exactly one of pointId, pointIds, group, select');
  const value = body[way];
  switch (way) {
    case 'pointId':
      return typeof value === 'string' ? existing(registry, [value]) : wrong(`${path}/pointId`, 'bad_type', 'must be the id of a point');
    case 'pointIds':
      return Array.isArray(value) && value.every((id) => typeof id === 'string') && value.length > 0
        ? existing(registry, value)
        : wrong(`${path}/pointIds`, 'bad_type', 'must be a list of ids of points, not empty');
    case 'group':
      return typeof value === 'string'
        ? existing(registry, membersOf(registry, value))
        : wrong(`${path}/group`, 'bad_type', 'must be the id of a group');
    case 'select':
      return selected(registry, value, `${path}/select`);
  }
}

/** Does the rule name something that does not stand, so that an empty scope is not its own fault. */
export function namesUnknown(body: PlainEntity, registry: RegistrySnapshot): boolean {
  return referencesOf('rules', body).some(({ kind, id }) => kind !== 'routes' && kind !== 'rules' && !registry[kind].has(id));
}

function existing(registry: RegistrySnapshot, ids: Iterable<string>): ResolvedScope {
  return { pointIds: [...new Set(ids)].filter((id) => registry.points.has(id)).sort(), faults: [] };
}

function membersOf(registry: RegistrySnapshot, groupId: string): readonly string[] {
  const below = new Set([groupId]);
  // Groups are few and a group's parent may come after it, so this goes round until nothing more is found.
  for (let before = 0; before < below.size;) {
    before = below.size;
    for (const group of registry.groups.values()) if (group.parentId !== undefined && below.has(group.parentId)) below.add(group.id);
  }
  return [...below].flatMap((id) => registry.groups.get(id)?.pointIds ?? []);
}

function selected(registry: RegistrySnapshot, select: unknown, path: string): ResolvedScope {
  if (typeof select !== 'object' || select === null || Array.isArray(select)) return wrong(path, 'bad_type', 'must be an object');
  const wanted = Object.entries<unknown>({ ...select });
  const faults = wanted.flatMap(([key, value]): readonly Fault[] => {
    if (!(SELECTORS as readonly string[]).includes(key))
      return [{ path: path + pathStep(key), code: 'unknown_key', message: 'no such field' }];
    return typeof value === 'string' ? [] : [{ path: path + pathStep(key), code: 'bad_type', message: 'must be an id' }];
  });
  if (wanted.length === 0) return wrong(path, 'scope_missing', `names at least one of ${SELECTORS.join(', ')}`);
  if (faults.length > 0) return { pointIds: [], faults };
  const fits = (point: Point): boolean => {
    const place = traits(registry, point);
    return wanted.every(([key, value]) => place[key as (typeof SELECTORS)[number]] === value);
  };
  return existing(
    registry,
    [...registry.points.values()].filter(fits).map(({ id }) => id),
  );
}

function traits(registry: RegistrySnapshot, { deviceId, metric }: Point): Readonly<Record<(typeof SELECTORS)[number], string | undefined>> {
  const assetId = registry.devices.get(deviceId)?.assetId;
  const siteId = assetId === undefined ? undefined : registry.assets.get(assetId)?.siteId;
  return { siteId, assetId, deviceId, metric };
}

function wrong(path: string, code: string, message: string): ResolvedScope {
  return { pointIds: [], faults: [{ path, code, message }] };
}
