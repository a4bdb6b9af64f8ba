import type { BundleKind } from './bundle-schema.js';
import type { PlainEntity } from './bundle.js';

/** A field of an entity that names another entity. `path` is relative to the entity. */
export type Reference = Readonly<{ path: string; kind: BundleKind; id: string }>;

type Field = Readonly<{ field: string; kind: BundleKind }>;

/** Which fields of each kind name which other kind. Arrays name one each. Rules name by their scope. */
const FIELDS = {
  regions: [{ field: 'parent', kind: 'regions' }],
  units: [],
  people: [{ field: 'unitId', kind: 'units' }],
  metrics: [],
  sites: [
    { field: 'regionCode', kind: 'regions' },
    { field: 'unitId', kind: 'units' },
  ],
  assets: [{ field: 'siteId', kind: 'sites' }],
  devices: [{ field: 'assetId', kind: 'assets' }],
  points: [
    { field: 'deviceId', kind: 'devices' },
    { field: 'metric', kind: 'metrics' },
  ],
  groups: [
    { field: 'siteId', kind: 'sites' },
    { field: 'parentId', kind: 'groups' },
    { field: 'pointIds', kind: 'points' },
  ],
  routes: [
    { field: 'regionCode', kind: 'regions' },
    { field: 'personIds', kind: 'people' },
  ],
  rules: [
    { field: 'pointId', kind: 'points' },
    { field: 'pointIds', kind: 'points' },
    { field: 'group', kind: 'groups' },
  ],
} as const satisfies Record<BundleKind, readonly Field[]>;

/** What `select` of a rule may name. */
const SELECT_FIELDS: readonly Field[] = [
  { field: 'siteId', kind: 'sites' },
  { field: 'assetId', kind: 'assets' },
  { field: 'deviceId', kind: 'devices' },
  { field: 'metric', kind: 'metrics' },
];

/** Everything that this entity refers to. */
export function referencesOf(kind: BundleKind, entity: PlainEntity): readonly Reference[] {
  const own = referencesIn(FIELDS[kind], entity, '');
  const { select } = entity;
  return kind === 'rules' && isRecord(select) ? [...own, ...referencesIn(SELECT_FIELDS, select, '/select')] : own;
}

function referencesIn(fields: readonly Field[], entity: PlainEntity, base: string): readonly Reference[] {
  return fields.flatMap(({ field, kind }): readonly Reference[] => {
    const value = entity[field];
    if (typeof value === 'string') return [{ path: `${base}/${field}`, kind, id: value }];
    if (!Array.isArray(value)) return [];
    return value.flatMap((id: unknown, index) => (typeof id === 'string' ? [{ path: `${base}/${field}/${index}`, kind, id }] : []));
  });
}

function isRecord(value: unknown): value is PlainEntity {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
