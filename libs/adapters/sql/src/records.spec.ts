import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type Database } from '@anlan/adapter-sqlite';
import { born, sampleAlarm } from '@anlan/ports/contract';
import { SqliteDialect } from 'kysely';
import { onBothEngines, openRecords, type Place } from './contract/records-on.js';
import { ENTITY_TABLES, type EntityTable } from './registry/entity-tables.js';

onBothEngines('the database of the records', (engine) => {
  let place: Place;
  beforeEach(async () => {
    place = await engine.place();
  });
  afterEach(() => place.drop());
  const open = () => openRecords(place.dialect());

  test('migrations run once, keep what is there, and name their version', async () => {
    const first = await open();
    await first.alarms.transact((tx) => tx.write(born(sampleAlarm('a'))));
    await first.close();
    const second = await open();
    expect(await second.alarmQueries.get({ regionCodes: null }, 'a')).toEqual(sampleAlarm('a'));
    const written = readdirSync(join(import.meta.dirname, 'migrations')).filter((file) => /^\d{4}-/.test(file));
    expect(await place.run('select name from schema_migrations order by name')).toEqual(
      written.sort().map((file) => ({ name: file.replace(/\.ts$/, '') })),
    );
    await second.close();
  });

  test('records of a newer release are refused, not guessed at', async () => {
    await (await open()).close();
    await place.run(`insert into schema_migrations values ('9999-later', '2030-01-01')`);
    await expect(open()).rejects.toThrow('a newer release has written the records (9999-later)');
  });

  test('the columns of the registry are those that its entities are written to, of portable types only', async () => {
    const records = await open();
    const columns = await columnsOf(place, engine.name);
    const types = { text: 'text', bigint: 'bigint', double: 'double precision', flag: 'integer', json: 'text' } as const;
    for (const { table, columns: fields } of Object.values<EntityTable>(ENTITY_TABLES)) {
      const found = columns.filter((column) => column.table === table).map(({ name, type }) => `${name} ${type}`);
      const wanted = [...Object.values(fields).map(([name, type]) => `${name} ${types[type]}`), 'created_at bigint', 'updated_at bigint'];
      expect({ table, columns: found.sort() }).toEqual({ table, columns: wanted.sort() });
    }
    const ours = columns.filter(({ table }) => !table.startsWith('schema_'));
    expect([...new Set(ours.map(({ type }) => type))].sort()).toEqual(['bigint', 'double precision', 'integer', 'text']);
    await records.close();
  });

  test('a transaction within a transaction is an error, not a standstill', async () => {
    const records = await open();
    await expect(records.alarms.transact(() => records.alarms.transact(() => Promise.resolve(1)))).rejects.toThrow('within a transaction');
    expect(await records.alarms.transact(() => Promise.resolve(2))).toBe(2);
    await records.close();
  });

  test('a long transaction lets the process do other things', async () => {
    const records = await open();
    let turns = 0;
    const other = setInterval(() => (turns += 1), 1);
    await records.alarms.transact(async (tx) => {
      for (let n = 0; n < 200; n += 1) await tx.write(born(sampleAlarm(`a${n}`)));
    });
    clearInterval(other);
    expect(turns).toBeGreaterThan(2);
    await records.close();
  });
});

async function columnsOf(place: Place, engine: string): Promise<readonly Readonly<{ table: string; name: string; type: string }>[]> {
  const rows = await place.run(
    engine === 'SQLite'
      ? `select m.name as "table", c.name as name, lower(c.type) as type from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'`
      : `select table_name as "table", column_name as name, data_type as type from information_schema.columns where table_schema = current_schema()`,
  );
  return rows.map(({ table, name, type }) => ({ table: String(table), name: String(name), type: String(type) }));
}

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
  const records = await openRecords(new SqliteDialect({ database: damaged }), { onFatal: (error) => heard.push(error) });
  isBroken = true;
  await expect(records.accounts.count()).rejects.toThrow('disk I/O error');
  expect(heard).toHaveLength(1);
  isBroken = false;
  await expect(records.accounts.count()).resolves.toBe(0);
  expect(heard).toHaveLength(1);
  await records.close();
});

test('keys that protect nothing are refused', async () => {
  const keys = { current: 'k', peppers: new Map([['k', new Uint8Array(8)]]) };
  const database = openDatabase(':memory:');
  await expect(openRecords(new SqliteDialect({ database }), { keys })).rejects.toThrow('shorter than');
  database.close();
});
