import { RecordsFault, RecordsUnavailable } from '@anlan/ports';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Flavour } from '../flavour.js';
import type { Tables } from '../tables.js';
import { FIRST } from './0001-first.js';
import { LEDGER_AND_CHECKPOINTS } from './0002-ledger-and-checkpoints.js';
import { LIFE_OF_A_RULE } from './0003-life-of-a-rule.js';
import { DERIVED_POINTS } from './0004-derived-points.js';
import { FORMULA_VERSIONS } from './0005-formula-versions.js';
import { WORDS_OF_PRESENCE } from './0006-words-of-presence.js';
import { NOTIFICATIONS_TOLD } from './0007-notifications-told.js';
import { JOBS } from './0008-jobs.js';

/** All migrations, in the order of their names. Forward only: a released one never changes, and none has a way back. */
const MIGRATIONS: readonly (readonly [name: string, statements: readonly string[]])[] = [
  ['0001-first', FIRST],
  ['0002-ledger-and-checkpoints', LEDGER_AND_CHECKPOINTS],
  ['0003-life-of-a-rule', LIFE_OF_A_RULE],
  ['0004-derived-points', DERIVED_POINTS],
  ['0005-formula-versions', FORMULA_VERSIONS],
  ['0006-words-of-presence', WORDS_OF_PRESENCE],
  ['0007-notifications-told', NOTIFICATIONS_TOLD],
  ['0008-jobs', JOBS],
];

/**
 * Brings the tables up to this release, all of it or nothing. The transaction must hold the lock `migrations`, so that of several
 * processes that begin at once one does it and the others find it done.
 * Throws RecordsFault when the records were written by a newer release, or cannot be written at all. The names of what was done.
 */
export async function migrate(tx: Transaction<Tables>, flavour: Flavour, now: number): Promise<readonly string[]> {
  try {
    if (flavour === 'postgres') await checkPlace(tx);
    await sql`create table if not exists schema_migrations (name varchar(255) primary key not null, timestamp varchar(255) not null)`.execute(
      tx,
    );
    const missing = await missingIn(tx);
    for (const [name, statements] of missing) {
      for (const statement of statements) await sql.raw(DIALECTS[flavour](statement)).execute(tx);
      await sql`insert into schema_migrations (name, timestamp) values (${name}, ${new Date(now).toISOString()})`.execute(tx);
    }
    return missing.map(([name]) => name);
  } catch (error) {
    if (error instanceof RecordsUnavailable || error instanceof RecordsFault) throw error;
    throw new RecordsFault(`the records could not be migrated: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/**
 * May this account change the tables: it owns them, or there are none yet and it may make them. An account that may not leaves
 * them to `anlan migrate`.
 */
export async function mayMigrate(db: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql<Readonly<{ owns: boolean | null; may_create: boolean | null }>>`
    select has_schema_privilege(current_schema(), 'create') as may_create,
      (select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass(quote_ident(current_schema()) || '.schema_migrations')) as owns`.execute(
    db,
  );
  return rows[0]?.owns ?? rows[0]?.may_create ?? false;
}

/** Throws RecordsFault unless the tables are exactly those of this release. */
export async function checkMigrated(db: Kysely<Tables>): Promise<void> {
  await checkPlace(db);
  const { rows } = await sql<Readonly<{ there: boolean }>>`
    select to_regclass(quote_ident(current_schema()) || '.schema_migrations') is not null as there`.execute(db);
  const missing = rows[0]?.there === true ? await missingIn(db) : MIGRATIONS;
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(', ');
  throw new RecordsFault(
    `the tables of the records are older than this release (missing: ${names}), and this account may not change them: ` +
      'run "npx anlan migrate" with ANLAN_POSTGRES_OWNER_URL first',
  );
}

async function missingIn(db: Kysely<Tables>): Promise<typeof MIGRATIONS> {
  const { rows } = await sql<Readonly<{ name: string }>>`select name from schema_migrations`.execute(db);
  const done = new Set(rows.map(({ name }) => name));
  const known = new Set(MIGRATIONS.map(([name]) => name));
  const unknown = [...done].filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new RecordsFault(`a newer release has written the records (${unknown.join(', ')}): this one would misread them`);
  return MIGRATIONS.filter(([name]) => !done.has(name));
}

/** The statements are read alike by both engines, but for one thing. */
const DIALECTS = {
  sqlite: (statement) => statement,
  // Texts are compared byte by byte, as SQLite does: the order of ids must depend neither on the server's locale nor on its version.
  postgres: (statement) => (statement.startsWith('create table') ? statement.replace(/(?<=\w )text\b/g, 'text collate "C"') : statement),
} as const satisfies Record<Flavour, (statement: string) => string>;

/** Tables are made in the first schema of the search path: other schemas of the same database may hold other records. */
async function checkPlace(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<Readonly<{ schema: string | null; encoding: string }>>`
    select current_schema() as schema, current_setting('server_encoding') as encoding`.execute(db);
  const [found] = rows;
  if (!found || found.schema === null) throw new RecordsFault('the schema of the records does not exist, or this account may not use it');
  if (found.encoding !== 'UTF8') throw new RecordsFault(`the database of the records must have the encoding UTF8, not ${found.encoding}`);
}
