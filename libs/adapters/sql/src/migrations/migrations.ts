import { Migrator, type Kysely } from 'kysely';
import { first } from './0001-first.js';

/** All migrations, in the order of their names. Forward only: a released one never changes, and none has a way back. */
const MIGRATIONS = { '0001-first': first };

/** Brings the tables up to this release. Throws when a migration fails, or when the records were written by a newer release. */
export async function migrate(db: Kysely<never>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
    migrationTableName: 'schema_migrations',
    migrationLockTableName: 'schema_migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw new Error('the records could not be migrated', { cause: error });
}
