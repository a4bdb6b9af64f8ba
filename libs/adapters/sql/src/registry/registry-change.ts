/** What an import and a removal write, inside the transaction of a change of the registry. */
import {
  ENTITY_KINDS,
  MAX_FAULTS,
  perKind,
  planImport,
  planRemoval,
  snapshotOf,
  type Actor,
  type BundleKind,
  type BundlePlan,
  type BundleReading,
  type Collections,
  type Fault,
  type Metric,
  type PlainEntity,
} from '@anlan/contracts';
import type { Entity, EntityChanged, Held, ImportOptions, ImportOutcome } from '@anlan/ports';
import { lessenedLevels } from '@anlan/rules';
import { sha256Hex } from '../keys.js';
import type { SqlDatabase, SqlTx } from '../sql-database.js';
import { keepChange, supersede } from './change-rows.js';
import { compileRules, newestOf, type Compiled } from './compile-rules.js';
import type { CredentialBook, CredentialChanges } from './credentials.js';
import { deleteEntities, isRowKind, putEntities } from './entity-rows.js';
import { entriesToHold, without, type HeldEntry } from './held-changes.js';
import { withCatalogue, type Catalogue, type RegistryState } from './registry-state.js';
import { commit, retire, writeRules } from './registry-writes.js';
import { ruleDiffs } from './rule-diff.js';

export type ChangeDeps = Readonly<{ database: SqlDatabase; catalogue: Catalogue; book: CredentialBook }>;
/** The transaction and what stands in the records. */
export type Standing = Readonly<{ tx: SqlTx; before: RegistryState }>;
export type Told = Readonly<{ by: Actor; now: number; options: ImportOptions; approvedBy: string | null }>;
/** What a change did; `effect` is shown in memory once it has been committed. */
export type Done = Readonly<{
  outcome: ImportOutcome;
  effect?: Readonly<{ next: RegistryState; credentials: CredentialChanges; gone: readonly string[] }>;
}>;

/** Kinds whose change may change what a rule covers or its default values. */
const RULES_DEPEND_ON: ReadonlySet<BundleKind> = new Set<BundleKind>(['metrics', 'assets', 'devices', 'points', 'groups']);

type Planned = Readonly<{ plan: BundlePlan; compiled: Compiled }>;
type Import = Planned & Readonly<{ held: readonly HeldEntry[]; whole: BundlePlan }>;

/** Imports what a bundle says, but for what waits. */
export async function importReading(deps: ChangeDeps, standing: Standing, reading: BundleReading, told: Told): Promise<Done> {
  const found = planned(standing.before, reading, told);
  return 'faults' in found ? { outcome: refused(found.faults) } : applyImport(deps, standing, found, told);
}

/** The plan without the entries that wait. Faults of the whole bundle come first, so that nothing faulty ever waits. */
function planned(before: RegistryState, reading: BundleReading, told: Told): Import | Readonly<{ faults: readonly Fault[] }> {
  const whole = planOf(before, reading, told);
  if ('faults' in whole) return whole;
  const held: HeldEntry[] = [];
  for (let left = whole; ; ) {
    const more = told.options.hold === true ? entriesToHold(before, left.plan, left.compiled) : [];
    if (more.length === 0) return { ...left, held, whole: whole.plan };
    // Each round takes at least one entry out, so this ends.
    held.push(...more);
    const next = planOf(before, without(reading, held), told);
    if ('faults' in next) return next;
    left = next;
  }
}

function planOf(before: RegistryState, reading: BundleReading, told: Told): Planned | Readonly<{ faults: readonly Fault[] }> {
  const plan = planImport(before.collections, reading, sha256Hex);
  const compiled = compileFor(before, plan.next, {
    paths: plan.rulePaths,
    limits: new Set(plan.changes.filter(({ kind }) => kind === 'limits').map(({ id }) => id)),
    all: plan.changes.some(({ kind }) => RULES_DEPEND_ON.has(kind)),
    approvedBy: told.approvedBy,
  });
  const faults = [...plan.faults, ...compiled.faults].slice(0, MAX_FAULTS);
  return faults.length > 0 ? { faults } : { plan, compiled };
}

