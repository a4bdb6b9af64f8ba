import { type ChildProcess, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ROOT } from '../rig/platform.js';

export type Child = Readonly<{ pid: number; process: ChildProcess; stop(): Promise<void> }>;
const LOADER = pathToFileURL(join(ROOT, 'tools/ts.mjs')).href;

/** One of our own TypeScript files as a process; its first line on stdout is parsed as JSON and says that it is ready. */
export async function startChild<T>(file: string, argument: unknown): Promise<Child & Readonly<{ ready: T }>> {
  const child = spawn(process.execPath, ['--import', LOADER, join(import.meta.dirname, file), JSON.stringify(argument)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await firstLine(child);
  return { ...childOf(child), ready: JSON.parse(line) as T };
}

export function childOf(child: ChildProcess): Child {
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
    });
  return { pid: child.pid ?? 0, process: child, stop };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', (code) => reject(new Error(`${child.spawnargs.at(-2)} ended with ${code} and said: ${text}`)));
  });
}
