import type { Dialect } from 'kysely';
import { openSqlDatabase } from './sql-database.js';

export type MigrateConfig = Readonly<{
  /** Connection of the account that owns the tables, or may make them. */
  dialect: Dialect;
  now: number;
  /** Account that the apps run under; null: the owner's own. */
  appRole: string | null;
}>;

/**
 * Brings the tables up to this release as their owner, and says what the apps may do with them, in one transaction.
 * The names of the migrations that were done. Throws RecordsFault; RecordsUnavailable when the server is away.
 */
export async function migrateRecords({ dialect, now, appRole }: MigrateConfig): Promise<readonly string[]> {
  const database = await openSqlDatabase({ dialect, now, onFatal: () => undefined, owner: { grantTo: appRole } });
  await database.close();
  return database.migrated;
}
