import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith, freePort } from '@anlan/testing';
import { start } from '../../tools/engines/redis.mjs';
import { ROOT, sleep, until } from '../rig/platform.js';

/** What every engine's module does, shown on the one that starts quickest. */
describeWith('redis', 'engines without containers', () => {
  let folder: string;
  let port: number;
  const helpers: ChildProcess[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'anlan-engine-'));
    port = await freePort();
  });
  afterEach(() => {
    for (const helper of helpers.splice(0)) helper.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const begin = () => start({ folder, port, password: 'p' });
  const runFile = (): string => join(folder, 'redis.run.json');
  const alive = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

  test('starts, answers, stops; again on the same data after kill -9', async () => {
    const first = await begin();
    expect(first.address).toBe(`redis://:p@127.0.0.1:${port}/0`);
    expect(alive(first.pid)).toBe(true);
    await first.kill();
    expect(alive(first.pid)).toBe(false);
    const second = await begin();
    expect(second.pid).not.toBe(first.pid);
    expect(await second.stop()).toBe(true);
    expect([alive(second.pid), existsSync(runFile()), await second.stop()]).toEqual([false, false, false]);
  });

  test('a second one in the same folder, or on a taken port, is refused in words', async () => {
    const engine = await begin();
    await expect(begin()).rejects.toThrow(`redis already runs in ${folder}`);
    const other = mkdtempSync(join(tmpdir(), 'anlan-engine-'));
    await expect(start({ folder: other, port, password: 'p' })).rejects.toThrow(`port ${port} is taken by another program`);
    await engine.stop();
    rmSync(other, { recursive: true });
  });

  test('a process that only has the number of an old engine is left alone', async () => {
    const stranger = spawn('sleep', ['60']);
    helpers.push(stranger);
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    writeFileSync(runFile(), JSON.stringify({ pid: stranger.pid, ticks: '1', boot }));
    const engine = await begin();
    await engine.stop();
    expect(alive(stranger.pid ?? 0)).toBe(true);
  });

  test('one that cannot start says so with its own last words', async () => {
    writeFileSync(join(folder, 'appendonlydir'), 'a file where a folder must be');
    await expect(begin()).rejects.toThrow(/redis ended at once[\s\S]*appendonlydir/i);
    expect(existsSync(runFile())).toBe(false);
  });

  test('a private engine ends with the process that started it, even when that is killed', async () => {
    const module = join(ROOT, 'tools/engines/redis.mjs');
    const words = `import(${JSON.stringify(module)}).then(({ start }) => start(${JSON.stringify({ folder, port, password: 'p' })})).then(({ pid }) => { console.log(pid); setInterval(() => 0, 1000); })`;
    const owner = spawn(process.execPath, ['-e', words], { stdio: ['ignore', 'pipe', 'inherit'] });
    helpers.push(owner);
    const pid = await new Promise<number>((resolve) => owner.stdout.once('data', (line: Buffer) => resolve(Number(line.toString()))));
    expect(alive(pid)).toBe(true);
    owner.kill('SIGKILL');
    await until('its end', () => !alive(pid) || undefined);
    await sleep(50);
    expect(alive(pid)).toBe(false);
  });
});
