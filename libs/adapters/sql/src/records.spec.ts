import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '@anlan/adapter-sqlite';
import { born, sampleAlarm, SAMPLE_AT as AT } from '@anlan/ports/contract';
import { SqliteDialect } from 'kysely';
import { sqlRecords } from './index.js';
import { ENTITY_TABLES, type EntityTable } from './registry/entity-tables.js';

const folder = mkdtempSync(join(tmpdir(), 'anlan-migrate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const open = (
  database: Database,
  onFatal: (error: unknown) => void = (error) => {
    throw error;
  },
  pepper = new Uint8Array(32),
) =>
  sqlRecords({
    dialect: new SqliteDialect({ database }),
    keys: { current: 'k', peppers: new Map([['k', pepper]]) },
    catalogue: new Map(),
    publicUrl: 'http://127.0.0.1',
    clock: { now: () => AT },
    onFatal,
  });

test('migrations run once, keep what is there, and name their version', async () => {
  const file = join(folder, 'a.db');
  const first = await open(openDatabase(file));
  await first.alarms.transact((tx) => tx.write(born(sampleAlarm('a'))));
  await first.close();
  const database = openDatabase(file);
  const second = await open(database);
  expect(await second.alarmQueries.get({ regionCodes: null }, 'a')).toEqual(sampleAlarm('a'));
  expect(database.prepare('select name from schema_migrations').all()).toEqual([{ name: '0001-first' }]);
  await second.close();
});

test('records of a newer release are refused, not guessed at', async () => {
  const file = join(folder, 'newer.db');
  await (await open(openDatabase(file))).close();
  const database = openDatabase(file);
  database.exec(`insert into schema_migrations values ('9999-later', '2030-01-01')`);
  await expect(open(database)).rejects.toThrow('could not be migrated');
  database.close();
});

test('the columns of the registry are those that its entities are written to, of portable types only', async () => {
  const database = openDatabase(':memory:');
  const records = await open(database);
  const types = { text: 'TEXT', bigint: 'bigint', double: 'double precision', flag: 'INTEGER', json: 'TEXT' } as const;
  for (const { table, columns } of Object.values<EntityTable>(ENTITY_TABLES)) {
    const found = database.prepare(`select name, type from pragma_table_info('${table}')`).all<Readonly<{ name: string; type: string }>>();
    const wanted = [...Object.values(columns).map(([name, type]) => `${name} ${types[type]}`), 'created_at bigint', 'updated_at bigint'];
    expect(found.map(({ name, type }) => `${name} ${type}`.toLowerCase()).sort()).toEqual(wanted.map((text) => text.toLowerCase()).sort());
  }
  const all = database
    .prepare(
      `select distinct lower(c.type) as type from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'schema_%'`,
    )
    .all<Readonly<{ type: string }>>();
  expect(all.map(({ type }) => type).sort()).toEqual(['bigint', 'double precision', 'integer', 'text']);
  await records.close();
});

test('a transaction within a transaction is an error, not a standstill', async () => {
  const records = await open(openDatabase(':memory:'));
  await expect(records.alarms.transact(() => records.alarms.transact(() => Promise.resolve(1)))).rejects.toThrow('within a transaction');
  expect(await records.alarms.transact(() => Promise.resolve(2))).toBe(2);
  await records.close();
});

test('a long transaction lets the process do other things', async () => {
  const records = await open(openDatabase(':memory:'));
  let turns = 0;
  const other = setInterval(() => (turns += 1), 1);
  await records.alarms.transact(async (tx) => {
    for (let n = 0; n < 200; n += 1) await tx.write(born(sampleAlarm(`a${n}`)));
  });
  clearInterval(other);
  expect(turns).toBeGreaterThan(2);
  await records.close();
});

test('a damaged file is told to the shell as fatal', async () => {
  const real = openDatabase(':memory:');
  let isBroken = false;
  const damaged: Database = {
    ...real,
    prepare(sql) {
      if (isBroken) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
      return real.prepare(sql);
    },
  };
  const heard: unknown[] = [];
  const records = await open(damaged, (error) => heard.push(error));
  isBroken = true;
  await expect(records.accounts.count()).rejects.toThrow('disk I/O error');
  expect(heard).toHaveLength(1);
  isBroken = false;
  await expect(records.accounts.count()).resolves.toBe(0);
  expect(heard).toHaveLength(1);
  await records.close();
});

test('keys that protect nothing are refused', async () => {
  const database = openDatabase(':memory:');
  await expect(open(database, undefined, new Uint8Array(8))).rejects.toThrow('shorter than');
  database.close();
});
