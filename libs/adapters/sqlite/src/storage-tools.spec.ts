import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MANIFEST } from './backup-manifest.js';
import { UNFINISHED_RESTORE, openDataFolder } from './data-folder.js';
import { openDatabase } from './database.js';
import { storageTools, type StorageToolsDeps } from './storage-tools.js';

let base: string;
const at = (...names: readonly string[]): string => join(base, ...names);
const tools = (deps: Partial<StorageToolsDeps> = {}) =>
  storageTools({ uid: process.getuid?.(), now: () => Date.UTC(2026, 0, 2), afterRestore: {}, ...deps });

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'anlan-storage-'));
});
afterEach(() => rmSync(base, { recursive: true }));

/** A data folder as a process that was killed leaves it: rows that stand in the write-ahead file only. */
async function killedFolder(): Promise<void> {
  const folder = await openDataFolder({ path: at('live') });
  folder.secret('pepper');
  const database = openDatabase(folder.file('records.db'));
  database.exec('CREATE TABLE t (v INTEGER)');
  database.exec('CREATE TABLE sessions (id TEXT)');
  database.exec("INSERT INTO sessions VALUES ('s1')");
  for (let v = 0; v < 500; v++) database.prepare('INSERT INTO t VALUES (?)').run([v]);
  mkdirSync(at('data'), { mode: 0o700 });
  for (const name of ['records.db', 'records.db-wal', 'pepper'])
    writeFileSync(at('data', name), readFileSync(folder.file(name)), { mode: 0o600 });
  expect(statSync(at('data', 'records.db-wal')).size).toBeGreaterThan(0);
  database.close();
  folder.release();
  writeFileSync(at('data', 'cli-token'), 'token of this run', { mode: 0o600 });
}

const sumIn = (file: string): number | undefined => {
  const database = openDatabase(file);
  const row = database.prepare('SELECT sum(v) AS sum FROM t').get<{ sum: number }>();
  database.close();
  return row?.sum;
};

test('R-32: what was committed before a kill is in the backup and in what is restored from it, secrets too', async () => {
  await killedFolder();
  expect(await tools().backup({ folder: at('data'), target: at('backup') })).toMatchObject({ kind: 'done', skipped: [] });
  expect(readdirSync(at('backup')).sort()).toEqual([MANIFEST, 'pepper', 'records.db']);
  expect(JSON.parse(readFileSync(at('backup', MANIFEST), 'utf8'))).toMatchObject({
    format: 1,
    madeAt: '2026-01-02T00:00:00.000Z',
    files: [{ name: 'pepper', bytes: 32 }, { name: 'records.db' }],
  });
  expect(await tools().restore({ from: at('backup'), folder: at('again') })).toMatchObject({ kind: 'done' });
  expect(sumIn(at('again', 'records.db'))).toBe((499 * 500) / 2);
  expect(readFileSync(at('again', 'pepper'))).toEqual(readFileSync(at('data', 'pepper')));
  expect(existsSync(at('again', UNFINISHED_RESTORE))).toBe(false);
});

