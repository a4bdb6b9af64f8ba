import { AsyncLocalStorage } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { Kysely, type Dialect, type Transaction } from 'kysely';
import { migrate } from './migrations/migrations.js';
import type { Tables } from './tables.js';

export type SqlTx = Transaction<Tables>;
/** The records' database: queries one by one, and transactions one at a time. */
export type SqlDatabase = Readonly<{
  db: Kysely<Tables>;
  /** All or nothing, one at a time, in the order of the calls. A transaction within a transaction would wait for itself for ever, so it throws. */
  transact: <T>(work: (tx: SqlTx) => Promise<T>) => Promise<T>;
  /**
   * Lets the process serve its sockets when a transaction has held it for a while: with an embedded database every query
   * is synchronous underneath, and a long run of them would otherwise stop everything else.
   */
  breathe: () => Promise<void>;
  close: () => Promise<void>;
}>;

const BREATH_MS = 5;
/** Faults of the disk or the file after which nothing that was written may be trusted. */
const FATAL_CODE = /^SQLITE_(IOERR|CORRUPT|NOTADB)/;

/** Opens and migrates. `onFatal` hears of a fault after which the process must end (and still the query rejects). */
export async function openSqlDatabase(dialect: Dialect, onFatal: (error: unknown) => void): Promise<SqlDatabase> {
  const db = new Kysely<Tables>({
    dialect,
    log: (event) => void (event.level === 'error' && isFatal(event.error) && onFatal(event.error)),
  });
  const inside = new AsyncLocalStorage<{ ended: boolean }>();
  let breathedAt = performance.now();
  // Migrations know no table types: they make them.
  await migrate(db as unknown as Kysely<never>);
  return {
    db,
    async transact(work) {
      const outer = inside.getStore();
      if (outer && !outer.ended) throw new Error('a transaction was begun within a transaction');
      const mark = { ended: false };
      return inside.run(mark, async () => {
        try {
          return await db.transaction().execute(work);
        } finally {
          mark.ended = true;
        }
      });
    },
    async breathe() {
      if (performance.now() - breathedAt < BREATH_MS) return;
      await setImmediate();
      breathedAt = performance.now();
    },
    close: () => db.destroy(),
  };
}

function isFatal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && FATAL_CODE.test(String(error.code));
}

/** Slices of at most `size`, so that no statement carries more parameters than the database takes. */
export function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
