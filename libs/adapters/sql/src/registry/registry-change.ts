/** What an import writes, inside the transaction of a change of the registry. */
import {
  CHANGED_KINDS,
  ENTITY_KINDS,
  MAX_FAULTS,
  perKind,
  planImport,
  snapshotOf,
  type Actor,
  type BundleKind,
  type BundlePlan,
  type BundleReading,
  type ChangedKind,
  type Collections,
  type Fault,
} from '@anlan/contracts';
import type { EntityChanged, Held, ImportOptions, ImportOutcome } from '@anlan/ports';
import { sha256Hex } from '../keys.js';
import type { SqlDatabase, SqlTx } from '../sql-database.js';
import { keepChange, supersede } from './change-rows.js';
import { compileRules, newestOf, type Compiled } from './compile-rules.js';
import type { CredentialBook, CredentialChanges } from './credentials.js';
import { isRowKind, putEntities } from './entity-rows.js';
import { formulaChanges, writeFormulas } from './formula-rows.js';
import { entriesToHold, without, type HeldEntry } from './held-changes.js';
import { publicEntity } from './registry-export.js';
import type { Catalogue, RegistryState } from './registry-state.js';
import { commit, writeRules } from './registry-writes.js';
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
export const RULES_DEPEND_ON: ReadonlySet<BundleKind> = new Set<BundleKind>(['metrics', 'assets', 'devices', 'points', 'groups']);

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
  for (let left = whole; ;) {
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
    if (isChangedKind(kind))
      await supersede(
        tx,
        kind,
        changes.map(({ id }) => id),
        told.now,
      );
    await database.breathe();
  }
  await book.write(tx, credentials);
  await writeFormulas(tx, formulaChanges(plan), {
    author: told.by.id,
    reason: (id) => plan.reasons.get(`points:${id}`) ?? null,
    approvedBy: told.approvedBy,
    now: told.now,
  });
  await writeRules(tx, compiled, { author: told.by.id, reasons: plan.reasons, approvedBy: told.approvedBy, now: told.now });
  const { state: next, activation } = await commit(tx, before, state, told.now);
  return { outcome: { ...said, activation, pending }, effect: { next, credentials, gone: [] } };
}

/** Changes of these may wait for a second person. */
export function isChangedKind(kind: BundleKind): kind is ChangedKind {
  return (CHANGED_KINDS as readonly BundleKind[]).includes(kind);
}

/** Entries whose credential alone is new count as changed. */
function countsOf(
  plan: BundlePlan,
  credentials: CredentialChanges,
): Readonly<{ applied: Readonly<Record<string, number>>; unchanged: number }> {
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
    const reason = whole.reasons.get(`${entry.kind}:${entry.id}`) ?? null;
    const asked = { entry, body: change.after, before: change.before, author: told.by.id, reason, now: told.now };
    pending.push(...heldOf(entry, await keepChange(tx, asked)));
  }
  return pending;
}

/** The change that waits, as the answer says it: once for each rule. */
export function heldOf({ kind, id, weakens }: HeldEntry, changeId: string | null): readonly Held[] {
  return weakens.map(({ ruleId, levels }) => ({ ruleId, levels, changeId, kind, id }));
}

export type Compiling = Readonly<{
  paths: ReadonlyMap<string, string>;
  limits: ReadonlySet<string>;
  all: boolean;
  approvedBy: string | null;
}>;

/** Compiles what a change leaves. */
export function compileFor(before: RegistryState, next: Collections, compiling: Compiling): Compiled {
  return compileRules({
    registry: snapshotOf(before.version + 1, next),
    bodies: next.rules,
    standing: before.rules,
    lastVersions: before.lastVersions,
    ...compiling,
  });
}

/** What stands after a change; the activation is not folded yet. */
export function nextState(before: RegistryState, collections: Collections, compiled: Compiled): RegistryState {
  const lastVersions = new Map(before.lastVersions);
  for (const { active } of compiled.changes) lastVersions.set(newestOf(active).id, newestOf(active).version);
  const version = before.version + 1;
  return { version, collections, rules: compiled.next, lastVersions, snapshot: snapshotOf(version, collections), engine: before.engine };
}

/** Nothing was written. */
export function refused(errors: readonly Fault[]): ImportOutcome {
  return { kind: 'refused', errors };
}
