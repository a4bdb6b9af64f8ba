/**
 * Kysely's dialect over a pool of PostgreSQL connections that notices within bounded time when the server or the link is gone.
 *
 * P1  No call waits longer than `connectMs` for a connection and `answerMs` for an answer; a server or link that is away is told
 *     as RecordsUnavailable.
 * P2  A connection that failed is closed, never given out again, and with it all that were made before the failure: after a cut
 *     the next call gets a new connection instead of the next dead one.
 * P3  A transaction whose client has gone (crash, cut) ends after `idleMs` on the server, and with it its locks.
 * P4  What the platform relies on is set for each connection, whatever the server's own settings: read committed, commits that wait
 *     for the disk, limits of time.
 * P5  A transaction begins with its first statement, in the same round trip where that has no parameters.
 */
import { PostgresDialect } from 'kysely';
import pg from 'pg';
import { inPortWords, isLinkFault } from './postgres-fault.js';

export type PostgresConfig = Readonly<{
  /** `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=/path`. */
  url: string;
  /** Most connections of this process. */
  poolSize?: number;
  /** Tables are made and found here; absent: the search path of the role. */
  schema?: string;
  /** Shown by the server beside each connection. */
  name?: string;
  limits?: Partial<PostgresLimits>;
  /** A connection that nobody used at that moment was lost. Told for the log; the next call makes a new one. */
  onTrouble?(error: Error): void;
}>;
export type PostgresLimits = Readonly<Record<keyof typeof POSTGRES_LIMITS, number>>;

/** A server or link that is gone is noticed within `connectMs`, or `answerMs`: 10 s; its locks are free after `idleMs`. */
export const POSTGRES_LIMITS = {
  /** For a connection: a new one, or one that becomes free. */
  connectMs: 5_000,
  /** Server: one statement, and waiting for a lock. */
  statementMs: 8_000,
  /** Client: from sending a statement to its answer; a little longer than the server's own limit. */
  answerMs: 10_000,
  /** Server: a transaction in which nothing is said. Shorter than `statementMs`, so that who waits for its locks outlives it. */
  idleMs: 7_000,
} as const satisfies Record<string, number>;

const POOL_SIZE = 8;
/** A connection that nobody needs is given back to the server. */
const UNUSED_MS = 30_000;
/** As Kysely's driver says it. */
const BEGIN = /^(begin|start transaction\b.*)$/;
const END = /^(commit|rollback)$/;
const NOTHING: pg.QueryResult = { command: '', rowCount: 0, oid: 0, fields: [], rows: [] };
const INT8 = 20;
const NUMERIC = 1700;

/** Opens no connection yet. The pool is closed with Kysely. */
export function postgresDialect(config: PostgresConfig): PostgresDialect {
  return new PostgresDialect({ pool: watchedPool(config) });
}

type KyselyPool = Exclude<ConstructorParameters<typeof PostgresDialect>[0]['pool'], () => unknown>;
type KyselyClient = Awaited<ReturnType<KyselyPool['connect']>>;

function watchedPool(config: PostgresConfig): KyselyPool {
  const limits = { ...POSTGRES_LIMITS, ...config.limits };
  const pool = new pg.Pool({
    connectionString: config.url,
    max: config.poolSize ?? POOL_SIZE,
    idleTimeoutMillis: UNUSED_MS,
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: limits.answerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: limits.idleMs,
    application_name: config.name ?? 'anlan',
    types: { getTypeParser: parserOf },
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the pool waits for it, though its types do not say so
    onConnect: (client) => settle(client, config, limits),
  });
  // A connection that breaks while nobody uses it has already left the pool; without a listener its error would end the process.
  pool.on('error', (error) => config.onTrouble?.(error));
  /** Which connections were made before the last failure (P2). */
  let era = 0;
  const eras = new WeakMap<pg.PoolClient, number>();
  pool.on('connect', (client) => eras.set(client, era));

  const fresh = async (): Promise<pg.PoolClient> => {
    for (;;) {
      const client = await pool.connect();
      if (eras.get(client) === era) return client;
      client.release(new Error('made before the link failed'));
    }
  };
  return {
    async connect() {
      try {
        return watched(await fresh(), () => (era += 1));
      } catch (error) {
        throw inPortWords(error);
      }
    },
    end: () => pool.end(),
  };
}

/** One connection in use. After a fault of the link it answers everything with that fault and is closed when it is given back. */
function watched(client: pg.PoolClient, onBroken: () => void): KyselyClient {
  let broken: Readonly<{ by: unknown }> | undefined;
  const breaks = (error: unknown): void => {
    if (broken === undefined) onBroken();
    broken ??= { by: error };
  };
  client.on('error', breaks);
  /** A transaction that was begun, but of which the server has not been told. */
  let begun = '';
  const say = async (text: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
    const begin = begun;
    begun = '';
    if (begin === '') return client.query(text, [...values]);
    if (END.test(text)) return NOTHING;
    if (values.length === 0) return lastOf(await client.query(`${begin}; ${text}`));
    await client.query(begin);
    return client.query(text, [...values]);
  };
  const query = async (text: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
    if (broken) throw inPortWords(broken.by);
    if (BEGIN.test(text)) {
      begun = text;
      return NOTHING;
    }
    try {
      return await say(text, values);
    } catch (error) {
      if (isLinkFault(error)) breaks(error);
      throw inPortWords(error);
    }
  };
  return {
    // The other form, with a cursor, is asked for only where the dialect was given one.
    query: query as unknown as KyselyClient['query'],
    release() {
      client.off('error', breaks);
      client.release(broken !== undefined);
    },
  };
}

/** Of several statements in one text the result of the last; types do not say that there are several. */
function lastOf(results: pg.QueryResult | readonly pg.QueryResult[]): pg.QueryResult {
  return 'rows' in results ? results : (results.at(-1) ?? NOTHING);
}

/** P3, P4. Keepalives let the server notice a client whose link was cut; on a local socket they mean nothing and are ignored. */
async function settle(client: pg.ClientBase, { schema }: PostgresConfig, limits: PostgresLimits): Promise<void> {
  const settings: Readonly<Record<string, string>> = {
    default_transaction_isolation: 'read committed',
    default_transaction_read_only: 'off',
    statement_timeout: `${limits.statementMs}ms`,
    lock_timeout: `${limits.statementMs}ms`,
    idle_in_transaction_session_timeout: `${limits.idleMs}ms`,
    tcp_keepalives_idle: '5',
    tcp_keepalives_interval: '2',
    tcp_keepalives_count: '3',
    ...(schema !== undefined && { search_path: `"${schema.replaceAll('"', '""')}"` }),
  };
  const calls = Object.keys(settings).map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
  await client.query(`select ${calls.join(', ')}`, Object.entries(settings).flat());
  // A stricter setting (replicas too) is left alone.
  await client.query(
    `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') in ('off', 'local')`,
  );
}

/** Whole numbers of eight bytes and sums of them come as text; everything we keep fits a number, and what does not is a fault, not a rounding. */
function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return wholeNumber;
  return pg.types.getTypeParser(oid, format) as (value: string) => unknown;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number`);
  return value;
}
