/** The three accounts of PostgreSQL, made and used as docs/deploy.md says. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { postgresDialect } from '@anlan/adapter-postgres';
import { describeWith } from '@anlan/testing';
import { CompiledQuery, Kysely } from 'kysely';
import { migrate } from './migrate.js';

const ROLES = fileURLToPath(new URL('../../../deploy/postgres/roles.sql', import.meta.url));
const VIEWS = fileURLToPath(new URL('../../../deploy/grafana/records-views.sql', import.meta.url));
const NAME = `anlan_spec_${randomUUID().slice(0, 8)}`;
const ACCOUNTS = { owner: `${NAME}_owner`, app: `${NAME}_app`, reader: `${NAME}_reader` } as const;
const PASSWORD = 'it\'s a "password"';

describeWith('postgres', 'three accounts', (address) => {
  const urlOf = (account: keyof typeof ACCOUNTS | null): string => {
    const url = Object.assign(new URL(address), { pathname: `/${NAME}` });
    return account === null ? url.href : Object.assign(url, { username: ACCOUNTS[account], password: encodeURIComponent(PASSWORD) }).href;
  };
  const run = async (url: string, ...statements: readonly string[]): Promise<readonly string[]> => {
    const db = new Kysely<Record<string, never>>({ dialect: postgresDialect({ url, poolSize: 1 }) });
    const said: string[] = [];
    for (const statement of statements)
      said.push(
        await db.executeQuery(CompiledQuery.raw(statement)).then(
          ({ rows }) => `${rows.length} rows`,
          (error: unknown) => (error as { code: string }).code,
        ),
      );
    await db.destroy();
    return said;
  };
  const psql = (url: string, env: Readonly<Record<string, string>>, ...words: readonly string[]): unknown => {
    const { status, stderr, stdout } = spawnSync('psql', [url, '-X', '-q', ...words], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...env },
    });
    return { status, stderr, stdout: stdout.replace(/^(\s*\n)+/, '') };
  };
  const makeRoles = (): unknown =>
    psql(
      urlOf(null),
      { ANLAN_APP_PASSWORD: PASSWORD, ANLAN_OWNER_PASSWORD: PASSWORD },
      '-v',
      `app=${ACCOUNTS.app}`,
      '-v',
      `owner=${ACCOUNTS.owner}`,
      '-f',
      ROLES,
    );
  const makeViews = (): unknown => psql(urlOf('owner'), {}, '-v', `reader=${ACCOUNTS.reader}`, '-v', `password=${PASSWORD}`, '-f', VIEWS);
  const environment = { ANLAN_POSTGRES_OWNER_URL: urlOf('owner'), ANLAN_POSTGRES_URL: urlOf('app') };
  const now = (): number => 1_760_000_000_000;

  beforeAll(async () => {
    expect(await run(address, `create database ${NAME}`)).toEqual(['0 rows']);
  }, 60_000);
  afterAll(async () => {
    await run(
      address,
      `drop database if exists ${NAME} with (force)`,
      ...Object.values(ACCOUNTS).map((role) => `drop role if exists ${role}`),
    );
  });

  test('the accounts are made, and making them again changes nothing', () => {
    expect(psql(urlOf(null), {}, '-v', `app=${ACCOUNTS.app}`, '-f', ROLES)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('ANLAN_APP_PASSWORD is not set') as string,
    });
    expect(makeRoles()).toEqual({ status: 0, stderr: '', stdout: '' });
    expect(makeRoles()).toEqual({ status: 0, stderr: '', stdout: '' });
  });

  test('the owner migrates, from files of secrets too, and in a schema of its own', async () => {
    expect(await migrate(environment, now)).toMatchObject({
      kind: 'done',
      owner: ACCOUNTS.owner,
      apps: ACCOUNTS.app,
      applied: expect.arrayContaining(['0001-first']) as unknown,
    });
    const folder = mkdtempSync(join(tmpdir(), 'anlan-migrate-'));
    const files = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => {
        writeFileSync(join(folder, name), `${value}\n`);
        return [`${name}_FILE`, join(folder, name)];
      }),
    );
    expect(await migrate(files, now)).toMatchObject({ kind: 'done', applied: [] });
    rmSync(folder, { recursive: true });
    expect(await migrate({ ...environment, ANLAN_NAMESPACE: 'staging' }, now)).toMatchObject({ kind: 'done', apps: ACCOUNTS.app });
    expect(await run(urlOf('app'), 'select * from staging.alarms', 'create table staging.mine (a integer)')).toEqual(['0 rows', '42501']);
  });

  test('S-61: the apps write rows, but change no history and no table', async () => {
    expect(
      await run(
        urlOf('app'),
        `update counters set value = value`,
        `update audit set body = 'x'`,
        `delete from alarm_events`,
        `drop table audit`,
        `create table mine (a integer)`,
        `create temporary table mine (a integer)`,
        `create schema mine`,
        `create extension citext`,
      ),
    ).toEqual(['0 rows', ...Array.from({ length: 7 }, () => '42501')]);
  });

  test('S-61: Grafana reads its views and nothing else, and writes nowhere, whatever it sets', async () => {
    await run(urlOf(null), `alter role ${ACCOUNTS.owner} createrole`);
    expect(makeViews()).toMatchObject({ status: 0, stderr: '' });
    expect(
      await run(
        urlOf('reader'),
        'select * from grafana.alarms',
        'set default_transaction_read_only = off',
        'select * from users',
        'select * from public.users',
        'select * from public.alarms',
        'delete from grafana.notifications',
        'update grafana.dead_letters set code = id',
        'insert into public.audit select * from public.audit',
        'create table grafana.mine (a integer)',
        'create table public.mine (a integer)',
        'create temporary table mine (a integer)',
      ),
    ).toEqual(['0 rows', '0 rows', '42P01', ...Array.from({ length: 8 }, () => '42501')]);
  });

  test('what is wrong is told in words', async () => {
    expect(await migrate({}, now)).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('ANLAN_POSTGRES_OWNER_URL is not set') as string,
    });
    expect(await migrate({ ANLAN_POSTGRES_OWNER_URL: 'mysql://x' }, now)).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('must be an address') as string,
    });
    const wrong = urlOf('owner').replace(/:[^:@]*@/, ':wrong@');
    expect(await migrate({ ANLAN_POSTGRES_OWNER_URL: wrong }, now)).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('password authentication failed') as string,
    });
    expect(await migrate({ ANLAN_POSTGRES_URL: urlOf('app') }, now)).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('permission denied') as string,
    });
    expect(await migrate({ ANLAN_POSTGRES_URL: urlOf('app'), ANLAN_NAMESPACE: 'other' }, now)).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('there is no schema other') as string,
    });
    expect(await migrate({ ANLAN_POSTGRES_URL: urlOf('owner') }, now)).toMatchObject({ kind: 'done', apps: null });
  });
});
