import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordsUnavailable } from '@anlan/ports';
import { badLink, describeWith, privatePostgres } from '@anlan/testing';
import { CompiledQuery, Kysely } from 'kysely';
import { postgresDialect, type PostgresConfig } from './index.js';

type Db = Kysely<Record<string, never>>;
const open = (config: PostgresConfig): Db => new Kysely({ dialect: postgresDialect(config) });
const ask = async (db: Db, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  (await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text))).rows;

describeWith('postgres', 'postgresDialect', (url) => {
  test('whole numbers of eight bytes, and sums of them, are numbers; one that does not fit is a fault', async () => {
    const db = open({ url });
    expect(
      await ask(
        db,
        `select 1760000000000::bigint as a, sum(x) as b, count(*) as c, 0.1::float8 as d, null::bigint as e from (values (9::bigint), (10)) as t(x)`,
      ),
    ).toEqual([{ a: 1_760_000_000_000, b: 19, c: 2, d: 0.1, e: null }]);
    await expect(ask(db, `select 9007199254740993::bigint as a`)).rejects.toThrow('does not fit');
    expect(await ask(db, 'select 1 as a')).toEqual([{ a: 1 }]);
    await db.destroy();
  });

  test('P4: each connection has what the platform relies on, whatever the server and the role say', async () => {
    const db = open({ url, schema: 'a"b', limits: { statementMs: 1_234, idleMs: 567 } });
    const names = [
      'default_transaction_isolation',
      'synchronous_commit',
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'search_path',
    ];
    const [row] = await ask(db, `select ${names.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`);
    expect(row).toEqual({
      default_transaction_isolation: 'read committed',
      synchronous_commit: 'on',
      statement_timeout: '1234ms',
      lock_timeout: '1234ms',
      idle_in_transaction_session_timeout: '567ms',
      search_path: '"a""b"',
    });
    await db.destroy();
  });

  test('P1: a statement that takes too long, and one that waits too long for a connection, are told as unavailable', async () => {
    const db = open({ url, poolSize: 1, limits: { statementMs: 300, connectMs: 300 } });
    const slow = expect(ask(db, 'select pg_sleep(5)')).rejects.toBeInstanceOf(RecordsUnavailable);
    await slow;
    expect(await ask(db, 'select 1 as a')).toEqual([{ a: 1 }]);
    const holding = db.connection().execute(() => new Promise((resolve) => setTimeout(resolve, 1_000)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(ask(db, 'select 1')).rejects.toBeInstanceOf(RecordsUnavailable);
    await holding;
    await db.destroy();
  });

  test('faults of a statement stay what they are', async () => {
    const db = open({ url });
    await expect(ask(db, 'select nonsense')).rejects.toMatchObject({ code: '42703' });
    await expect(ask(db, 'select 1/0')).rejects.toMatchObject({ code: '22012' });
    await db.destroy();
    const missing = open({ url: url.replace(/\/[^/]*$/, '/no_such_database_here') });
    await expect(ask(missing, 'select 1')).rejects.toMatchObject({ code: '3D000' });
    await missing.destroy();
  });

  test('P2: a connection that the server ends while it is used, or while nobody uses it, ends no process', async () => {
    const trouble: Error[] = [];
    const db = open({ url, poolSize: 2, onTrouble: (error) => void trouble.push(error) });
    const killer = open({ url });
    const end = (pid: unknown): Promise<unknown> => ask(killer, `select pg_terminate_backend(${String(pid)})`);
    const inUse = db.transaction().execute(async (tx) => {
      const [row] = await ask(tx, 'select pg_backend_pid() as pid');
      await end(row?.['pid']);
      // Nothing is being asked when the end comes.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await ask(tx, 'select 1');
    });
    await expect(inUse).rejects.toBeInstanceOf(RecordsUnavailable);
    const [idle] = await ask(db, 'select pg_backend_pid() as pid');
    await end(idle?.['pid']);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(trouble).toHaveLength(1);
    expect(await ask(db, 'select 1 as a')).toEqual([{ a: 1 }]);
    await db.destroy();
    await killer.destroy();
  });

  test('P2: after a cut, connections that lie about are not tried one after another', async () => {
    const target = new URL(url);
    const link = await badLink({ host: target.hostname, port: Number(target.port) });
    target.port = String(link.port);
    const db = open({ url: target.href, poolSize: 6, limits: { answerMs: 1_000, connectMs: 1_000 } });
    await Promise.all(Array.from({ length: 6 }, () => ask(db, 'select pg_sleep(0.1)')));
    link.freeze();
    await expect(ask(db, 'select 1')).rejects.toBeInstanceOf(RecordsUnavailable);
    link.heal();
    const began = performance.now();
    expect(await ask(db, 'select 1 as a')).toEqual([{ a: 1 }]);
    expect(performance.now() - began).toBeLessThan(1_000);
    await db.destroy();
    await link.close();
  });

  test('TLS by the address: the right authority is trusted, another is not, and none is not', async () => {
    const server = await privatePostgres();
    await server.kill();
    const key = join(server.folder, 'server.key');
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      join(server.folder, 'server.crt'),
    ]);
    expect(made.status).toBe(0);
    const owner = process.getuid?.() === 0 ? spawnSync('chown', ['postgres', key]).status : 0;
    expect([owner, spawnSync('chmod', ['600', key]).status]).toEqual([0, 0]);
    await server.start('ssl=on');
    const authority = join(server.folder, 'server.crt');
    const trusted = open({ url: `${server.url}?sslmode=verify-full&sslrootcert=${authority}` });
    expect(await ask(trusted, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toEqual([{ ssl: true }]);
    await trusted.destroy();
    const other = join(server.folder, 'other.crt');
    copyFileSync(authority, other);
    writeFileSync(other, readFileSync('/etc/ssl/certs/ca-certificates.crt'));
    for (const query of ['?sslmode=verify-full', `?sslmode=verify-full&sslrootcert=${other}`]) {
      const distrusted = open({ url: server.url + query });
      await expect(ask(distrusted, 'select 1')).rejects.toThrow(/certificate/);
      await distrusted.destroy();
    }
    await server.remove();
  }, 60_000);
});
