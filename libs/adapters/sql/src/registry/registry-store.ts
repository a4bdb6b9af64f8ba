/**
 * The registry in the records, with its whole content in memory as one immutable snapshot.
 *
 * B1  An import is one transaction: all of it or none; every fault at once.
 * B2  The same again changes nothing; an absent optional field keeps what is stored.
 * B3  What the engine must know is one immutable activation in the same transaction.
 * B4  `current()` shows a change when the import has resolved, and never before it is committed.
 * B5  Several processes may change it: each change starts from what stands in the records, not from what this process knows.
 */
import { readBundle, type Activation, type Actor } from '@anlan/contracts';
import type { ImportOptions, ImportOutcome, RegistryStore, StoredRule } from '@anlan/ports';
import type { SqlDatabase } from '../sql-database.js';
import { changePage, findChange } from './change-rows.js';
import type { CredentialBook } from './credentials.js';
import { formulaVersions } from './formula-rows.js';
import { approveStanding, decideChange, isUnapproved } from './decisions.js';
import { importReading, type ChangeDeps, type Done, type Standing, type Told } from './registry-change.js';
import { bundleOf } from './registry-export.js';
import type { RegistryFollower } from './registry-follower.js';
import { removeEntities } from './registry-removal.js';
import { registryVersion, type Catalogue } from './registry-state.js';
import { storedRuleOf } from './rule-rows.js';

export type RegistryStoreDeps = Readonly<{ database: SqlDatabase; catalogue: Catalogue; follower: RegistryFollower; book: CredentialBook }>;

export function sqlRegistryStore({ database, catalogue, follower, book }: RegistryStoreDeps): RegistryStore {
  const { db } = database;
  const deps: ChangeDeps = { database, catalogue, book };
  const change = <O>(work: (standing: Standing) => Promise<Readonly<{ outcome: O; effect?: NonNullable<Done['effect']> }>>): Promise<O> =>
    follower.change(async (tx, before) => {
      const { outcome, effect } = await work({ tx, before });
      return { result: outcome, ...(effect && { next: effect.next, shown: () => book.apply(effect.credentials, effect.gone) }) };
    });
  const told = (by: Actor, now: number, options: ImportOptions = {}): Told => ({ by, now, options, approvedBy: null });
  // Thousands of rules are read anew only when somebody has changed the registry.
  let read: Readonly<{ version: number; rules: readonly StoredRule[] }> | undefined;

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
    async importBundle(bundle, by, now, options): Promise<ImportOutcome> {
      const reading = readBundle(bundle);
      return change((standing) => importReading(deps, standing, reading, told(by, now, options)));
    },
    remove: (kind, ids, ...by) => change((standing) => removeEntities(deps, standing, { kind, ids }, told(...by))),
    decide: (id, decision, by, now) => change((standing) => decideChange(deps, standing, { id, decision, by, now })),
    approveVersions: (ruleIds, by) =>
      follower.change(async (tx, before) => {
        const { approved, next } = await approveStanding({ tx, before }, ruleIds, by);
        return { result: approved, ...(next && { next }) };
      }),
    unapproved: () => Promise.resolve([...follower.state().rules.values()].filter(isUnapproved).length),
    ruleChanges: (now, query) => changePage(db, now, query),
    ruleChange: (id, now) => findChange(db, id, now),
    exportBundle: ({ personal }) => Promise.resolve(bundleOf(follower.state().collections, catalogue, personal)),
    entity: (kind, id) => Promise.resolve(follower.state().collections[kind].get(id)),
    async rules() {
      const version = await registryVersion(db);
      if (read?.version === version) return read.rules;
      const rows = await db.selectFrom('rules').selectAll().where('active', '=', 1).orderBy('id').orderBy('version').execute();
      const rules = [...new Map(rows.map((row) => [row.id, row])).values()].map(storedRuleOf);
      // Rows may be newer than the version that was asked before them: then the next call asks again.
      read = { version, rules };
      return rules;
    },
    async ruleVersions(ruleId) {
      return (await db.selectFrom('rules').selectAll().where('id', '=', ruleId).orderBy('version').execute()).map(storedRuleOf);
    },
    formulaVersions: (pointId) => formulaVersions(db, pointId),
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
}
