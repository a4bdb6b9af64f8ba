import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataFolder, openDataFolder } from './data-folder.js';
import { mountTmpfs } from './testing/tmpfs.js';
import { caught } from './testing/caught.js';

describe('openDataFolder', () => {
  let parent: string;
  const held: DataFolder[] = [];
  const opened = async (path: string, waitMs = 0): Promise<DataFolder> => {
    const folder = await openDataFolder({ path, waitMs });
    held.push(folder);
    return folder;
  };
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'anlan-folder-'));
  });
  afterEach(() => {
    for (const folder of held.splice(0)) folder.release();
    rmSync(parent, { recursive: true });
  });

  test('makes the folder, for this user only', async () => {
    const folder = await opened(join(parent, 'a', 'b'));
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    expect(folder.file('log.db')).toBe(join(parent, 'a', 'b', 'log.db'));
    expect(folder.freeBytes()).toBeGreaterThan(0);
    expect(readdirSync(folder.path).filter((name) => !name.startsWith('lock.db'))).toEqual([]);
  });

  test('closes a folder that others could read', async () => {
    chmodSync(parent, 0o755);
    await opened(parent);
    expect(statSync(parent).mode & 0o777).toBe(0o700);
  });

  test('a second one is told that it is locked, and gets in when the first lets go', async () => {
    const first = await openDataFolder({ path: parent });
    await expect(openDataFolder({ path: parent, waitMs: 150 })).rejects.toMatchObject({ name: 'StoreFault', code: 'locked', file: parent });
    const second = opened(parent, 5_000);
    first.release();
    expect((await second).path).toBe(parent);
  });

  test('the lock ends with the process, however that ends', async () => {
    const libsql = import.meta.resolve('libsql');
    const program = `const { default: D } = await import('${libsql}'); const d = new D('${join(parent, 'lock.db')}'); d.exec('BEGIN EXCLUSIVE'); process.kill(process.pid, 'SIGKILL'); setInterval(() => undefined, 1000);`;
    expect(caught(() => execFileSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe', env: {} }))).toMatchObject({
      signal: 'SIGKILL',
    });
    await opened(parent);
  });

  test('a file in its place is not a folder', async () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    await expect(openDataFolder({ path: file, waitMs: 0 })).rejects.toMatchObject({ code: 'not_a_directory' });
    await expect(openDataFolder({ path: join(file, 'below'), waitMs: 0 })).rejects.toMatchObject({ code: 'not_a_directory' });
  });

  test('a read-only or a full disk is told as such', async () => {
    const mount = mountTmpfs(join(parent, 'disk'), 'size=64k');
    if (mount === undefined) return console.warn('not checked: read-only and full data folder (cannot mount here)');
    try {
      mkdirSync(join(parent, 'disk', 'data'));
      writeFileSync(join(parent, 'disk', 'filler'), Buffer.alloc(64 * 1_024));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
    try {
      await expect(openDataFolder({ path: join(parent, 'disk', 'data'), waitMs: 0 })).rejects.toMatchObject({ code: 'full' });
      mount.readOnly();
      await expect(openDataFolder({ path: join(parent, 'disk', 'data'), waitMs: 0 })).rejects.toMatchObject({ code: 'read_only' });
    } finally {
      mount.unmount();
    }
  });

  test('a secret is made once, 32 bytes, 0600, and stays', async () => {
    const folder = await opened(parent);
    const pepper = folder.secret('pepper');
    expect(pepper).toHaveLength(32);
    expect([...folder.secret('pepper')]).toEqual([...pepper]);
    expect([...folder.secret('link-key')]).not.toEqual([...pepper]);
    expect(statSync(join(parent, 'pepper')).mode & 0o777).toBe(0o600);
    expect(
      readdirSync(parent)
        .filter((name) => !name.startsWith('lock.db'))
        .sort(),
    ).toEqual(['link-key', 'pepper']);
  });

  test('a secret that was cut, or that others can read, is refused', async () => {
    const folder = await opened(parent);
    const pepper = readFileSync(join(parent, (folder.secret('pepper'), 'pepper')));
    truncateSync(join(parent, 'pepper'), 10);
    expect(caught(() => folder.secret('pepper'))).toMatchObject({ code: 'corrupt' });
    writeFileSync(join(parent, 'pepper'), pepper);
    chmodSync(join(parent, 'pepper'), 0o644);
    expect(caught(() => folder.secret('pepper'))).toMatchObject({ code: 'not_permitted' });
  });
});
