import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** A PostgreSQL of one spec alone, to be killed. */
export type PrivatePostgres = Readonly<{
  port: number;
  url: string;
  /** Its files; a spec may put a certificate there before a start with `ssl=on`. */ folder: string;
  start(...settings: readonly string[]): Promise<void>;
  /** As a power cut takes it: the server and all its children. */ kill(): Promise<void>;
  remove(): Promise<void>;
}>;

const HOME = '/usr/lib/postgresql';

/** Where the server's programs are, newest version first; undefined on a machine without them. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(HOME)) return undefined;
  const versions = readdirSync(HOME).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(HOME, version, 'bin')).find((folder) => existsSync(join(folder, 'postgres')));
}

/** Makes a database and starts its server. The server refuses to run as root, so it runs as the user that Debian made for it. */
export async function privatePostgres(): Promise<PrivatePostgres> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error(`no PostgreSQL under ${HOME}`);
  const folder = mkdtempSync(join(tmpdir(), 'anlan-postgres-'));
  const isRoot = process.getuid?.() === 0;
  const [program, first] = isRoot ? ['runuser', ['-u', 'postgres', '--']] : ['env', []];
  if (isRoot) run('chown', ['postgres', folder]);
  chmodSync(folder, 0o700);
  const port = await freePort();
  const data = join(folder, 'data');
  run(program, [...first, join(programs, 'initdb'), '-D', data, '-A', 'trust', '-U', 'anlan', '-E', 'UTF8', '--locale=C', '-N']);
  let server: ChildProcess | undefined;

  const isUp = (): boolean => spawnSync(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).status === 0;
  const start = async (...settings: readonly string[]): Promise<void> => {
    const options = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, ...settings];
    const words = [...first, join(programs, 'postgres'), '-D', data, ...options.flatMap((option) => ['-c', option])];
    for (let tries = 0; tries < 400 && !isUp(); tries += 1) {
      // It refuses to start while a child of the one that was killed still ends.
      if (server === undefined || hasEnded(server)) server = spawn(program, words, { stdio: 'ignore' });
      await wait(50);
    }
  };
  const kill = async (): Promise<void> => {
    if (server === undefined || hasEnded(server)) return;
    const ended = once(server, 'exit');
    const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const children = spawnSync('pgrep', ['-P', String(postmaster)], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((pid) => pid !== '');
    for (const pid of [postmaster, ...children.map(Number)]) killOne(pid);
    await ended;
    rmSync(join(data, 'postmaster.pid'), { force: true });
  };
  await start();
  return {
    port,
    url: `postgres://anlan@127.0.0.1:${port}/postgres`,
    folder: data,
    start,
    kill,
    async remove() {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** A child may have ended by itself when its parent was killed. */
function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function run(program: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}
