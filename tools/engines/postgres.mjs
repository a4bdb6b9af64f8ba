import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineFault, launch, sleep, writePrivately } from './supervisor.mjs';

export const name = 'postgres';
const HOME = '/usr/lib/postgresql';
const versions = () => (existsSync(HOME) ? readdirSync(HOME).filter((version) => existsSync(join(HOME, version, 'bin/initdb'))) : []);
const newest = () => versions().sort((a, b) => Number(b) - Number(a))[0];
const tool = (program) => join(HOME, newest(), 'bin', program);
export const packages = ['postgresql'];
export const parts = ['postgres'];
export const installed = () => newest() !== undefined;
export const addressOf = ({ port, password }) => `postgres://anlan:${password}@127.0.0.1:${port}/anlan`;

const ROLES = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'deploy/postgres/roles.sql');
/** Account of the apps, beside the owner `anlan`; on these engines with the same password. */
const APP = 'anlan_app';

const isRoot = () => process.getuid() === 0;
/** PostgreSQL refuses to run as root; Debian's package brings the account. */
const USER = 'postgres';

function run(program, args) {
  const command = isRoot()
    ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups', '--', program, ...args]
    : [program, ...args];
  return spawnSync(command[0], command.slice(1), { encoding: 'utf8', cwd: '/', env: { PATH: process.env.PATH, LANG: 'C.UTF-8' } });
}
/** Gives a path to the account that the server runs as. */
function own(path) {
  if (!isRoot()) return;
  const account = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${USER}:`))
    ?.split(':');
  if (account === undefined) throw new EngineFault('postgres: there is no account "postgres" on this machine');
  chownSync(path, Number(account[2]), Number(account[3]));
}

const outside = (folder) => join('/var/tmp', `anlan-postgres-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
/** Removes what of this folder's data may lie elsewhere. */
export const forget = (folder) => rmSync(outside(folder), { recursive: true, force: true });

/** Where the cluster lies: in `folder`, or in /var/tmp when the account may not enter there (a home or a test folder of root). */
function clusterFolder(folder) {
  mkdirSync(folder, { recursive: true });
  if (!isRoot()) return join(folder, 'data');
  const inside = join(folder, 'data');
  const place = run('test', ['-x', folder]).status === 0 ? inside : outside(folder);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  own(place);
  return place;
}

function initialise(data, password) {
  const secret = `${data}.secret`;
  writePrivately(secret, `${password}\n`);
  try {
    own(secret);
    const made = run(tool('initdb'), [
      '-D',
      data,
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '-A',
      'scram-sha-256',
      `--pwfile=${secret}`,
    ]);
    if (made.status !== 0) throw new EngineFault(`postgres: the cluster could not be made\n${made.stdout}${made.stderr}`);
  } finally {
    rmSync(secret, { force: true });
  }
}

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=120',
  'shared_buffers=64MB',
  'log_min_messages=warning',
];

/** The account of the apps, as docs/deploy.md makes it; where it is already, nothing changes. */
export function prepare({ port, password }) {
  const made = spawnSync(tool('psql'), ['-X', '-q', addressOf({ port, password }), '-v', `app=${APP}`, '-f', ROLES], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, PGCONNECT_TIMEOUT: '5', ANLAN_APP_PASSWORD: password },
  });
  if (made.status !== 0) throw new EngineFault(`postgres: the account of the apps could not be made\n${made.stderr}`);
}

/**
 * A cluster of our own: accounts `anlan` (owner, no superuser) and `anlan_app`, database `anlan`, no Unix socket, password by SCRAM.
 * @param {{folder: string, port: number, password: string, keep?: boolean}} options
 */
export async function start({ folder, port, password, keep }) {
  if (newest() === undefined) throw new EngineFault('postgres: the server is not installed');
  const data = clusterFolder(folder);
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(data, password);
  const sql = (database, text) =>
    spawnSync(tool('psql'), ['-X', '-q', '-At', '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-d', database, '-c', text], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, PGPASSWORD: password, PGCONNECT_TIMEOUT: '2' },
    });
  const engine = await launchAfterCrash({
    name,
    folder,
    cwd: '/',
    ports: [port],
    command: tool('postgres'),
    args: ['-D', data, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])],
    ...(isRoot() ? { user: USER } : {}),
    keep,
    ready: async () => sql('postgres', 'select 1').stdout.trim() === '1',
    // "fast": cuts the clients, keeps the data clean.
    stopSignal: 'SIGINT',
  });
  if (sql('postgres', "select 1 from pg_database where datname = 'anlan'").stdout.trim() !== '1') {
    for (const statement of [`create role anlan login createdb createrole password '${password}'`, 'create database anlan owner anlan']) {
      const made = sql('postgres', statement);
      if (made.status !== 0 && !made.stderr.includes('already exists')) throw new EngineFault(`postgres: ${made.stderr}`);
    }
  }
  prepare({ port, password });
  return { ...engine, address: addressOf({ port, password }), data };
}

/** After kill -9 the old children need a moment to notice; until then a new server refuses the folder. */
async function launchAfterCrash(plan) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(plan);
    } catch (error) {
      if (attempt === 20 || !/shared memory block|lock file "postmaster.pid"/.test(String(error))) throw error;
      await sleep(250);
    }
  }
}
