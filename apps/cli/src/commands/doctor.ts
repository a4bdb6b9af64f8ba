import { lstat, open, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { api } from '../api.js';
import { failed, ok, type Io, type Result } from '../io.js';
import type { Storage } from '../storage-port.js';
import { isMissing } from '../system-error.js';
import { dataFolder } from '../target.js';

type Finding = Readonly<{ check: string; state: 'ok' | 'warn' | 'fail'; detail: string }>;
const OLDEST_NODE = [20, 19] as const;
const LITTLE_BYTES = 1_000_000_000;
const NO_BYTES = 100_000_000;
/** Readable by nobody but the owner. */
const SECRET_FILES = /(^cli-token$|^webhook$|credential|secret|pepper|\.key$)/;

/** `anlan doctor`: this machine, the server, the data folder. Fails when something is wrong, not when the server is merely stopped. */
export async function doctorCommand(io: Io, storage: Storage, { url }: Readonly<{ url?: string }>): Promise<Result> {
  const folder = dataFolder(io);
  const findings = [nodeFinding(process.versions.node), ...(await serverFindings(io, url)), ...(await folderFindings(folder, storage))];
  const text = findings.map(({ check, state, detail }) => `${state.padEnd(4)}  ${check.padEnd(14)} ${detail}`).join('\n');
  const wrong = findings.filter(({ state }) => state === 'fail').length;
  return wrong === 0 ? ok(findings, text) : failed(`${text}\n${wrong} checks failed`, { data: findings });
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return { check: 'node', state: fits ? 'ok' : 'fail', detail: `${version} (needs ${OLDEST_NODE.join('.')} or newer)` };
}

async function serverFindings(io: Io, url: string | undefined): Promise<readonly Finding[]> {
  const server = await api(io, url);
  const live = await server.call({ method: 'GET', path: '/health/live' });
  if (live.kind === 'unreachable') return [{ check: 'server', state: 'warn', detail: `${server.url} does not answer (${live.why})` }];
  const ready = await server.call({ method: 'GET', path: '/health/ready' });
  const me = await server.call({ method: 'GET', path: '/api/v1/auth/me' });
  return [
    {
      check: 'server',
      state: live.kind === 'ok' ? 'ok' : 'fail',
      detail: `${server.url} is ${live.kind === 'ok' ? 'alive' : `answering ${live.status}`}`,
    },
    {
      check: 'ready',
      state: ready.kind === 'ok' ? 'ok' : 'fail',
      detail: ready.kind === 'ok' ? 'ready' : ready.kind === 'refused' ? `${ready.status} ${ready.detail}` : ready.why,
    },
    {
      check: 'token',
      state: me.kind === 'ok' ? 'ok' : 'warn',
      detail: me.kind === 'ok' ? 'accepted' : 'not logged in: set ANLAN_TOKEN, or run beside the data folder',
    },
  ];
}

async function folderFindings(folder: string, storage: Storage): Promise<readonly Finding[]> {
  const names = await namesIn(folder);
  if (!names) return [{ check: 'data folder', state: 'warn', detail: `${folder} is not there yet` }];
  const { mode } = await lstat(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const files = await Promise.all(names.map((name) => fileFindings(folder, name)));
  return [
    {
      check: 'data folder',
      state: (mode & 0o077) === 0 ? 'ok' : 'fail',
      detail: `${folder} has mode ${(mode & 0o777).toString(8)}${(mode & 0o077) === 0 ? '' : '; others can read it: chmod 700'}`,
    },
    { check: 'free space', state: free < NO_BYTES ? 'fail' : free < LITTLE_BYTES ? 'warn' : 'ok', detail: `${(free / 1e9).toFixed(1)} GB` },
    ...files.flat(),
    ...contentFindings(await storage.check(folder)),
  ];
}

async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function fileFindings(folder: string, name: string): Promise<readonly Finding[]> {
  const path = join(folder, name);
  const { mode, size } = await lstat(path);
  const open = (mode & 0o077) !== 0;
  const secret: readonly Finding[] = SECRET_FILES.test(name)
    ? [
        {
          check: name,
          state: open ? 'fail' : 'ok',
          detail: open ? `mode ${(mode & 0o777).toString(8)}; others can read it: chmod 600` : 'readable by its owner only',
        },
      ]
    : [];
  return name.endsWith('.db') ? [...secret, await databaseFinding(path, name, size)] : secret;
}

/** What reading the databases through has shown; a running server checks its own at its start. */
function contentFindings(found: Awaited<ReturnType<Storage['check']>>): readonly Finding[] {
  if (found.kind === 'in_use')
    return [{ check: 'content', state: 'ok', detail: 'not read: a server runs on this folder and checked it at its start' }];
  if (found.kind === 'failed') return [{ check: 'content', state: 'fail', detail: found.why }];
  return found.files.map(({ name, fault }) => ({
    check: `${name} content`,
    state: fault === null ? 'ok' : 'fail',
    detail: fault ?? 'read through, no fault',
  }));
}

const MAGIC = 'SQLite format 3\0';

/** Header and length only, which can be read beside a running server. (SQLite file format, 1.3: page size at 16, 1 means 65 536.) */
async function databaseFinding(path: string, name: string, size: number): Promise<Finding> {
  if (size === 0) return { check: name, state: 'ok', detail: 'empty' };
  const header = Buffer.alloc(100);
  const file = await open(path, 'r');
  try {
    await file.read(header, 0, 100, 0);
  } finally {
    await file.close();
  }
  if (header.toString('latin1', 0, 16) !== MAGIC) return { check: name, state: 'fail', detail: 'is not a SQLite file' };
  const page = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const whole = page > 0 && size % page === 0;
  return {
    check: name,
    state: whole ? 'ok' : 'fail',
    detail: whole ? `${(size / 1e6).toFixed(1)} MB` : `is cut short: ${size} bytes is no whole number of pages of ${page}`,
  };
}
