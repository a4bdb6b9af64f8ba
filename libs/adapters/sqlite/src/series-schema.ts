import { type Database, type DatabaseOptions, openDatabase } from './database.js';
import { ensureSchema } from './schema.js';

/**
 * `sample`: one row a reading. `d` is 0, or the device's own time where the reading was moved to its time of arrival (then
 * several may share `t`). `lag` is received-at minus `t`. `o` and `i` say which log record it came from.
 * `moved`: the way from the device's time to `t` for those, so that their repeats are found.
 */
const SCHEMA = `
  CREATE TABLE point (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE sample (
    p INTEGER NOT NULL, t INTEGER NOT NULL, d INTEGER NOT NULL, v REAL NOT NULL, q INTEGER NOT NULL,
    lag INTEGER NOT NULL, o INTEGER NOT NULL, i INTEGER NOT NULL, PRIMARY KEY (p, t, d)
  ) WITHOUT ROWID;
  CREATE TABLE moved (p INTEGER NOT NULL, d INTEGER NOT NULL, t INTEGER NOT NULL, PRIMARY KEY (p, d)) WITHOUT ROWID;
  CREATE TABLE conflict (
    p INTEGER NOT NULL, t INTEGER NOT NULL, o INTEGER NOT NULL, i INTEGER NOT NULL,
    kept REAL NOT NULL, refused REAL NOT NULL, received_at INTEGER NOT NULL, PRIMARY KEY (p, t, o, i)
  ) WITHOUT ROWID;
  CREATE TABLE position (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL);
  CREATE TABLE count (
    device TEXT NOT NULL, hour INTEGER NOT NULL, received INTEGER NOT NULL, stored INTEGER NOT NULL, rejected INTEGER NOT NULL,
    duplicate INTEGER NOT NULL, quarantined INTEGER NOT NULL, PRIMARY KEY (device, hour)
  ) WITHOUT ROWID;
  CREATE INDEX count_hour ON count (hour);
  CREATE TABLE seq (device TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;`;

/** Opens `series.db`, which holds the readings and the ledger about them. */
export function openSeriesDatabase(file: string, options: DatabaseOptions): Database {
  const db = openDatabase(file, options);
  if (options.readOnly !== true) ensureSchema(db, 1, SCHEMA);
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  return db;
}

const CACHE_KIB = 32 * 1024;
