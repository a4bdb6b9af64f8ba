/** S-61: what the account of the apps cannot do, and how it meets tables of another release. */
import { postgresDialect } from '@anlan/adapter-postgres';
import { RecordsFault } from '@anlan/ports';
import { born, sampleAlarm } from '@anlan/ports/contract';
import { describeWith } from '@anlan/testing';
import { CompiledQuery, Kysely } from 'kysely';
import { asApp, openRecords, postgres, SPEC_APP, SPEC_AT, type Place } from './contract/records-on.js';
import { migrateRecords } from './index.js';
import { APP_RIGHTS } from './migrations/app-rights.js';

describeWith('postgres', 'accounts of PostgreSQL', (url) => {
  let place: Place;
  let empty: Place;
  beforeEach(async () => {
    place = await postgres(url).place();
    empty = await postgres(url).empty();
  });
  afterEach(async () => {
    await place.drop();
    await empty.drop();
  });
  const schemaOf = async (where: Place): Promise<string> => String((await where.run('select current_schema() as name'))[0]?.['name']);
  /** The code of the refusal of each statement, or `done`. */
  const asApps = async (...statements: readonly string[]): Promise<readonly string[]> => {
    const db = new Kysely<Record<string, never>>({ dialect: place.dialect() });
    const said: string[] = [];
    for (const statement of statements)
      said.push(
        await db.executeQuery(CompiledQuery.raw(statement)).then(
          () => 'done',
          (error: unknown) => (error as { code: string }).code,
        ),
      );
    await db.destroy();
    return said;
  };
  const DENIED = '42501';

  test('S-61: history is appended and read, never changed, emptied or taken away', async () => {
    const records = await openRecords(place.dialect());
    await records.alarms.transact((tx) => tx.write(born(sampleAlarm('a'))));
    await records.audit.write({
      at: SPEC_AT,
      action: 'auth.login',
      objectKind: 'user',
      objectId: 'u',
      actor: { kind: 'user', id: 'u' },
      outcome: 'ok',
      source: '127.0.0.1',
      requestId: 'r',
      reason: null,
      regionCode: null,
      before: null,
      after: null,
    });
    const said = await asApps(
      ...['audit', 'alarm_events', 'command_results'].flatMap((table) => [
        `update ${table} set ${table === 'command_results' ? 'result' : 'body'} = 'x'`,
        `delete from ${table}`,
        `truncate ${table}`,
        `create trigger t before insert on ${table} for each row execute function suppress_redundant_updates_trigger()`,
      ]),
      `update rules set body = 'x'`,
      `delete from rules`,
      `update rule_changes set author = 'x'`,
      `delete from rule_changes`,
      `delete from alarms`,
      `delete from users`,
      `update activations set body = 'x'`,
    );
    expect(said).toEqual(said.map(() => DENIED));
    expect([await records.audit.verify(), await records.alarmQueries.verifyChain('a')]).toEqual([null, null]);
    await records.close();
  });

  test('S-61: no table is made, changed or dropped, no migration forged, no right taken or given', async () => {
    const said = await asApps(
      'create table mine (a integer)',
      'create view mine as select 1 as a',
      'create schema mine',
      'alter table alarms add column mine text',
      'alter table audit disable trigger all',
      'drop table alarm_timers',
      'create index mine on alarms (body)',
      `insert into schema_migrations values ('9999-later', '2030-01-01')`,
      'delete from schema_migrations',
      `alter table audit owner to ${SPEC_APP}`,
      'set role anlan',
      'create role mine',
    );
    expect(said).toEqual(said.map(() => DENIED));
    await asApps(`grant update on audit to ${SPEC_APP}`);
    expect(await asApps(`update audit set body = 'x'`)).toEqual([DENIED]);
  });

  test('every table has its rights in words', async () => {
    const tables = await place.run('select tablename as name from pg_tables where schemaname = current_schema() order by 1');
    expect(tables.map(({ name }) => name)).toEqual(Object.keys(APP_RIGHTS).sort());
  });

  test('tables that are not there, too old or too new are told in words, and nothing is touched', async () => {
    const app = async (where: Place) => openRecords(postgresDialect({ url: asApp(url), schema: await schemaOf(where), poolSize: 1 }));
    await expect(app(empty)).rejects.toThrow('the schema of the records does not exist, or this account may not use it');
    await empty.run(`grant usage on schema ${await schemaOf(empty)} to ${SPEC_APP}`);
    await expect(app(empty)).rejects.toThrow(/older than this release \(missing: 0001-first, .*npx anlan migrate/);
    expect(await empty.run('select 1 from pg_tables where schemaname = current_schema()')).toEqual([]);

    await place.run(`delete from schema_migrations where name = '0004-derived-points'`);
    await expect(openRecords(place.dialect())).rejects.toThrow(/older than this release \(missing: 0004-derived-points\)/);
    await place.run(`insert into schema_migrations values ('0004-derived-points', 'x'), ('9999-later', 'x')`);
    await expect(openRecords(place.dialect())).rejects.toBeInstanceOf(RecordsFault);
    await place.run(`delete from schema_migrations where name = '9999-later'`);
    await (await openRecords(place.dialect())).close();
  });

  test('the owner migrates, as often as one likes, and gives rights to an account that came later', async () => {
    const migrate = (appRole: string | null) => migrateRecords({ dialect: empty.owner(), now: SPEC_AT, appRole });
    expect((await migrate(null))[0]).toBe('0001-first');
    const app = postgresDialect({ url: asApp(url), schema: await schemaOf(empty), poolSize: 1 });
    await expect(openRecords(app)).rejects.toBeInstanceOf(RecordsFault);
    expect(await migrate(SPEC_APP)).toEqual([]);
    // One account for all, as before there were three.
    const single = await openRecords(empty.owner());
    await single.alarms.transact((tx) => tx.write(born(sampleAlarm('a'))));
    await single.close();
    const records = await openRecords(postgresDialect({ url: asApp(url), schema: await schemaOf(empty), poolSize: 1 }));
    expect((await records.alarmQueries.get({ regionCodes: null }, 'a'))?.id).toBe('a');
    await records.close();
  });

  test('S-61: an account that is missing, above the owner, or has more by PUBLIC is refused, and nothing is migrated', async () => {
    const migrate = (appRole: string, where = empty) => migrateRecords({ dialect: where.owner(), now: SPEC_AT, appRole });
    await expect(migrate('nobody_here')).rejects.toThrow('there is no account "nobody_here"');
    await expect(migrate('postgres')).rejects.toThrow('is a superuser or belongs to the owner');
    expect(await empty.run('select 1 from pg_tables where schemaname = current_schema()')).toEqual([]);
    await place.run('grant update on audit to public');
    await expect(migrate(SPEC_APP, place)).rejects.toThrow(/may still change audit, by PUBLIC/);
    await place.run('revoke update on audit from public', `grant create on schema ${await schemaOf(place)} to public`);
    await expect(migrate(SPEC_APP, place)).rejects.toThrow(/may still make tables/);
  });

  test('the account of the apps cannot be taken for the owner', async () => {
    await expect(migrateRecords({ dialect: place.dialect(), now: SPEC_AT, appRole: null })).rejects.toBeInstanceOf(RecordsFault);
  });
});
