/**
 * The registry bundle: what people, integrators and the console send to change the registry. This file reads its shape;
 * `bundle-plan.ts` works out what it changes and whether its references hold.
 *
 * B1  Every fault is listed at once, at most 1 000, each with its path, code and a plain sentence.
 */
import { z } from 'zod';
import type { Fault } from './basics.js';
import { BUNDLE_SCHEMAS, ENTITY_KINDS, NOT_YET, type BundleKind } from './bundle-schema.js';
import { IMPORT_LIMITS, pathStep, plainJsonFaults } from './plain-json.js';

/** One entity as plain data. */
export type PlainEntity = Readonly<Record<string, unknown>>;
/** One entry of a bundle whose shape is right. `id` is the id, the code, or the default id of a point; routes may have none yet. */
export type BundleEntry = Readonly<{ path: string; id: string | undefined; fields: PlainEntity }>;
export type BundleEntries = Readonly<Record<BundleKind, readonly BundleEntry[]>>;
export type BundleReading = Readonly<{
  entries: BundleEntries;
  /** Entries with a fault of shape, so that what they refer to can still be looked at. */
  broken: readonly Readonly<{ kind: BundleKind; path: string; fields: PlainEntity }>[];
  /** Ids that stand in the bundle, those of faulty entries too: who refers to them is not to blame. */
  named: Readonly<Record<BundleKind, ReadonlySet<string>>>;
  faults: readonly Fault[];
}>;

export const MAX_FAULTS = 1_000;

/** The field that identifies an entity of this kind. */
export function idFieldOf(kind: BundleKind): 'code' | 'id' {
  return kind === 'regions' || kind === 'metrics' ? 'code' : 'id';
}

/** Reads the shape of a bundle. Never throws, whatever it is given. */
export function readBundle(bundle: unknown): BundleReading {
  const entries = perKind<BundleEntry[]>(() => []);
  const broken: { kind: BundleKind; path: string; fields: PlainEntity }[] = [];
  const named = perKind(() => new Set<string>());
  const faults: Fault[] = [...plainJsonFaults(bundle, IMPORT_LIMITS)];
  // What is not plain JSON cannot be walked safely, so nothing further is said about it.
  if (faults.length > 0) return { entries, broken, named, faults };
  if (!isRecord(bundle))
    return { entries, broken, named, faults: [{ path: '/', code: 'bad_type', message: 'a bundle is an object with arrays of entities' }] };

  for (const [key, value] of Object.entries(bundle)) {
    if (key === 'version') {
      if (value !== 1) faults.push({ path: '/version', code: 'bad_version', message: 'this platform reads bundle version 1' });
    } else if (!isKind(key)) {
      faults.push(unknownKey('', key));
    } else if (!Array.isArray(value)) {
      faults.push({ path: pathStep(key), code: 'bad_type', message: 'must be an array' });
    } else {
      value.forEach((item, index) => readEntry(key, item, pathStep(key) + pathStep(index)));
    }
  }
  return { entries, broken, named, faults: faults.slice(0, MAX_FAULTS) };

  function readEntry(kind: BundleKind, item: unknown, path: string): void {
    const id = idOf(kind, item);
    if (id !== undefined) named[kind].add(id);
    if (faults.length >= MAX_FAULTS) return;
    const parsed = BUNDLE_SCHEMAS[kind].safeParse(item);
    if (parsed.success) {
      entries[kind].push({ path, id, fields: parsed.data });
      return;
    }
    faults.push(...parsed.error.issues.flatMap((issue) => faultsOf(issue, path)));
    if (isRecord(item)) broken.push({ kind, path, fields: item });
  }
}

/** A table with one value for each kind. */
export function perKind<T>(make: (kind: BundleKind) => T): Record<BundleKind, T> {
  return Object.fromEntries(ENTITY_KINDS.map((kind) => [kind, make(kind)])) as Record<BundleKind, T>;
}

function idOf(kind: BundleKind, item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  const id = item[idFieldOf(kind)];
  if (typeof id === 'string') return id;
  const { deviceId, metric } = item;
  return kind === 'points' && typeof deviceId === 'string' && typeof metric === 'string' ? `${deviceId}.${metric}` : undefined;
}

function isKind(key: string): key is BundleKind {
  return (ENTITY_KINDS as readonly string[]).includes(key);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownKey(path: string, key: string): Fault {
  const later = Object.hasOwn(NOT_YET, key) ? NOT_YET[key] : undefined;
  return later === undefined
    ? { path: path + pathStep(key), code: 'unknown_key', message: 'no such field' }
    : { path: path + pathStep(key), code: 'not_supported_yet', message: `${later} are not supported yet` };
}

type Issue = z.core.$ZodIssue;

function faultsOf(issue: Issue, base: string): readonly Fault[] {
  const path = base + issue.path.map((step) => pathStep(String(step))).join('');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  return [{ path, code: codeOf(issue), message: issue.message }];
}

function codeOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && issue.message.includes('undefined') ? 'missing' : 'bad_type';
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array' ? 'too_long' : 'out_of_range';
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array' ? 'too_short' : 'out_of_range';
    case 'invalid_format':
      return 'bad_format';
    case 'invalid_value':
    case 'custom':
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'unrecognized_keys':
      return 'bad_value';
  }
}
