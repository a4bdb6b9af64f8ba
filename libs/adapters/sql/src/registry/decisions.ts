import { readBundle, rankOf, type Actor } from '@anlan/contracts';
import type { Decision, DecisionOutcome, RuleChange } from '@anlan/ports';
import { closeChange, findChange } from './change-rows.js';
import { newestOf, type ActiveRule } from './compile-rules.js';
import { importReading, type ChangeDeps, type Done, type Standing, type Told } from './registry-change.js';
import { removeEntities } from './registry-removal.js';
import type { RegistryState } from './registry-state.js';
import type { SqlTx } from '../sql-database.js';

/** What deciding did: as an import, or why nothing could be decided. */
export type Decided = Readonly<{ outcome: DecisionOutcome; effect?: NonNullable<Done['effect']> }>;
type Deciding = Readonly<{ id: string; decision: Decision; by: Actor; now: number }>;

/** Applies a change that waited, or closes it. A change that can no longer be applied is refused with its faults, and goes on waiting. */
export async function decideChange(deps: ChangeDeps, standing: Standing, { id, decision, by, now }: Deciding): Promise<Decided> {
  const change = await findChange(standing.tx, id, now);
  if (!change) return { outcome: { kind: 'unknown' } };
  if (change.state !== 'pending') return { outcome: { kind: 'not_pending', state: change.state } };
  if (change.author === by.id) return { outcome: { kind: 'own_change' } };
  const close = { by: by.id, now, comment: decision.comment };
  if (!decision.approve) {
    await closeChange(standing.tx, id, { ...close, state: 'rejected' });
    return { outcome: nothing(standing.before) };
  }
  const author: Actor = { kind: 'user', id: change.author };
  const told: Told = { by: author, now, options: {}, approvedBy: by.id };
  await closeChange(standing.tx, id, { ...close, state: 'approved' });
  const done = await applied(deps, standing, change, told);
  if (done.outcome.kind === 'refused') await reopen(standing.tx, id);
  return done;
}

async function applied(deps: ChangeDeps, standing: Standing, { kind, entityId, body, reason }: RuleChange, told: Told): Promise<Done> {
  if (body === null) return removeEntities(deps, standing, { kind, ids: [entityId] }, told);
  const entry = reason === null ? body : { ...body, reason };
  return importReading(deps, standing, readBundle({ version: 1, [kind]: [entry] }), told);
}

/** A refusal writes nothing, so the change waits as before. */
async function reopen(tx: SqlTx, id: string): Promise<void> {
  await tx
    .updateTable('rule_changes')
    .set({ state: 'pending', decided_by: null, decided_at: null, comment: null })
    .where('id', '=', id)
    .execute();
}

function nothing({ version }: RegistryState): DecisionOutcome {
  return { kind: 'applied', applied: {}, unchanged: 0, warnings: [], version, activation: null, changed: [], rules: [], pending: [] };
}

/** Marks what stands as seen by a second person; the author's own word does not count. */
export async function approveStanding(
  { tx, before }: Standing,
  ruleIds: readonly string[],
  by: Actor,
): Promise<Readonly<{ approved: number; next?: RegistryState }>> {
  const rules = new Map(before.rules);
  let approved = 0;
  for (const id of new Set(ruleIds)) {
    const active = rules.get(id);
    if (!active || active.approvedBy !== null) continue;
    const version = newestOf(active).version;
    const { numUpdatedRows } = await tx
      .updateTable('rules')
      .set({ approved_by: by.id })
      .where('id', '=', id)
      .where('version', '=', version)
      .where('active', '=', 1)
      .where('author', '!=', by.id)
      .executeTakeFirst();
    if (Number(numUpdatedRows) === 0) continue;
    rules.set(id, { ...active, approvedBy: by.id });
    approved += 1;
  }
  if (approved === 0) return { approved };
  // A version of its own, so that other processes look; the engine has nothing to hear.
  const version = before.version + 1;
  await tx.updateTable('counters').set({ value: version }).where('name', '=', 'registry').execute();
  return { approved, next: { ...before, version, rules, snapshot: { ...before.snapshot, version } } };
}

/** Does an active rule have limits that a second person should have seen. */
export function isUnapproved(active: ActiveRule): boolean {
  const rule = newestOf(active);
  return (
    active.approvedBy === null &&
    rule.kind !== 'health' &&
    rule.enabled &&
    rule.levels.some(({ level }) => rankOf(level) >= rankOf('orange'))
  );
}
