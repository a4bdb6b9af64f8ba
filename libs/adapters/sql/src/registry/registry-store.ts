/**
 * The registry in the records, with its whole content in memory as one immutable snapshot.
 *
 * B1  An import is one transaction: all of it or none; every fault at once.
 * B2  The same again changes nothing; an absent optional field keeps what is stored.
 * B3  What the engine must know is one immutable activation in the same transaction.
 * B4  `current()` shows a change when the import has resolved, and never before it is committed.
 * B5  Several processes may change it: each change starts from what stands in the records, not from what this process knows.
 */
import {
  ENTITY_KINDS,
  MAX_FAULTS,
  perKind,
  planImport,
  planRemoval,
  readBundle,
  snapshotOf,
  type Activation,
  type Actor,
  type BundleKind,
  type BundlePlan,
  type Collections,
  type Fault,
  type PlainEntity,
} from '@anlan/contracts';
import type { Entity, EntityChanged, ImportOutcome, RegistryStore } from '@anlan/ports';
import { sha256Hex } from '../keys.js';
import type { SqlDatabase, SqlTx } from '../sql-database.js';
import { compileRules, type Compiled } from './compile-rules.js';
import type { CredentialBook, CredentialChanges } from './credentials.js';
import { deleteEntities, isRowKind, putEntities } from './entity-rows.js';
import type { RegistryFollower } from './registry-follower.js';
import { withCatalogue, type Catalogue, type RegistryState } from './registry-state.js';
import { commit, retire, writeRules } from './registry-writes.js';
import { storedRuleOf } from './rule-rows.js';

export type RegistryStoreDeps = Readonly<{ database: SqlDatabase; catalogue: Catalogue; follower: RegistryFollower; book: CredentialBook }>;
type Told = Readonly<{ by: Actor; now: number }>;
/** What a change did; `effect` is shown in memory once it has been committed. */
type Done = Readonly<{
  outcome: ImportOutcome;
  effect?: Readonly<{ next: RegistryState; credentials: CredentialChanges; gone: readonly string[] }>;
}>;

/** Kinds whose change may change what a rule covers or its default values. */
const RULES_DEPEND_ON: ReadonlySet<BundleKind> = new Set<BundleKind>(['metrics', 'assets', 'devices', 'points', 'groups']);

