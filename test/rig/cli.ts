import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Platform, ROOT } from './platform.js';

const BIN = join(ROOT, 'apps/cli/bin/anlan.mjs');

export type CliRun = Readonly<{ code: number | null; out: string; err: string }>;
export type CliOptions = Readonly<{
  env?: Readonly<Record<string, string>>;
  stdin?: string;
  cwd?: string;
  /** SIGINT once this has come to pass. */ interruptWhen?: () => Promise<unknown>;
}>;

/** `npx anlan …` as a person runs it. */
export async function runAnlan(
  args: readonly string[],
  { env = {}, stdin = '', cwd = ROOT, interruptWhen }: CliOptions = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { PATH: process.env['PATH'] ?? '', ...env } });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  child.stdin.on('error', () => undefined); // It may end without reading what it was given.
  child.stdin.end(stdin);
  const ended = new Promise<CliRun>((resolve) => child.once('close', (code) => resolve({ code, ...said })));
  // What was waited for in vain must not leave it running.
  if (interruptWhen) await Promise.race([interruptWhen(), ended]).finally(() => child.kill('SIGINT'));
  return ended;
}

/** The environment of a person who sits at the server's machine. */
export function beside({
  httpPort,
  mqttPort,
  dataDir,
}: Pick<Platform, 'httpPort' | 'mqttPort' | 'dataDir'>): Readonly<Record<string, string>> {
  return { ANLAN_HTTP_PORT: String(httpPort), ANLAN_MQTT_PORT: String(mqttPort), ANLAN_DATA_DIR: dataDir };
}
