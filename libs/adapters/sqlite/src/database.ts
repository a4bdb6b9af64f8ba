import { statSync } from 'node:fs';
import NativeDatabase from 'libsql';
import { checkedParameters, parameterCount } from './parameters.js';
import { StoreFault, isDiskFull, storeFaultOf } from './store-fault.js';

export type Changes = Readonly<{ changes: number; lastInsertRowid: number }>;
/** A prepared statement. Every parameter passes the guard of `parameters.ts`. */
export type Statement = Readonly<{
  /** Does it give rows. */
  reader: boolean;
  run(parameters?: readonly unknown[]): Changes;
  get<Row>(parameters?: readonly unknown[]): Row | undefined;
  all<Row>(parameters?: readonly unknown[]): Row[];
  /** To be run to its end: one that stops early keeps its snapshot open. */
  iterate<Row>(parameters?: readonly unknown[]): IterableIterator<Row>;
}>;
/** One connection to one file; also the `database` that Kysely's SqliteDialect takes. */
export type Database = Readonly<{
  file: string;
  prepare(sql: string): Statement;
  /** Runs statements without parameters and rows. */
  exec(sql: string): void;
  /** One transaction (BEGIN IMMEDIATE), all or nothing; must not be nested. */
  transaction<T>(work: () => T): T;
  inTransaction(): boolean;
  /** Bytes of the main file, free pages in it included. */
  sizeOnDisk(): number;
  close(): void;
}>;

export type DatabaseOptions = Readonly<{
  /** FULL: a commit is on the disk before it returns. Only for files that can be made anew is less allowed. */
  synchronous?: 'FULL' | 'NORMAL' | 'OFF';
  /** How long a statement waits for another connection. */
  busyTimeoutMs?: number;
  /** Pages in the WAL file after which a commit also moves them to the main file. */
  walAutocheckpoint?: number;
  /** Largest main file that is read through at opening; SQLite has no quicker check. Larger ones only have their head checked. */
  checkUpToBytes?: number;
  /** A connection that may only read. */
  readOnly?: boolean;
}>;

const DEFAULTS = {
  synchronous: 'FULL',
  busyTimeoutMs: 5_000,
  walAutocheckpoint: 1_000,
  checkUpToBytes: 128 * 1024 * 1024,
  readOnly: false,
} as const;
const CACHED_STATEMENTS = 256;

/** Opens (or makes) a database file, checks it, and sets it up. `:memory:` is allowed. Throws StoreFault. */
export function openDatabase(file: string, options: DatabaseOptions = {}): Database {
  const settings = { ...DEFAULTS, ...options };
  try {
    const native = new NativeDatabase(file, { timeout: settings.busyTimeoutMs });
    try {
      setUp(native, file, settings);
      return guarded(native, file, settings.readOnly);
    } catch (error) {
      native.close();
      throw error;
    }
  } catch (error) {
    throw storeFaultOf(file, error);
  }
}

function setUp(native: NativeDatabase.Database, file: string, settings: Required<DatabaseOptions>): void {
  native.exec(`PRAGMA busy_timeout = ${settings.busyTimeoutMs}`);
  if (settings.readOnly) native.exec('PRAGMA query_only = 1');
  else if (file !== ':memory:') native.exec('PRAGMA journal_mode = WAL');
  native.exec(`PRAGMA synchronous = ${settings.synchronous}`);
  native.exec(`PRAGMA wal_autocheckpoint = ${settings.walAutocheckpoint}`);
  native.exec('PRAGMA foreign_keys = ON');
  if (!settings.readOnly && file !== ':memory:') checkIntegrity(native, file, settings.checkUpToBytes);
}

function checkIntegrity(native: NativeDatabase.Database, file: string, upToBytes: number): void {
  if (statSync(file).size > upToBytes) return void native.prepare('SELECT count(*) FROM sqlite_master').all();
  const found = native.prepare('PRAGMA quick_check(3)').all() as readonly Readonly<{ quick_check: string }>[];
  const faults = found.map((row) => row.quick_check).filter((text) => text !== 'ok');
  if (faults.length > 0) throw new StoreFault('corrupt', file, `${file} is damaged: ${faults.join('; ')}`);
}

function guarded(native: NativeDatabase.Database, file: string, readOnly: boolean): Database {
  const isFile = file !== ':memory:';
  let open = true;
  const cache = new Map<string, Statement>();
  const prepare = (sql: string): Statement => {
    const found = cache.get(sql) ?? guardedStatement(native, sql);
    // Re-inserted, so that the first of the map is the one unused for longest.
    cache.delete(sql);
    cache.set(sql, found);
    const [oldest] = cache.keys();
    if (cache.size > CACHED_STATEMENTS && oldest !== undefined) cache.delete(oldest);
    return found;
  };
  return {
    file,
    prepare,
    exec: (sql) => native.exec(sql),
    transaction: (work) => transaction(native, work),
    inTransaction: () => native.inTransaction,
    sizeOnDisk: () => pragmaNumber(native, 'page_count') * pragmaNumber(native, 'page_size'),
    close: () => {
      cache.clear();
      if (open) closeTidily(native, isFile && !readOnly);
      open = false;
    },
  };
}

/** The library does not empty the write-ahead file at closing while it still knows of a statement, so it is done here. */
function closeTidily(native: NativeDatabase.Database, writes: boolean): void {
  try {
    if (writes) native.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // No room to move it: all of it stands in the write-ahead file and is found there at the next opening.
    if (!isDiskFull(error)) throw error;
  } finally {
    native.close();
  }
}

function pragmaNumber(native: NativeDatabase.Database, name: string): number {
  return Number((native.prepare(`PRAGMA ${name}`).all() as readonly Readonly<Record<string, number>>[])[0]?.[name] ?? 0);
}

function guardedStatement(native: NativeDatabase.Database, sql: string): Statement {
  const expected = parameterCount(sql);
  const statement = native.prepare(sql);
  const checked = (parameters: readonly unknown[] = []): unknown[] => checkedParameters(parameters, expected, sql);
  return {
    reader: statement.reader,
    run(parameters) {
      const { changes, lastInsertRowid } = statement.run(checked(parameters));
      return { changes, lastInsertRowid: Number(lastInsertRowid) };
    },
    get<Row>(parameters?: readonly unknown[]) {
      return (statement.all(checked(parameters)) as Row[])[0];
    },
    all<Row>(parameters?: readonly unknown[]) {
      return statement.all(checked(parameters)) as Row[];
    },
    // Its own statement, because an unfinished iteration would be cut off by the next use of a shared one.
    iterate<Row>(parameters?: readonly unknown[]) {
      return native.prepare(sql).iterate(checked(parameters)) as IterableIterator<Row>;
    },
  };
}

function transaction<T>(native: NativeDatabase.Database, work: () => T): T {
  native.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    native.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite may have rolled back by itself (disk full, I/O error); a second ROLLBACK would hide the cause.
    if (native.inTransaction) native.exec('ROLLBACK');
    throw error;
  }
}
