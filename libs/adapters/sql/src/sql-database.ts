/**
 * The records' database: queries one by one, and transactions.
 *
 * D1  A transaction is all or nothing. One that the server had to undo for the sake of another (deadlock, conflict) is run again
 *     from its beginning, so `work` must change nothing but through `tx`.
 * D2  Of `exclusive` transactions with the same lock one runs at a time, in all processes that use these records; within a process
 *     in the order of the calls. Each statement sees what every earlier holder of the lock has committed.
 * D3  Who waits for a lock within this process holds no connection, so that a queue for one lock never starves the rest.
 * D4  With an embedded database all transactions run one at a time.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { RecordsUnavailable } from '@anlan/ports';
import { Kysely, sql, type Dialect } from 'kysely';
import { flavourOf, type Flavour } from './flavour.js';
import { boundedTurns, type Turns } from './in-turn.js';
import { bringUp, type AsOwner } from './migrations/bring-up.js';
import type { SqlTx, Tables } from './tables.js';

export type { SqlTx } from './tables.js';

/** What is written by one at a time. `key` narrows it to one thing of its kind. */
export type Lock = Readonly<{ name: 'migrations' | 'alarms' | 'registry' | 'audit' | 'accounts' | 'links'; key?: string }>;
export type SqlDatabase = Readonly<{
  flavour: Flavour;
  /** Migrations that this opening did. */
  migrated: readonly string[];
  db: Kysely<Tables>;
  /** All or nothing (D1). A transaction within a transaction waits for itself, so it is refused (at once where `watchNesting`). */
  transact: <T>(work: (tx: SqlTx) => Promise<T>) => Promise<T>;
  /** As `transact`, and alone (D2). */
  exclusive: <T>(lock: Lock, work: (tx: SqlTx) => Promise<T>) => Promise<T>;
  /** Reads that must fit together: as of one moment. */
  readTogether: <T>(work: (tx: SqlTx) => Promise<T>) => Promise<T>;
  /**
   * Lets the process serve its sockets when a transaction has held it for a while: with an embedded database every query
   * is synchronous underneath, and a long run of them would otherwise stop everything else.
   */
  breathe: () => Promise<void>;
  close: () => Promise<void>;
}>;

const BREATH_MS = 5;
/** Longer than the largest import holds an embedded database. */
const EMBEDDED_WAIT_MS = 60_000;
/** Faults of the disk or the file after which nothing that was written may be trusted. */
const FATAL_CODE = /^SQLITE_(IOERR|CORRUPT|NOTADB)/;
/** SQLSTATE serialization_failure and deadlock_detected: surely undone, and to be run again. */
const CONFLICT_CODE = /^40(001|P01)$/;
const MAX_RUNS = 6;
const FIRST_REST_MS = 10;
/** An import works out what changes while it holds its lock; the server must not take that for a client that has gone. */
const REGISTRY_SILENCE = '120s';

export type SqlDatabaseConfig = Readonly<{
  dialect: Dialect;
  now: number;
  /** Hears of a fault after which the process must end (and still the query rejects). */
  onFatal(error: unknown): void;
  /**
   * Refuse a transaction within a transaction at once. Needs promise hooks, which cost every promise of the process (about 4 % of
   * the main thread at 7 000 messages/s on Node 20), so it is for tests; without it such a transaction waits, and then is refused.
   */
  watchNesting?: boolean;
  owner?: AsOwner;
}>;

/** Opens, and migrates where this account may; one that may not finds the tables as this release wants them, or RecordsFault is thrown. */
export async function openSqlDatabase({ dialect, now, onFatal, watchNesting = false, owner }: SqlDatabaseConfig): Promise<SqlDatabase> {
  const flavour = flavourOf(dialect);
  const db = new Kysely<Tables>({
    dialect,
    log: (event) => void (event.level === 'error' && isFatal(event.error) && onFatal(event.error)),
  });
  const inside = new AsyncLocalStorage<{ ended: boolean }>();
  const turns = new Map<Lock['name'], Turns>();
  // D4, and who waits for itself is found out.
  const alone = boundedTurns(EMBEDDED_WAIT_MS);
  let breathedAt = performance.now();

  const turnOf = (name: Lock['name']): Turns => {
    const turn = turns.get(name) ?? boundedTurns();
    turns.set(name, turn);
    return turn;
  };
  /** Refuses a transaction within a transaction, also one that would have to wait for its turn first. */
  const outermost = async <T>(run: () => Promise<T>): Promise<T> => {
    if (!watchNesting) return run();
    const outer = inside.getStore();
    if (outer && !outer.ended) throw new Error('a transaction was begun within a transaction');
    const mark = { ended: false };
    return inside.run(mark, async () => {
      try {
        return await run();
      } finally {
        mark.ended = true;
      }
    });
  };
  const oneTransaction = <T>(work: (tx: SqlTx) => Promise<T>): Promise<T> => runAgain(() => db.transaction().execute(work));
  const transact: SqlDatabase['transact'] = (work) =>
    outermost(() => (flavour === 'sqlite' ? alone(() => oneTransaction(work)) : oneTransaction(work)));

  const exclusive: SqlDatabase['exclusive'] = (lock, work) => {
    if (flavour === 'sqlite') return transact(work);
    const locked = () =>
      runAgain(() =>
        db.transaction().execute(async (tx) => {
          await take(tx, lock);
          return work(tx);
        }),
      );
    // A narrow lock is seldom waited for: the server keeps its order.
    return outermost(() => (lock.key === undefined ? turnOf(lock.name)(locked) : locked()));
  };
  const migrated = await bringUp({ db, flavour, exclusive }, now, owner).catch(async (error: unknown) => {
    await db.destroy();
    throw error;
  });

  return {
    flavour,
    migrated,
    db,
    transact,
    exclusive,
    readTogether: (work) =>
      flavour === 'sqlite'
        ? transact(work)
        : outermost(() => runAgain(() => db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work))),
    async breathe() {
      if (performance.now() - breathedAt < BREATH_MS) return;
      await setImmediate();
      breathedAt = performance.now();
    },
    close: () => db.destroy(),
  };
}

/**
 * Held until the end of the transaction. Records in other schemas of the same database have locks of their own.
 * A lock without a key carries no parameters, so that the dialect can send it in one round trip with the beginning.
 */
async function take(tx: SqlTx, { name, key }: Lock): Promise<void> {
  const silence =
    name === 'registry' || name === 'migrations'
      ? sql`, set_config('idle_in_transaction_session_timeout', ${sql.lit(REGISTRY_SILENCE)}, true)`
      : sql``;
  const words = key === undefined ? sql.lit(`anlan ${name} `) : `anlan ${name} ${key}`;
  await sql`select pg_advisory_xact_lock(hashtext(coalesce(current_schema(), '')), hashtext(${words}))${silence}`.execute(tx);
}

async function runAgain<T>(run: () => Promise<T>): Promise<T> {
  for (let runs = 1; ; runs += 1) {
    try {
      return await run();
    } catch (error) {
      if (!CONFLICT_CODE.test(codeOf(error))) throw error;
      if (runs === MAX_RUNS) throw new RecordsUnavailable('the records are too busy', { cause: error });
      await wait(FIRST_REST_MS * 2 ** (runs - 1));
    }
  }
}

function isFatal(error: unknown): boolean {
  return FATAL_CODE.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Slices of at most `size`, so that no statement carries more parameters than the database takes. */
export function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