test('S-63: backup and restored folder are readable by their owner only', async () => {
  await killedFolder();
  await tools().backup({ folder: at('data'), target: at('backup') });
  await tools().restore({ from: at('backup'), folder: at('again') });
  for (const folder of ['backup', 'again']) {
    expect([folder, statSync(at(folder)).mode & 0o777]).toEqual([folder, 0o700]);
    for (const name of ['pepper', 'records.db']) expect([name, statSync(at(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  }
});

test('S-67: the sessions of the time of the backup are gone after a restore', async () => {
  await killedFolder();
  await tools().backup({ folder: at('data'), target: at('backup') });
  await tools({ afterRestore: { 'records.db': 'DELETE FROM sessions', 'other.db': 'DELETE FROM nothing' } }).restore({
    from: at('backup'),
    folder: at('again'),
  });
  const database = openDatabase(at('again', 'records.db'));
  expect(database.prepare('SELECT count(*) AS n FROM sessions').get()).toEqual({ n: 0 });
  database.close();
});

test('S-66: only the owner of a data folder works on it', async () => {
  await killedFolder();
  const stranger = tools({ uid: statSync(at('data')).uid + 1 });
  const before = readdirSync(at('data'));
  for (const outcome of [await stranger.backup({ folder: at('data'), target: at('backup') }), await stranger.check(at('data'))])
    expect(outcome).toMatchObject({ kind: 'failed', why: expect.stringContaining('belongs to user') as string });
  expect(readdirSync(at('data'))).toEqual(before);
});

test('a folder in use, a missing one, and a target with something in it are refused, and nothing is written', async () => {
  await killedFolder();
  const server = await openDataFolder({ path: at('data') });
  expect(await tools().backup({ folder: at('data'), target: at('backup') })).toEqual({
    kind: 'failed',
    why: `${at('data')} is in use: stop the server first`,
  });
  expect(await tools().check(at('data'))).toEqual({ kind: 'in_use' });
  server.release();
  expect(await tools().backup({ folder: at('nowhere'), target: at('backup') })).toMatchObject({ kind: 'failed' });
  expect(existsSync(at('nowhere'))).toBe(false);
  mkdirSync(at('full'));
  writeFileSync(at('full', 'x'), '');
  // As beside the distributed form: a secret, and no database.
  mkdirSync(at('secrets'));
  writeFileSync(at('secrets', 'webhook'), 'a secret');
  expect(await tools().backup({ folder: at('secrets'), target: at('backup') })).toMatchObject({
    kind: 'failed',
    why: expect.stringContaining('holds no database') as string,
  });
  expect(existsSync(at('backup'))).toBe(false);
  expect(await tools().backup({ folder: at('data'), target: at('full') })).toMatchObject({
    kind: 'failed',
    why: `${at('full')} is not empty`,
  });
  expect(await tools().restore({ from: at('full'), folder: at('again') })).toMatchObject({
    kind: 'failed',
    why: expect.stringContaining('no finished backup') as string,
  });
  await tools().backup({ folder: at('data'), target: at('backup') });
  expect(await tools().restore({ from: at('backup'), folder: at('full') })).toMatchObject({
    kind: 'failed',
    why: expect.stringContaining('not empty') as string,
  });
  expect(readdirSync(at('full'))).toEqual(['x']);
});

test('R-37: one flipped byte in the backup is found before anything is written', async () => {
  await killedFolder();
  await tools().backup({ folder: at('data'), target: at('backup') });
  const bytes = readFileSync(at('backup', 'records.db'));
  bytes.writeUInt8(bytes.readUInt8(5_000) ^ 1, 5_000);
  writeFileSync(at('backup', 'records.db'), bytes);
  expect(await tools().restore({ from: at('backup'), folder: at('again') })).toMatchObject({
    kind: 'failed',
    why: expect.stringContaining('records.db in the backup is not what was backed up') as string,
  });
  rmSync(at('backup', 'pepper'));
  expect(await tools().restore({ from: at('backup'), folder: at('again') })).toMatchObject({
    kind: 'failed',
    why: expect.stringContaining('pepper is missing') as string,
  });
  expect(existsSync(at('again'))).toBe(false);
});

test('R-37: a damaged database is named by the check and stops the backup', async () => {
  await killedFolder();
  expect(await tools().check(at('data'))).toEqual({ kind: 'checked', files: [{ name: 'records.db', fault: null }] });
  const bytes = readFileSync(at('data', 'records.db'));
  bytes.fill(0xff, 4_096, 4_200);
  writeFileSync(at('data', 'records.db'), bytes);
  expect(await tools().check(at('data'))).toMatchObject({
    kind: 'checked',
    files: [{ name: 'records.db', fault: expect.stringContaining('is damaged') as string }],
  });
  expect(await tools().backup({ folder: at('data'), target: at('backup') })).toMatchObject({
    kind: 'failed',
    why: expect.stringContaining('is damaged') as string,
  });
  expect(existsSync(at('backup'))).toBe(false);
});

test.each([
  ['no JSON', '{'],
  ['another format', '{"format":2,"files":[]}'],
  ['a name that leaves the folder', '{"format":1,"files":[{"name":"../evil","bytes":1,"sha256":"x"}]}'],
  ['a file without a hash', '{"format":1,"files":[{"name":"log.db","bytes":1}]}'],
])('a manifest with %s is refused', async (_what, text) => {
  mkdirSync(at('backup'));
  writeFileSync(at('backup', MANIFEST), text);
  expect(await tools().restore({ from: at('backup'), folder: at('again') })).toMatchObject({ kind: 'failed' });
  expect(existsSync(at('again'))).toBe(false);
});

test('links and folders are left out and named', async () => {
  await killedFolder();
  symlinkSync('/etc/hostname', at('data', 'link'));
  mkdirSync(at('data', 'sub'));
  expect(await tools().backup({ folder: at('data'), target: at('backup') })).toMatchObject({ kind: 'done', skipped: ['link', 'sub'] });
});

test('a server does not start on a restore that was cut off', async () => {
  mkdirSync(at('data'), { mode: 0o700 });
  writeFileSync(at('data', UNFINISHED_RESTORE), '');
  await expect(openDataFolder({ path: at('data') })).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringContaining('did not finish') as string,
  });
});