export function sqlRegistryStore({ database, catalogue, follower, book }: RegistryStoreDeps): RegistryStore {
  const { db } = database;
  const change = (work: (tx: SqlTx, before: RegistryState) => Promise<Done>): Promise<ImportOutcome> =>
    follower.change(async (tx, before) => {
      const { outcome, effect } = await work(tx, before);
      return { result: outcome, ...(effect && { next: effect.next, shown: () => book.apply(effect.credentials, effect.gone) }) };
    });

  return {
    current: () => follower.state().snapshot,
    onChange: follower.onChange,
    async activations(after, upTo) {
      const rows = await db
        .selectFrom('activations')
        .select('body')
        .where('version', '>', after)
        .where('version', '<=', upTo)
        .orderBy('version')
        .execute();
      return rows.map(({ body }) => JSON.parse(body) as Activation);
    },
    async importBundle(bundle, by, now) {
      const reading = readBundle(bundle);
      return change(async (tx, before) => {
        const plan = planImport(before.collections, reading, sha256Hex);
        const compiled = compileFor(
          before,
          plan.next,
          plan.rulePaths,
          plan.changes.some(({ kind }) => RULES_DEPEND_ON.has(kind)),
        );
        const faults = [...plan.faults, ...compiled.faults].slice(0, MAX_FAULTS);
        return faults.length > 0 ? { outcome: refused(faults) } : applyImport({ tx, before, plan, compiled }, { by, now });
      });
    },
    remove: (kind, ids, by, now) => change((tx, before) => applyRemoval({ tx, before, kind, ids }, { by, now })),
    exportBundle: ({ personal }) => Promise.resolve(bundleOf(follower.state().collections, catalogue, personal)),
    entity: (kind, id) => Promise.resolve(follower.state().collections[kind].get(id)),
    async rules() {
      return (await db.selectFrom('rules').selectAll().where('active', '=', 1).orderBy('id').execute()).map(storedRuleOf);
    },
    async ruleVersions(ruleId) {
      return (await db.selectFrom('rules').selectAll().where('id', '=', ruleId).orderBy('version').execute()).map(storedRuleOf);
    },
    async unlogged() {
      return (await db.selectFrom('activations').select('body').where('logged', '=', 0).orderBy('version').execute()).map(
        ({ body }) => JSON.parse(body) as Activation,
      );
    },
    async markLogged(version) {
      await db.updateTable('activations').set({ logged: 1 }).where('version', '=', version).execute();
    },
    takeMadeCredentials: () => Promise.resolve(book.takeMade()),
  };

  type Import = Readonly<{ tx: SqlTx; before: RegistryState; plan: BundlePlan; compiled: Compiled }>;

  async function applyImport({ tx, before, plan, compiled }: Import, { by, now }: Told): Promise<Done> {
    const newDevices = plan.changes.filter(({ kind, before: old }) => kind === 'devices' && old === undefined).map(({ id }) => id);
    const credentials = book.changesFor(plan.credentials, newDevices, now);
    const changedIds = perKind((kind) => new Set(plan.changes.filter((change) => change.kind === kind).map(({ id }) => id)));
    const entityCount = plan.changes.length;
    for (const { device_id } of credentials.rows) changedIds.devices.add(device_id);
    const applied = Object.fromEntries(ENTITY_KINDS.map((kind) => [kind, changedIds[kind].size]));
    const total = Object.values(applied).reduce((sum, n) => sum + n, 0);
    const unchanged = plan.unchanged - (total - entityCount);
    const { warnings } = plan;
    const nothing = total === 0 && compiled.changes.length === 0;
    if (nothing)
      return { outcome: { kind: 'applied', applied, unchanged, warnings, version: before.version, activation: null, changed: [] } };

    for (const kind of ENTITY_KINDS) {
      if (isRowKind(kind))
        await putEntities(
          tx,
          kind,
          plan.changes.filter((change) => change.kind === kind).map(({ after }) => after),
          now,
        );
      await database.breathe();
    }
    await book.write(tx, credentials);
    await writeRules(tx, compiled, { author: by.id, reasons: plan.ruleReasons, now });
    const { state: next, activation } = await commit(tx, before, nextState(before, plan.next, compiled), now);
    const changed = plan.changes.map(({ kind, id, after }): EntityChanged => ({ kind, id, entity: publicEntity(after) }));
    const outcome: ImportOutcome = { kind: 'applied', applied, unchanged, warnings, version: next.version, activation, changed };
    return { outcome, effect: { next, credentials, gone: [] } };
  }

  type Removal = Readonly<{ tx: SqlTx; before: RegistryState; kind: BundleKind; ids: readonly string[] }>;

  async function applyRemoval({ tx, before, kind, ids }: Removal, { by, now }: Told): Promise<Done> {
    const plan = planRemoval(before.collections, kind, ids);
    const next: Collections = kind === 'metrics' ? { ...plan.next, metrics: withCatalogue(catalogue, plan.next.metrics) } : plan.next;
    const fromPack = kind === 'metrics' ? plan.removed.filter((id) => before.collections.metrics.get(id) === catalogue.get(id)) : [];
    const compiled = compileFor(before, next, new Map(), RULES_DEPEND_ON.has(kind));
    const faults = [
      ...plan.faults,
      ...compiled.faults,
      ...fromPack.map((id): Fault => ({ path: `/metrics/${id}`, code: 'from_pack', message: `${id} comes from a pack` })),
    ];
    if (faults.length > 0) return { outcome: refused(faults.slice(0, MAX_FAULTS)) };

    if (isRowKind(kind)) await deleteEntities(tx, kind, plan.removed);
    else await retire(tx, plan.removed);
    if (kind === 'devices') await book.drop(tx, plan.removed);
    await writeRules(tx, compiled, { author: by.id, reasons: new Map(), now });
    const { state, activation } = await commit(tx, before, nextState(before, next, compiled), now);
    const applied = Object.fromEntries(ENTITY_KINDS.map((each) => [each, each === kind ? plan.removed.length : 0]));
    const changed = plan.removed.map((id): EntityChanged => ({ kind, id, entity: null }));
    const outcome: ImportOutcome = { kind: 'applied', applied, unchanged: 0, warnings: [], version: state.version, activation, changed };
    return { outcome, effect: { next: state, credentials: { rows: [], made: [] }, gone: kind === 'devices' ? plan.removed : [] } };
  }
}

function compileFor(before: RegistryState, next: Collections, paths: ReadonlyMap<string, string>, all: boolean): Compiled {
  return compileRules({
    registry: snapshotOf(before.version + 1, next),
    bodies: next.rules,
    standing: before.rules,
    lastVersions: before.lastVersions,
    paths,
    all,
  });
}

function nextState(before: RegistryState, collections: Collections, compiled: Compiled): RegistryState {
  const lastVersions = new Map(before.lastVersions);
  for (const { active } of compiled.changes) lastVersions.set(active.rule.id, active.rule.version);
  const version = before.version + 1;
  return { version, collections, rules: compiled.next, lastVersions, snapshot: snapshotOf(version, collections), engine: before.engine };
}

function refused(errors: readonly Fault[]): ImportOutcome {
  return { kind: 'refused', errors };
}

const PERSONAL: ReadonlySet<string> = new Set(['phone', 'webhook']);

function publicEntity(entity: PlainEntity): Entity {
  return Object.fromEntries(Object.entries(entity).filter(([field]) => !PERSONAL.has(field)));
}

/** Everything that stands, by id; metrics of the packs are left out, credentials were never here. */
function bundleOf(collections: Collections, catalogue: Catalogue, personal: boolean): Readonly<Record<string, unknown>> {
  const listOf = (kind: BundleKind): readonly Entity[] => {
    const sorted = [...collections[kind]].sort(([a], [b]) => (a < b ? -1 : 1));
    const own = kind === 'metrics' ? sorted.filter(([code, metric]) => catalogue.get(code) !== metric) : sorted;
    return own.map(([, entity]) => (kind === 'people' && !personal ? publicEntity(entity) : entity));
  };
  return { version: 1, ...perKind(listOf) };
}
