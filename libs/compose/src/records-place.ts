import { type PostgresConfig, postgresDialect } from '@anlan/adapter-postgres';
import { RecordsFault } from '@anlan/ports';
import { type Dialect, Kysely, sql } from 'kysely';

/** Kysely's dialect, in the schema of the namespace, which is made where it is missing. */
export async function recordsPlace(namespace: string, config: PostgresConfig): Promise<Dialect> {
  if (namespace === '') return postgresDialect(config);
  await ensureSchema(config, namespace);
  return postgresDialect({ ...config, schema: namespace });
}

/** Several processes may begin at the same moment: whoever loses the race finds the schema there. */
async function ensureSchema(config: PostgresConfig, schema: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: postgresDialect({ ...config, poolSize: 1 }) });
  const isThere = async (): Promise<boolean> =>
    (await sql`select 1 from pg_namespace where nspname = ${schema}`.execute(db)).rows.length > 0;
  try {
    if (await isThere()) return;
    await sql`create schema if not exists ${sql.id(schema)}`.execute(db);
  } catch (error) {
    if (await isThere()) return;
    if (!isDenied(error)) throw error;
    throw new RecordsFault(
      `there is no schema ${schema} and this account may not make it: run "npx anlan migrate" with ANLAN_POSTGRES_OWNER_URL first`,
    );
  } finally {
    await db.destroy();
  }
}

/** SQLSTATE insufficient_privilege. */
function isDenied(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '42501';
}
