/** Empty databases for specs, on both engines, and records over them. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresDialect, type PostgresConfig } from '@anlan/adapter-postgres';
import { openDatabase } from '@anlan/adapter-sqlite';
import { describeWith } from '@anlan/testing';
import { CompiledQuery, Kysely, SqliteDialect, type Dialect } from 'kysely';
import { migrateRecords, sqlRecords, type Records, type RecordsConfig } from '../index.js';

/** One empty database, opened as often as one likes; two openings are two processes as far as the records know. */
export type Place = Readonly<{
  dialect(): Dialect;
  /** As who may change the tables. */
  owner(): Dialect;
  /** Statements behind the records' back, one after another; the rows of the last. */
  run(...statements: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  drop(): Promise<void>;
}>;
export type Engine = Readonly<{ name: 'SQLite' | 'PostgreSQL'; place(): Promise<Place> }>;

export const SPEC_AT = 1_760_000_000_000;
export const SPEC_KEYS: RecordsConfig['keys'] = { current: 'k', peppers: new Map([['k', new Uint8Array(32).fill(7)]]) };

/** The same specs on SQLite and, where it is there, on PostgreSQL. */
export function onBothEngines(name: string, specs: (engine: Engine) => void): void {
  describe(`${name}, on SQLite`, () => specs(sqlite));
  describeWith('postgres', `${name}, on PostgreSQL`, (url) => specs(postgres(url)));
}

export function openRecords(dialect: Dialect, more: Partial<RecordsConfig> = {}): Promise<Records> {
  return sqlRecords({
    watchNesting: true,
    dialect,
    keys: SPEC_KEYS,
    catalogue: new Map(),
    publicUrl: 'https://city.example/',
    clock: { now: () => SPEC_AT },
    onFatal: (error) => {
      throw error;
    },
    ...more,
  });
}

const sqlite: Engine = {
  name: 'SQLite',
  place() {
    const folder = mkdtempSync(join(tmpdir(), 'anlan-records-'));
    const dialect = (): Dialect => new SqliteDialect({ database: openDatabase(join(folder, 'records.db'), { synchronous: 'OFF' }) });
    return Promise.resolve({
      dialect,
      owner: dialect,
      run: (...statements) => runOn(dialect(), statements),
      drop: () => Promise.resolve(rmSync(folder, { recursive: true })),
    });
  },
};

/** Account of the apps on the servers of specs; it owns nothing. */
export const SPEC_APP = 'anlan_spec_app';
const SPEC_APP_PASSWORD = 'of-specs-only';

export type PostgresEngine = Engine & Readonly<{ /** A place without tables, used as its owner. */ empty(): Promise<Place> }>;

/**
 * Each place is a schema of its own, so that specs run beside each other on one server. Its owner has made the tables; whatever a spec
 * does with them it does under the account of the apps, with the rights of `APP_RIGHTS` (S-61). `run` is the owner's.
 */
export function postgres(url: string, config: Partial<PostgresConfig> = {}): PostgresEngine {
  const empty = async (): Promise<Place> => {
    const schema = `spec_${randomBytes(8).toString('hex')}`;
    const anywhere = (): Dialect => postgresDialect({ url, poolSize: 1 });
    await runOn(anywhere(), [`create schema ${schema}`]);
    const dialect = (): Dialect => postgresDialect({ url, schema, poolSize: 4, ...config });
    return {
      dialect,
      owner: dialect,
      run: (...statements) => runOn(dialect(), statements),
      drop: async () => void (await runOn(anywhere(), [`drop schema if exists ${schema} cascade`])),
    };
  };
  return {
    name: 'PostgreSQL',
    empty,
    async place() {
      const place = await empty();
      await place.run(MAKE_SPEC_APP);
      await migrateRecords({ dialect: place.owner(), now: SPEC_AT, appRole: SPEC_APP });
      const [row] = await place.run('select current_schema() as schema');
      const schema = String(row?.['schema']);
      return { ...place, dialect: () => postgresDialect({ url: asApp(url), schema, poolSize: 4, ...config }) };
    },
  };
}

/** Specs of several processes begin at once. */
const MAKE_SPEC_APP = `do $$ begin
  perform pg_advisory_xact_lock(hashtext('${SPEC_APP}'));
  if not exists (select from pg_roles where rolname = '${SPEC_APP}') then
    create role ${SPEC_APP} login password '${SPEC_APP_PASSWORD}';
  end if;
end $$`;

/** The address under the account of the apps. */
export function asApp(url: string): string {
  return Object.assign(new URL(url), { username: SPEC_APP, password: SPEC_APP_PASSWORD }).href;
}

async function runOn(dialect: Dialect, statements: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const db = new Kysely<Record<string, never>>({ dialect });
  try {
    let rows: readonly Readonly<Record<string, unknown>>[] = [];
    for (const statement of statements) ({ rows } = await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(statement)));
    return rows;
  } finally {
    await db.destroy();
  }
}
