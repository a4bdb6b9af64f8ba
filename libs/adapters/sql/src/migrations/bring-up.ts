import type { Kysely } from 'kysely';
import type { Flavour } from '../flavour.js';
import type { SqlTx, Tables } from '../tables.js';
import { grantToApps } from './app-rights.js';
import { checkMigrated, mayMigrate, migrate } from './migrations.js';

/** This account owns the tables, and gives the account of the apps its rights; null: there is no other. */
export type AsOwner = Readonly<{ grantTo: string | null }>;

/** What of the records' database is needed before it is open. */
type Unopened = Readonly<{
  flavour: Flavour;
  db: Kysely<Tables>;
  exclusive<T>(lock: Readonly<{ name: 'migrations' }>, work: (tx: SqlTx) => Promise<T>): Promise<T>;
}>;

/** Migrates where this account may change tables, else looks that they are those of this release. The names of what was done. */
export async function bringUp({ db, flavour, exclusive }: Unopened, now: number, owner?: AsOwner): Promise<readonly string[]> {
  if (flavour === 'postgres' && !owner && !(await mayMigrate(db))) {
    await checkMigrated(db);
    return [];
  }
  return exclusive({ name: 'migrations' }, async (tx) => {
    const done = await migrate(tx, flavour, now);
    if (owner && owner.grantTo !== null) await grantToApps(tx, owner.grantTo);
    return done;
  });
}
