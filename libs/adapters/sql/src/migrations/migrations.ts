import { RecordsUnavailable } from '@anlan/ports';
import { sql, type Transaction } from 'kysely';
import type { Flavour } from '../flavour.js';
import type { Tables } from '../tables.js';
import { FIRST } from './0001-first.js';
import { LEDGER_AND_CHECKPOINTS } from './0002-ledger-and-checkpoints.js';
import { LIFE_OF_A_RULE } from './0003-life-of-a-rule.js';
import { DERIVED_POINTS } from './0004-derived-points.js';

/** All migrations, in the order of their names. Forward only: a released one never changes, and none has a way back. */
const MIGRATIONS: readonly (readonly [name: string, statements: readonly string[]])[] = [
  ['0001-first', FIRST],
  ['0002-ledger-and-checkpoints', LEDGER_AND_CHECKPOINTS],
  ['0003-life-of-a-rule', LIFE_OF_A_RULE],
  ['0004-derived-points', DERIVED_POINTS],
];

/**
 * Brings the tables up to this release, all of it or nothing. The transaction must hold the lock `migrations`, so that of several
 * processes that begin at once one does it and the others find it done.
 * Throws when the records were written by a newer release, or cannot be written at all.
 */
export async function migrate(tx: Transaction<Tables>, flavour: Flavour, now: number): Promise<void> {
  try {
    if (flavour === 'postgres') await checkPlace(tx);
    await sql`create table if not exists schema_migrations (name varchar(255) primary key not null, timestamp varchar(255) not null)`.execute(
      tx,
    );
    const { rows } = await sql<Readonly<{ name: string }>>`select name from schema_migrations`.execute(tx);
    const done = new Set(rows.map(({ name }) => name));
    const known = new Set(MIGRATIONS.map(([name]) => name));
    const unknown = [...done].filter((name) => !known.has(name));
    if (unknown.length > 0) throw new Error(`a newer release has written them: ${unknown.join(', ')}`);
    for (const [name, statements] of MIGRATIONS) {
      if (done.has(name)) continue;
      for (const statement of statements) await sql.raw(DIALECTS[flavour](statement)).execute(tx);
      await sql`insert into schema_migrations (name, timestamp) values (${name}, ${new Date(now).toISOString()})`.execute(tx);
    }
  } catch (error) {
    if (error instanceof RecordsUnavailable) throw error;
    throw new Error('the records could not be migrated', { cause: error });
  }
}

/** The statements are read alike by both engines, but for one thing. */
const DIALECTS = {
  sqlite: (statement) => statement,
  // Texts are compared byte by byte, as SQLite does: the order of ids must depend neither on the server's locale nor on its version.
  postgres: (statement) => (statement.startsWith('create table') ? statement.replace(/(?<=\w )text\b/g, 'text collate "C"') : statement),
} as const satisfies Record<Flavour, (statement: string) => string>;

/** Tables are made in the first schema of the search path: other schemas of the same database may hold other records. */
async function checkPlace(tx: Transaction<Tables>): Promise<void> {
  const { rows } = await sql<Readonly<{ schema: string | null; encoding: string }>>`
    select current_schema() as schema, current_setting('server_encoding') as encoding`.execute(tx);
  const [found] = rows;
  if (!found || found.schema === null) throw new Error('their schema does not exist, or this role may not use it');
  if (found.encoding !== 'UTF8') throw new Error(`their database must have the encoding UTF8, not ${found.encoding}`);
}
