/**
 * What an import or a removal would do to the registry: pure, from what stands and what is asked to what will stand.
 *
 * B2  An absent optional field keeps what is stored; null takes it away; what equals the stored changes nothing.
 * B5  After a plan without faults every reference holds and neither regions, groups nor derived points run in a circle.
 */
import type { Digest, Fault } from './basics.js';
import { ENTITY_KINDS, type BundleKind } from './bundle-schema.js';
import { idFieldOf, perKind, type BundleEntry, type BundleReading, type PlainEntity } from './bundle.js';
import { derivedFaults } from './bundle-derived.js';
import { referencesOf } from './bundle-references.js';
import { canonicalJson } from './canonical-json.js';
import { ID_PATTERN } from './ids.js';

/** Everything that stands, by kind and id, as plain entities. */
export type Collections = Readonly<Record<BundleKind, ReadonlyMap<string, PlainEntity>>>;
/** An entity that will be written. `before` is undefined for a new one. */
export type EntityChange = Readonly<{ kind: BundleKind; id: string; path: string; before: PlainEntity | undefined; after: PlainEntity }>;
export type BundlePlan = Readonly<{
  next: Collections;
  changes: readonly EntityChange[];
  /** Where each rule of the bundle stands in it, for later faults of its body. */
  rulePaths: ReadonlyMap<string, string>;
  /** Why entries were changed, as the bundle says; by `kind:id`. */
  reasons: ReadonlyMap<string, string>;
  /** Credentials that the bundle gives, by device. */
  credentials: ReadonlyMap<string, string>;
  /** Entities of the bundle that are as stored (credentials not considered). */
  unchanged: number;
  faults: readonly Fault[];
  warnings: readonly Fault[];
}>;

const MINUTE_MS = 60_000;
/** Values of optional fields of new entities (`rulings`: interval 60 s, zone of China, reorder 0, live horizon 15 min). */
const DEFAULTS: Readonly<Partial<Record<BundleKind, PlainEntity>>> = {
  devices: { zone: 'Asia/Shanghai', intervalMs: MINUTE_MS, reorderMs: 0, liveHorizonMs: 15 * MINUTE_MS, enabled: true },
  routes: { channels: ['outbox'] },
};
/** Null is a value of these, not a removal. */
const NULLABLE: ReadonlySet<string> = new Set(['devices.liveHorizonMs']);
/** A rule's body is one value, so that limits never mix with an older scope; only these two outlive their absence. */
const KEPT_IN_RULES = ['name', 'enabled'] as const;
const SHORT_CREDENTIAL = 16;

/** Plans an import. `digest` makes the ids of routes that carry none. */
export function planImport(stored: Collections, reading: BundleReading, digest: Digest): BundlePlan {
  const faults: Fault[] = [...reading.faults];
  const warnings: Fault[] = [];
  const changes: EntityChange[] = [];
  const next = perKind((kind) => new Map(stored[kind]));
  const rulePaths = new Map<string, string>();
  const reasons = new Map<string, string>();
  const credentials = new Map<string, string>();
  const touched: EntityChange[] = [];

  for (const kind of ENTITY_KINDS) {
    const seen = new Set<string>();
    for (const entry of reading.entries[kind]) {
      const id = entry.id ?? defaultRouteId(entry.fields, seen, digest);
      if (!ID_PATTERN.test(id))
        faults.push({ path: entry.path, code: 'bad_format', message: `the default id ${id} is too long; give an id` });
      if (seen.has(id)) faults.push({ path: entry.path, code: 'duplicate', message: `${id} stands twice in this bundle` });
      seen.add(id);
      const before = stored[kind].get(id);
      const after = merge(kind, before, { ...entry.fields, [idFieldOf(kind)]: id });
      next[kind].set(id, after);
      const change = { kind, id, path: entry.path, before, after };
      touched.push(change);
      if (before === undefined || canonicalJson(before) !== canonicalJson(after)) changes.push(change);
      if (kind === 'rules') rulePaths.set(id, entry.path);
      if (typeof entry.fields['reason'] === 'string') reasons.set(`${kind}:${id}`, entry.fields['reason']);
      if (kind === 'devices') noteCredential(id, entry);
    }
  }
  for (const { kind, path, after } of touched)
    faults.push(...referenceFaults({ kind, path, fields: after }, next, reading.named), ...rangeFaults(path, after));
  for (const entry of reading.broken) faults.push(...referenceFaults(entry, next, reading.named));
  faults.push(...circles(next, touched), ...derivedFaults(next, touched));
  return { next, changes, rulePaths, reasons, credentials, unchanged: touched.length - changes.length, faults, warnings };

  function noteCredential(id: string, { path, fields: { credential } }: BundleEntry): void {
    if (typeof credential !== 'string') return;
    credentials.set(id, credential);
    if (credential.length < SHORT_CREDENTIAL)
      warnings.push({
        path: `${path}/credential`,
        code: 'credential_short',
        message: `shorter than ${SHORT_CREDENTIAL} characters: easy to guess`,
      });
  }
}

