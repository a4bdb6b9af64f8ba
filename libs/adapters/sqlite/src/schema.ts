import type { Database } from './database.js';
import { StoreFault } from './store-fault.js';

/** Makes the tables of a new file; a file of another program version is left alone and refused. */
export function ensureSchema(db: Database, version: number, sql: string): void {
  const found = db.prepare('PRAGMA user_version').get<{ user_version: number }>()?.user_version ?? 0;
  if (found === version) return;
  if (found !== 0) throw new StoreFault('newer_version', db.file, `${db.file} has layout ${found}, this program reads ${version}`);
  db.transaction(() => {
    db.exec(sql);
    db.exec(`PRAGMA user_version = ${version}`);
  });
}