async function applyImport(deps: ChangeDeps, { tx, before }: Standing, { plan, compiled, held, whole }: Import, told: Told): Promise<Done> {
  const { database, book } = deps;
  const newDevices = plan.changes.filter(({ kind, before: old }) => kind === 'devices' && old === undefined).map(({ id }) => id);
  const credentials = book.changesFor(plan.credentials, newDevices, told.now);
  const { applied, unchanged } = countsOf(plan, credentials);
  const isNothing = compiled.changes.length === 0 && Object.values(applied).every((n) => n === 0);
  const state = isNothing ? before : nextState(before, plan.next, compiled);
  const said = {
    kind: 'applied',
    applied,
    unchanged,
    warnings: plan.warnings,
    version: state.version,
    activation: null,
    changed: plan.changes.map(({ kind, id, after }): EntityChanged => ({ kind, id, entity: publicEntity(after) })),
    rules: ruleDiffs(before.rules, state.rules),
    pending: [],
  } as const;
  if (told.options.dryRun === true)
    return { outcome: { ...said, version: before.version, changed: [], pending: held.flatMap((entry) => heldOf(entry, null)) } };

  const pending = await keepHeld(tx, { held, whole, told });
  if (isNothing) return { outcome: { ...said, pending } };
  for (const kind of ENTITY_KINDS) {
    const changes = plan.changes.filter((change) => change.kind === kind);
    if (isRowKind(kind))
      await putEntities(
        tx,
        kind,
        changes.map(({ after }) => after),
        told.now,
      );
    if (kind === 'rules' || kind === 'limits')
      await supersede(
        tx,
        kind,
        changes.map(({ id }) => id),
        told.now,
      );
    await database.breathe();
  }
  await book.write(tx, credentials);
  await writeRules(tx, compiled, { author: told.by.id, reasons: plan.ruleReasons, approvedBy: told.approvedBy, now: told.now });
  const { state: next, activation } = await commit(tx, before, state, told.now);
  return { outcome: { ...said, activation, pending }, effect: { next, credentials, gone: [] } };
}

/** Entries whose credential alone is new count as changed. */
function countsOf(plan: BundlePlan, credentials: CredentialChanges): Readonly<{ applied: Readonly<Record<string, number>>; unchanged: number }> {
  const changedIds = perKind((kind) => new Set(plan.changes.filter((change) => change.kind === kind).map(({ id }) => id)));
  for (const { device_id } of credentials.rows) changedIds.devices.add(device_id);
  const applied = Object.fromEntries(ENTITY_KINDS.map((kind) => [kind, changedIds[kind].size]));
  const total = Object.values(applied).reduce((sum, n) => sum + n, 0);
  return { applied, unchanged: plan.unchanged - (total - plan.changes.length) };
}

type Keeping = Readonly<{ held: readonly HeldEntry[]; whole: BundlePlan; told: Told }>;

async function keepHeld(tx: SqlTx, { held, whole, told }: Keeping): Promise<readonly Held[]> {
  const pending: Held[] = [];
  for (const entry of held) {
    const change = whole.changes.find(({ kind, id }) => kind === entry.kind && id === entry.id);
    if (!change?.before) continue;
    const reason = whole.ruleReasons.get(entry.id) ?? null;
    const asked = { entry, body: change.after, before: change.before, author: told.by.id, reason, now: told.now };
    pending.push(...heldOf(entry, await keepChange(tx, asked)));
  }
  return pending;
}

function heldOf({ kind, id, weakens }: HeldEntry, changeId: string | null): readonly Held[] {
  return weakens.map(({ ruleId, levels }) => ({ ruleId, levels, changeId, kind, id }));
}

