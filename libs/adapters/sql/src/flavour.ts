import { PostgresAdapter, SqliteAdapter, type Dialect } from 'kysely';

/**
 * What the records stand on. `sqlite`: a file of this process, one transaction at a time whatever it does.
 * `postgres`: a server that other processes use at the same time.
 */
export type Flavour = 'sqlite' | 'postgres';

/** Told by the dialect itself, so that it cannot be said wrongly. */
export function flavourOf(dialect: Dialect): Flavour {
  const adapter = dialect.createAdapter();
  if (adapter instanceof PostgresAdapter) return 'postgres';
  if (adapter instanceof SqliteAdapter) return 'sqlite';
  throw new Error(`the records know SQLite and PostgreSQL, not ${adapter.constructor.name}`);
}
