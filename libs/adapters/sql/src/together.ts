import { sql, type Compilable, type OperationNodeSource, type RawBuilder } from 'kysely';
import type { Flavour } from './flavour.js';
import type { SqlDatabase, SqlTx } from './sql-database.js';

/** One statement that writes. */
export type Part = Compilable & OperationNodeSource & Readonly<{ execute(): Promise<unknown> }>;

/**
 * Writes parts that touch different rows, of which none sees what another writes (but for `valueOf`): over a network as one statement, for each
 * statement is a round trip and wakes two processes; with an embedded database one after the other, where they cost the same.
 * Outside of a transaction it is all or nothing only over a network.
 */
export async function together(flavour: Flavour, on: SqlTx | SqlDatabase['db'], parts: readonly Part[]): Promise<void> {
  if (parts.length < 2 || flavour === 'sqlite') for (const part of parts) await part.execute();
  else await sql`with ${sql.join(parts.map(named))} select 1`.execute(on);
}

const nameOf = (index: number): RawBuilder<unknown> => sql.id(`part_${index}`);

function named(part: Part, index: number): RawBuilder<unknown> {
  return sql`${nameOf(index)} as (${part})`;
}

/** The one value that the part at `index` gives back, for the parts after it; only where they are one statement. */
export function valueOf<T>(index: number, column: string): RawBuilder<T> {
  return sql<T>`(select ${sql.ref(column)} from ${nameOf(index)})`;
}