/** Takes entities out, but for rules whose going would weaken an orange or red limit: that waits. */
export async function removeEntities(
  deps: ChangeDeps,
  { tx, before }: Standing,
  { kind, ids }: Readonly<{ kind: BundleKind; ids: readonly string[] }>,
  told: Told,
): Promise<Done> {
  const { catalogue, book } = deps;
  const held = kind === 'rules' && told.options.hold === true ? removalsToHold(before, ids) : [];
  const waits = new Set(held.map(({ id }) => id));
  const whole = planRemoval(before.collections, kind, ids);
  const plan = waits.size === 0 ? whole : planRemoval(before.collections, kind, ids.filter((id) => !waits.has(id)));
  const next: Collections = kind === 'metrics' ? { ...plan.next, metrics: withCatalogue(catalogue, plan.next.metrics) } : plan.next;
  const fromPack = kind === 'metrics' ? plan.removed.filter((id) => before.collections.metrics.get(id) === catalogue.get(id)) : [];
  const compiled = compileFor(before, next, { paths: new Map(), limits: new Set(), all: RULES_DEPEND_ON.has(kind), approvedBy: told.approvedBy });
  const faults = [
    ...whole.faults,
    ...compiled.faults,
    ...fromPack.map((id): Fault => ({ path: `/metrics/${id}`, code: 'from_pack', message: `${id} comes from a pack` })),
  ];
  if (faults.length > 0) return { outcome: refused(faults.slice(0, MAX_FAULTS)) };

  const state = plan.removed.length === 0 ? before : nextState(before, next, compiled);
  const said = {
    kind: 'applied',
    applied: Object.fromEntries(ENTITY_KINDS.map((each) => [each, each === kind ? plan.removed.length : 0])),
    unchanged: 0,
    warnings: [],
    version: state.version,
    activation: null,
    changed: plan.removed.map((id): EntityChanged => ({ kind, id, entity: null })),
    rules: ruleDiffs(before.rules, state.rules),
    pending: [],
  } as const;
  if (told.options.dryRun === true)
    return { outcome: { ...said, version: before.version, changed: [], pending: held.flatMap((entry) => heldOf(entry, null)) } };

  const pending: Held[] = [];
  for (const entry of held) {
    const asked = { entry, body: null, before: before.collections.rules.get(entry.id) ?? {}, author: told.by.id, reason: null, now: told.now };
    pending.push(...heldOf(entry, await keepChange(tx, asked)));
  }
  if (plan.removed.length === 0) return { outcome: { ...said, pending } };
  if (isRowKind(kind)) await deleteEntities(tx, kind, plan.removed);
  else await retire(tx, plan.removed);
  if (kind === 'devices') await book.drop(tx, plan.removed);
  if (kind === 'rules' || kind === 'limits') await supersede(tx, kind, plan.removed, told.now);
  await writeRules(tx, compiled, { author: told.by.id, reasons: new Map(), approvedBy: told.approvedBy, now: told.now });
  const { state: after, activation } = await commit(tx, before, state, told.now);
  const effect = { next: after, credentials: { rows: [], made: [] }, gone: kind === 'devices' ? plan.removed : [] };
  return { outcome: { ...said, activation, pending }, effect };
}

function removalsToHold({ rules }: RegistryState, ids: readonly string[]): readonly HeldEntry[] {
  return ids.flatMap((id) => {
    const active = rules.get(id);
    const levels = active ? lessenedLevels(active.versions, null) : [];
    return levels.length > 0 ? [{ kind: 'rules', id, weakens: [{ ruleId: id, levels }] }] : [];
  });
}

type Compiling = Readonly<{ paths: ReadonlyMap<string, string>; limits: ReadonlySet<string>; all: boolean; approvedBy: string | null }>;

function compileFor(before: RegistryState, next: Collections, compiling: Compiling): Compiled {
  return compileRules({
    registry: snapshotOf(before.version + 1, next),
    bodies: next.rules,
    standing: before.rules,
    lastVersions: before.lastVersions,
    ...compiling,
  });
}

function nextState(before: RegistryState, collections: Collections, compiled: Compiled): RegistryState {
  const lastVersions = new Map(before.lastVersions);
  for (const { active } of compiled.changes) lastVersions.set(newestOf(active).id, newestOf(active).version);
  const version = before.version + 1;
  return { version, collections, rules: compiled.next, lastVersions, snapshot: snapshotOf(version, collections), engine: before.engine };
}

export function refused(errors: readonly Fault[]): ImportOutcome {
  return { kind: 'refused', errors };
}

const PERSONAL: ReadonlySet<string> = new Set(['phone', 'webhook']);

/** An entity without what is personal. */
export function publicEntity(entity: PlainEntity): Entity {
  return Object.fromEntries(Object.entries(entity).filter(([field]) => !PERSONAL.has(field)));
}

/** Everything that stands, by id; metrics of the packs are left out, credentials were never here. */
export function bundleOf(collections: Collections, catalogue: ReadonlyMap<string, Metric>, personal: boolean): Readonly<Record<string, unknown>> {
  const listOf = (kind: BundleKind): readonly Entity[] => {
    const sorted = [...collections[kind]].sort(([a], [b]) => (a < b ? -1 : 1));
    const own = kind === 'metrics' ? sorted.filter(([code, metric]) => catalogue.get(code) !== metric) : sorted;
    return own.map(([, entity]) => (kind === 'people' && !personal ? publicEntity(entity) : entity));
  };
  return { version: 1, ...perKind(listOf) };
}
