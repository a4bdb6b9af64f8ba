import type { Activation, Actor } from '@anlan/contracts';
import { chunks, type SqlTx } from '../sql-database.js';
import type { Compiled } from './compile-rules.js';
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

export type RuleAuthor = Readonly<{ author: string; reasons: ReadonlyMap<string, string>; now: number }>;

/** New versions take the place of the active ones. */
export async function writeRules(tx: SqlTx, { changes }: Compiled, { author, reasons, now }: RuleAuthor): Promise<void> {
  await retire(
    tx,
    changes.map(({ active }) => active.rule.id),
  );
  const rows = changes.map(({ active, fromBundle }) =>
    rowOfRule(
      active,
      fromBundle
        ? { author, reason: reasons.get(active.rule.id) ?? null, now }
        : { author: SYSTEM.id, reason: 'what the rule refers to has changed', now },
    ),
  );
  for (const some of chunks(rows, ROWS_A_STATEMENT)) await tx.insertInto('rules').values(some).execute();
}

/** These rules are no longer active; their versions stay. */
export async function retire(tx: SqlTx, ids: readonly string[]): Promise<void> {
  for (const some of chunks(ids, ROWS_A_STATEMENT)) {
    await tx.updateTable('rules').set({ active: 0 }).where('id', 'in', some).where('active', '=', 1).execute();
  }
}
