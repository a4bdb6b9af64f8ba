import { limitRefsOf, type Activation, type Actor, type PlainEntity } from '@anlan/contracts';
import { chunks, type SqlTx } from '../sql-database.js';
import { newestOf, type ChangeCause, type Compiled, type RuleRenewal } from './compile-rules.js';
import { activationFor, fold, type RegistryState } from './registry-state.js';
import { rowOfRule } from './rule-rows.js';

const ROWS_A_STATEMENT = 500;
/** Author of versions that nobody wrote: they follow a change of what the rule refers to. */
const SYSTEM: Actor = { kind: 'system', id: 'anlan' };

/** Writes version and activation: the last writes of every change. */
export async function commit(
  tx: SqlTx,
  before: RegistryState,
  next: RegistryState,
  now: number,
): Promise<Readonly<{ state: RegistryState; activation: Activation | null }>> {
  const activation = activationFor(next.version, before.engine, next.rules, next.snapshot);
  await tx.updateTable('counters').set({ value: next.version }).where('name', '=', 'registry').execute();
  if (activation)
    await tx
      .insertInto('activations')
      .values({ version: next.version, body: JSON.stringify(activation), logged: 0, created_at: now })
      .execute();
  return { state: activation ? { ...next, engine: fold(before.engine, [activation]) } : next, activation };
}

/** `reasons`: why each entry of the bundle was changed, by `kind:id`. */
export type RuleAuthor = Readonly<{ author: string; reasons: ReadonlyMap<string, string>; approvedBy: string | null; now: number }>;

/** New versions take the place of those that they end. */
export async function writeRules(tx: SqlTx, { changes }: Compiled, origin: RuleAuthor): Promise<void> {
  await retire(
    tx,
    changes.filter(({ active, fresh }) => active.versions.length === fresh.length).map(({ active }) => newestOf(active).id),
  );
  for (const renewal of changes) if (renewal.active.versions.length > renewal.fresh.length) await retireAfter(tx, renewal);
  const rows = changes.flatMap(({ active, fresh, cause }) =>
    fresh.map((rule) =>
      rowOfRule(active.body, rule, { ...saidBy(cause, active.body, origin), approvedBy: origin.approvedBy, now: origin.now }),
    ),
  );
  for (const some of chunks(rows, ROWS_A_STATEMENT)) await tx.insertInto('rules').values(some).execute();
}

function saidBy(
  cause: ChangeCause,
  body: PlainEntity,
  { author, reasons }: RuleAuthor,
): Readonly<{ author: string; reason: string | null }> {
  switch (cause) {
    case 'bundle':
      return { author, reason: reasons.get(`rules:${String(body['id'])}`) ?? null };
    case 'limit': {
      const said = limitRefsOf(body).flatMap(({ id }) => reasons.get(`limits:${id}`) ?? []);
      return { author, reason: said[0] ?? 'limit changed' };
    }
    case 'reference':
      return { author: SYSTEM.id, reason: 'what the rule refers to has changed' };
  }
}

/** These rules are no longer active; their versions stay. */
export async function retire(tx: SqlTx, ids: readonly string[]): Promise<void> {
  for (const some of chunks(ids, ROWS_A_STATEMENT)) {
    await tx.updateTable('rules').set({ active: 0 }).where('id', 'in', some).where('active', '=', 1).execute();
  }
}

/** Of a rule whose older versions go on, those behind them end. */
async function retireAfter(tx: SqlTx, { active, fresh }: RuleRenewal): Promise<void> {
  const kept = active.versions.slice(0, -fresh.length).map(({ version }) => version);
  await tx
    .updateTable('rules')
    .set({ active: 0 })
    .where('id', '=', newestOf(active).id)
    .where('active', '=', 1)
    .where('version', 'not in', kept)
    .execute();
}
