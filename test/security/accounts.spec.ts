import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { migrate } from '@anlan/compose';
import { describeWith } from '@anlan/testing';
import { installation, underOwnAccounts } from '../rig/distributed.js';
import { ROOT, temporaryFolder } from '../rig/platform.js';

/** A process of the distributed form against PostgreSQL as an operator may have left it: it says what is wrong, and ends. */
describeWith('postgres', 'accounts of PostgreSQL, seen by a process', () => {
  const folder = temporaryFolder();
  const settings = underOwnAccounts(installation(folder.path));
  const { ANLAN_POSTGRES_OWNER_URL: owner = '', ...asApp } = settings;
  const schema = settings['ANLAN_NAMESPACE'] ?? '';
  const asOwner = (statement: string): void => {
    const { status, stderr } = spawnSync('psql', ['-X', '-q', owner, '-c', statement], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  };
  afterAll(() => {
    asOwner(`set client_min_messages = warning; drop schema if exists ${schema} cascade`);
    folder.remove();
  });
  const start = (env: Readonly<Record<string, string>>): readonly [number | null, string] => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'apps/alarm/dist/main.js')], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { PATH: process.env['PATH'], ANLAN_DATA_DIR: folder.path, ANLAN_ALARM_HTTP_PORT: '0', ...env },
    });
    return [status, stderr];
  };

  test('S-61: a process that serves refuses to hold the account of the owner', () => {
    expect(start(settings)).toEqual([78, 'The settings are wrong:\n  ANLAN_POSTGRES_OWNER_URL is for "anlan migrate" alone\n']);
  }, 90_000);

  test('S-61: without tables, and with ones of another release, it says what to do', async () => {
    expect(start(asApp)).toEqual([
      74,
      expect.stringMatching(/^there is no schema t[0-9a-f]+ and this account may not make it: run "npx anlan migrate"/),
    ]);
    expect(await migrate({ ...settings, ANLAN_POSTGRES_OWNER_URL: owner }, Date.now)).toMatchObject({ kind: 'done', apps: 'anlan_app' });
    asOwner(`delete from ${schema}.schema_migrations where name like '0006%'`);
    expect(start(asApp)).toEqual([
      74,
      expect.stringMatching(/older than this release \(missing: 0006-[a-z-]+\), .* run "npx anlan migrate" .* first\n$/),
    ]);
    asOwner(`insert into ${schema}.schema_migrations values ('0006-words-of-presence', ''), ('9999-later', '')`);
    expect(start(asApp)).toEqual([74, expect.stringMatching(/^a newer release has written the records \(9999-later\)/)]);
  }, 90_000);
});
