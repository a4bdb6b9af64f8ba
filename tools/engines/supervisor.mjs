/**
 * Starts one engine process, waits until it answers, and ends exactly that process again.
 * A run file beside the data names the process by pid, kernel start time and boot, so that a number the kernel has given away since is never hit.
 */
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** What a person can act on; `engines.mjs` prints it without a stack. */
export class EngineFault extends Error {}

const STEP_MS = 50;
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kernel start time of a process in clock ticks since boot; undefined when it is not there or only waits to be buried. */
function startTicks(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is gone, unless other threads of it (a JVM's) still hold ports and files.
    return fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1 ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const runFile = (folder, name) => join(folder, `${name}.run.json`);

/** Writes a file that is either the old or the new one, readable by its owner only. */
export function writePrivately(path, text) {
  const next = `${path}.next`;
  writeFileSync(next, text, { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, path);
}

/** The process that a run file in `folder` names, if it still is that process; a stale run file is removed. */
export function running(folder, name) {
  const path = runFile(folder, name);
  let noted;
  try {
    noted = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  if (noted.boot === bootId() && startTicks(noted.pid) === noted.ticks) return noted.pid;
  rmSync(path, { force: true });
  return undefined;
}

async function gone(pid, ticks, withinMs) {
  for (let waited = 0; waited < withinMs; waited += STEP_MS) {
    if (startTicks(pid) !== ticks) return true;
    await sleep(STEP_MS);
  }
  return startTicks(pid) !== ticks;
}

/** Asks the noted process to end, insists after `graceMs`. Resolves false when nothing ran. */
export async function end(folder, name, { signal = 'SIGTERM', graceMs = 20_000 } = {}) {
  const pid = running(folder, name);
  if (pid === undefined) return false;
  const ticks = startTicks(pid);
  process.kill(pid, signal);
  if (!(await gone(pid, ticks, graceMs))) {
    process.kill(pid, 'SIGKILL');
    if (!(await gone(pid, ticks, 10_000))) throw new EngineFault(`${name} (pid ${pid}) does not end even when killed`);
  }
  rmSync(runFile(folder, name), { force: true });
  return true;
}

/** True when somebody takes connections there. */
export function portTaken(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (taken) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** First bytes that come back for `request`, or undefined: one question to an engine without its client library. */
export function ask(port, request, { enough = (bytes) => bytes.length > 0, withinMs = 1_000 } = {}) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(request));
    let bytes = Buffer.alloc(0);
    const answer = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(withinMs, () => answer(undefined));
    socket.once('error', () => answer(undefined));
    socket.once('close', () => answer(undefined));
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (enough(bytes)) answer(bytes);
    });
  });
}

const lastLines = (path) => readFileSync(path, 'utf8').trim().split('\n').slice(-15).join('\n');

/**
 * @param {{name: string, folder: string, ports: number[], command: string, args: string[], env?: object, user?: string, keep?: boolean,
 *   ready: () => Promise<boolean>, readyWithinMs?: number, stopSignal?: NodeJS.Signals, graceMs?: number}} plan
 * `keep`: the engine outlives this process (as `npm run engines` needs it); otherwise the kernel kills it when this process dies.
 */
export async function launch(plan) {
  const { name, folder, ports, keep = false, readyWithinMs = 60_000, stopSignal = 'SIGTERM', graceMs } = plan;
  mkdirSync(folder, { recursive: true });
  if (running(folder, name) !== undefined) throw new EngineFault(`${name} already runs in ${folder}`);
  for (const port of ports) if (await portTaken(port)) throw new EngineFault(`${name}: port ${port} is taken by another program`);
  const logPath = join(folder, `${name}.log`);
  const log = openSync(logPath, 'a', 0o600);
  const wrapped = wrap(plan, keep);
  const child = spawn(wrapped[0], wrapped.slice(1), {
    cwd: plan.cwd ?? folder,
    detached: keep,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', TZ: 'UTC', ...plan.env },
  });
  closeSync(log);
  let ended;
  child.once('exit', (code, signal) => (ended = signal ?? `exit code ${code}`));
  child.once('error', (error) => (ended = error.message));
  await sleep(0);
  if (child.pid === undefined) throw new EngineFault(`${name} cannot be started: ${ended ?? wrapped[0]}`);
  const { pid } = child;
  writePrivately(runFile(folder, name), JSON.stringify({ pid, ticks: startTicks(pid), boot: bootId() }));
  if (keep) child.unref();
  await untilReady({ name, folder, ready: plan.ready, readyWithinMs, logPath, hasEnded: () => ended });
  return {
    pid,
    logPath,
    stop: () => end(folder, name, { signal: stopSignal, graceMs }),
    kill: () => end(folder, name, { signal: 'SIGKILL' }),
  };
}

async function untilReady({ name, folder, ready, readyWithinMs, logPath, hasEnded }) {
  const until = Date.now() + readyWithinMs;
  for (;;) {
    if (hasEnded() !== undefined) {
      rmSync(runFile(folder, name), { force: true });
      throw new EngineFault(`${name} ended at once (${hasEnded()}); ${logPath} says:\n${lastLines(logPath)}`);
    }
    if (await ready()) return;
    if (Date.now() > until) {
      await end(folder, name, { graceMs: 2_000 });
      throw new EngineFault(`${name} did not answer within ${readyWithinMs / 1000} s; ${logPath} says:\n${lastLines(logPath)}`);
    }
    await sleep(100);
  }
}

/** setpriv (util-linux) replaces itself by the engine, so the pid stays the engine's. */
function wrap({ command, args, user }, keep) {
  const flags = [
    ...(user === undefined ? [] : [`--reuid=${user}`, `--regid=${user}`, '--init-groups']),
    ...(keep ? [] : ['--pdeathsig=KILL']),
  ];
  return flags.length === 0 ? [command, ...args] : ['setpriv', ...flags, '--', command, ...args];
}
