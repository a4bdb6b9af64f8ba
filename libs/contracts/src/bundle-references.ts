import type { BundleKind } from './bundle-schema.js';
import type { PlainEntity } from './bundle.js';
import { derivedInputs } from './derived.js';
import { parseDerived } from './derived-parse.js';

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
  limits: [
    { field: 'assetId', kind: 'assets' },
    { field: 'metric', kind: 'metrics' },
  ],
  rules: [
    { field: 'pointId', kind: 'points' },
    { field: 'pointIds', kind: 'points' },
    { field: 'group', kind: 'groups' },
    { field: 'at', kind: 'points' },
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
  if (kind === 'points') return [...own, ...inputsOf(entity)];
  if (kind !== 'rules') return own;
  const { select } = entity;
  const selected = isRecord(select) ? referencesIn(SELECT_FIELDS, select, '/select') : [];
  const places = conditionRefsOf(entity).filter(({ kind: target }) => target === 'points');
  return [...own, ...selected, ...places, ...limitRefsOf(entity), ...ruleRefsOf(entity)];
}

/** The points that a derived point reads. */
function inputsOf({ derived }: PlainEntity): readonly Reference[] {
  // What `parseDerived` refuses is said by the schema.
  const parsed = derived === undefined || derived === null ? undefined : parseDerived(derived);
  if (!parsed || !('derived' in parsed)) return [];
  return derivedInputs(parsed.derived).map(({ path, pointId }) => ({ path: `/derived${path}`, kind: 'points', id: pointId }));
}

/** The limits of assets that a rule body refers to: `limit` of a level, and `of` of a number that is a multiple of one. */
export function limitRefsOf({ levels }: PlainEntity): readonly Reference[] {
  if (!Array.isArray(levels)) return [];
  return levels.flatMap((level: unknown, i) => {
    if (!isRecord(level)) return [];
    const path = `/levels/${i}`;
    const multiples = AMOUNTS.flatMap((key) => {
      const amount = level[key];
      const of = isRecord(amount) ? amount['of'] : undefined;
      return isRecord(of) ? referencesIn(LIMIT_FIELDS, of, `${path}/${key}/of`) : [];
    });
    return [...referencesIn(LIMIT_FIELDS, level, path), ...multiples];
  });
}

/** The other rules that a rule body refers to: what it aims at, and the baseline that it looks from. */
export function ruleRefsOf(body: PlainEntity): readonly Reference[] {
  const { target } = body;
  const aims = isRecord(target) ? referencesIn(TARGET_FIELDS, target, '/target') : [];
  return [...referencesIn(RULE_FIELDS, body, ''), ...aims, ...conditionRefsOf(body).filter(({ kind }) => kind === 'rules')];
}

/** Points and rules that the condition of a vote speaks of. */
function conditionRefsOf({ when }: PlainEntity): readonly Reference[] {
  const found: Reference[] = [];
  // Deeper than a condition may be; what is too deep is said by the parser of rules.
  const walk = (path: string, value: unknown, depth: number): void => {
    if (depth > DEEPEST_CONDITION) return;
    if (Array.isArray(value)) value.forEach((one: unknown, i) => walk(`${path}/${i}`, one, depth + 1));
    if (!isRecord(value)) return;
    found.push(...referencesIn(LEAF_FIELDS, value, path));
    for (const key of BRANCHES) if (value[key] !== undefined) walk(`${path}/${key}`, value[key], depth + 1);
  };
  walk('/when', when, 0);
  return found;
}

const DEEPEST_CONDITION = 16;
const BRANCHES = ['all', 'any', 'not', 'of'] as const;
const LEAF_FIELDS: readonly Field[] = [
  { field: 'point', kind: 'points' },
  { field: 'rule', kind: 'rules' },
];

/** Numbers of a level that may be written as a multiple. */
const AMOUNTS = ['at', 'high', 'low'] as const;
const LIMIT_FIELDS: readonly Field[] = [{ field: 'limit', kind: 'limits' }];
const RULE_FIELDS: readonly Field[] = [
  { field: 'baseline', kind: 'rules' },
  { field: 'detrendWith', kind: 'rules' },
  { field: 'items', kind: 'rules' },
  { field: 'rules', kind: 'rules' },
];
const TARGET_FIELDS: readonly Field[] = [{ field: 'ref', kind: 'rules' }];

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