/** Plans the removal of entities; those still referred to are faults. Rules that name what goes are the caller's to check. */
export function planRemoval(
  stored: Collections,
  kind: BundleKind,
  ids: readonly string[],
): Readonly<{ next: Collections; removed: readonly string[]; faults: readonly Fault[] }> {
  const kept = new Map(stored[kind]);
  const faults: Fault[] = [];
  const removed = [...new Set(ids)].filter(
    (id) => kept.delete(id) || void faults.push({ path: `/${kind}/${id}`, code: 'unknown', message: 'no such entity' }),
  );
  const next = { ...stored, [kind]: kept };
  const gone = new Set(removed);
  for (const [otherKind, others] of Object.entries(next) as [BundleKind, ReadonlyMap<string, PlainEntity>][]) {
    for (const [id, entity] of others) {
      for (const reference of referencesOf(otherKind, entity)) {
        if (reference.kind === kind && gone.has(reference.id))
          faults.push({
            path: `/${otherKind}/${id}${reference.path}`,
            code: 'in_use',
            message: `${reference.id} is still referred to by ${otherKind} ${id}`,
          });
      }
    }
  }
  return { next, removed, faults };
}

function merge(kind: BundleKind, before: PlainEntity | undefined, given: PlainEntity): PlainEntity {
  const { credential: _credential, reason: _reason, ...fields } = given;
  if (kind === 'rules')
    return {
      ...Object.fromEntries(KEPT_IN_RULES.filter((key) => before?.[key] !== undefined).map((key) => [key, before?.[key]])),
      ...fields,
    };
  const merged: Record<string, unknown> = { ...(before ?? DEFAULTS[kind]) };
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (value !== null || NULLABLE.has(`${kind}.${key}`)) merged[key] = value;
    else if (DEFAULTS[kind]?.[key] !== undefined) merged[key] = DEFAULTS[kind][key];
    else delete merged[key];
  }
  return merged;
}

/** Two routes for the same levels, domain and region are told apart by their order. */
function defaultRouteId({ levels, domain, regionCode }: PlainEntity, seen: ReadonlySet<string>, digest: Digest): string {
  const base = `route.${digest(canonicalJson({ levels, domain: domain ?? null, regionCode: regionCode ?? null })).slice(0, 16)}`;
  let id = base;
  for (let n = 2; seen.has(id); n += 1) id = `${base}.${n}`;
  return id;
}

function referenceFaults(
  { kind, path, fields }: BundleReading['broken'][number],
  next: Collections,
  named: BundleReading['named'],
): readonly Fault[] {
  return referencesOf(kind, fields)
    .filter(({ kind: target, id }) => ID_PATTERN.test(id) && !next[target].has(id) && !named[target].has(id))
    .map((reference) => ({
      path: path + reference.path,
      code: 'unknown_reference',
      message: `${reference.id} is not in ${reference.kind}, neither here nor in the registry`,
    }));
}

function rangeFaults(path: string, { min, max }: PlainEntity): readonly Fault[] {
  return typeof min === 'number' && typeof max === 'number' && min >= max
    ? [{ path: `${path}/min`, code: 'bad_range', message: 'min must be below max' }]
    : [];
}

const PARENTS = { regions: 'parent', groups: 'parentId' } as const;

function circles(next: Collections, touched: readonly EntityChange[]): readonly Fault[] {
  return touched.flatMap(({ kind, id, path }): readonly Fault[] => {
    if (kind !== 'regions' && kind !== 'groups') return [];
    const field = PARENTS[kind];
    const seen = new Set([id]);
    for (let parent = next[kind].get(id)?.[field]; typeof parent === 'string'; parent = next[kind].get(parent)?.[field]) {
      if (parent === id) return [{ path: `${path}/${field}`, code: 'circle', message: `${id} would stand below itself` }];
      if (seen.has(parent)) return [];
      seen.add(parent);
    }
    return [];
  });
}
