import { randomBytes } from 'node:crypto';
import { access, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadPacks, parseYaml, withLines } from '@anlan/packs';
import { api, complaint } from '../api.js';
import { failed, ok, progressBar, type Io, type Result } from '../io.js';
import type { Simulator } from '../simulator-port.js';
import { isMissing } from '../system-error.js';
import { csvRows } from '../table.js';
import { credentialsFile, mqttUrl, readCredentials, textOf } from '../target.js';

const now = (): number => performance.now();

export type SimulateOptions = Readonly<{
  url?: string;
  mqtt?: string;
  bundle?: string;
  credentials?: string;
  speed: number;
  seed: number;
  minutes?: number;
  list?: boolean;
}>;

/** `anlan simulate SCENARIO`: the devices of the registry, played until Ctrl-C or for some minutes. */
export async function simulateCommand(
  io: Io,
  simulator: Simulator,
  scenario: string | undefined,
  options: SimulateOptions,
): Promise<Result> {
  if (options.list || scenario === undefined)
    return ok(
      simulator.scenarios,
      simulator.scenarios.map(({ name, zh, en }) => `${name.padEnd(16)} ${zh}\n${' '.repeat(17)}${en}`).join('\n'),
    );
  const secrets = await readCredentials(options.credentials ? resolve(io.cwd, options.credentials) : credentialsFile(io));
  if (typeof secrets === 'string') return failed(secrets);
  const bundle = await bundleOf(io, options);
  if (bundle.kind === 'failed') return bundle;
  const fleet = simulator.simulate({
    url: mqttUrl(io, options.mqtt),
    bundle: bundle.data,
    metrics: loadPacks().metrics,
    secrets,
    scenario,
    seed: options.seed,
    speed: options.speed,
  });
  if (!fleet) return failed(`no scenario "${scenario}". Known: ${simulator.scenarios.map(({ name }) => name).join(', ')}`);
  if (io.terminal) io.err('Ctrl-C ends the simulation.\n');
  await untilEnd(io, options.minutes);
  await fleet.stop();
  const stats = fleet.stats();
  const text = Object.entries(stats)
    .map(([name, count]) => `${name.padEnd(14)} ${count}`)
    .join('\n');
  return stats['acked'] ? ok(stats, text) : failed('not one message was acknowledged', { data: stats });
}

async function bundleOf(io: Io, { bundle, url }: SimulateOptions): Promise<Result> {
  if (bundle === undefined) {
    const server = await api(io, url);
    const answer = await server.call({ method: 'GET', path: '/api/v1/exports' });
    return answer.kind === 'ok' ? ok(answer.body, '') : complaint(io, server, answer);
  }
  const text = await textOf(resolve(io.cwd, bundle));
  if (text === undefined) return failed(`no such file: ${bundle}`);
  const { value, faults } = parseYaml(text);
  return faults.length > 0 ? failed(`${bundle} cannot be read`, { faults }) : ok(value, '');
}

function untilEnd({ signal }: Io, minutes: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const keepAlive = setTimeout(() => resolve(), Math.min(2_147_483_647, (minutes ?? Infinity) * 60_000));
    const end = (): void => {
      clearTimeout(keepAlive);
      resolve();
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}

export type ReplayOptions = Readonly<{ mqtt?: string; map: string; credentials?: string; speed: number | 'max'; window: number }>;

/** `anlan replay FILE.csv --map …`: a table as the devices would have sent it. */
export async function replayCommand(io: Io, simulator: Simulator, file: string, options: ReplayOptions): Promise<Result> {
  const path = resolve(io.cwd, file);
  if (!(await exists(path))) return failed(`no such file: ${file}`);
  const secrets = await readCredentials(options.credentials ? resolve(io.cwd, options.credentials) : credentialsFile(io));
  if (typeof secrets === 'string') return failed(secrets);
  const mapText = (await textOf(resolve(io.cwd, options.map))) ?? options.map;
  const map = parseYaml(mapText);
  if (map.faults.length > 0) return failed(`--map is neither a file nor YAML: ${options.map}`, { faults: map.faults });
  const progress = await progressBar(io, file, now);
  const outcome = await simulator.replay({
    url: mqttUrl(io, options.mqtt),
    rows: () => csvRows(path),
    map: map.value,
    secrets,
    speed: options.speed,
    window: options.window,
    onProgress: progress.at,
  });
  progress.end();
  if (outcome.kind === 'bad_map') return failed('the map is faulty', { faults: withLines(mapText, outcome.faults) });
  if (outcome.kind === 'failed') return failed(outcome.why);
  return ok(outcome.report, tableOf(outcome.report));
}

export type LoadOptions = Readonly<{
  url?: string;
  mqtt?: string;
  devices: number;
  rate: number;
  seconds: number;
  sites: number;
  inFlight: number;
  secret?: string;
  register: boolean;
  bundleOut?: string;
}>;

/** `anlan load`: open-loop load; success means that every message was acknowledged. */
export async function loadCommand(io: Io, simulator: Simulator, options: LoadOptions): Promise<Result> {
  const request = { devices: options.devices, sites: options.sites, secret: options.secret ?? randomBytes(24).toString('base64url') };
  if (request.secret.length < 16) return failed('--secret needs 16 characters or more');
  if (options.bundleOut !== undefined) {
    if (options.secret === undefined) return failed('--bundle-out needs --secret, so that the run after it knows the credentials');
    await writeFile(resolve(io.cwd, options.bundleOut), `${JSON.stringify(simulator.loadBundle(request))}\n`, { mode: 0o600 });
    return ok(
      { written: options.bundleOut },
      `written: ${options.bundleOut}\nimport it, then run: anlan load --no-register --secret … with the same --devices`,
    );
  }
  if (options.register) {
    const server = await api(io, options.url);
    const answer = await server.call({ method: 'POST', path: '/api/v1/imports', body: JSON.stringify(simulator.loadBundle(request)) });
    if (answer.kind !== 'ok') return complaint(io, server, answer);
  } else if (options.secret === undefined) return failed('--no-register needs the --secret that the bundle was made with');
  const progress = await progressBar(io, 'load', now);
  const { rate, seconds, inFlight: window } = options;
  const outcome = await simulator.load({ ...request, url: mqttUrl(io, options.mqtt), rate, seconds, window, onProgress: progress.at });
  progress.end();
  if (outcome.kind === 'failed') return failed(outcome.why);
  const lost = outcome.report['lost'];
  return lost === 0
    ? ok(outcome.report, tableOf(outcome.report))
    : failed(`${String(lost)} messages were not acknowledged\n${tableOf(outcome.report)}`, { data: outcome.report });
}

function tableOf(report: Readonly<Record<string, unknown>>): string {
  return Object.entries(report)
    .map(
      ([name, value]) =>
        `${name.padEnd(14)} ${
          typeof value === 'object' && value !== null
            ? Object.entries(value)
                .map(([key, one]) => `${key} ${String(one)}`)
                .join('  ')
            : String(value)
        }`,
    )
    .join('\n');
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
