import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Log } from '@anlan/ports';
import { freePort } from '@anlan/testing';
import {
  DISTRIBUTED,
  SERVICES,
  START_DISTRIBUTED,
  type ServicePorts,
  installation,
  portSettings,
  underOwnAccounts,
} from './distributed.js';
import { openLogOf } from './logs.js';

export const ROOT = join(import.meta.dirname, '..', '..');
export const MAIN = join(ROOT, 'apps/standalone/dist/main.js');
export const PASSWORD = 'a-long-test-password';
/** Flows that write what another reads, one after the other. */
const STEPS = 3;
/** A little more than the second in which each flow looks at its lag. */
const LOOK_MS = 1_200;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is not undefined, or fails naming what was waited for. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 15_000,
  everyMs = 50,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: last });
    await sleep(everyMs);
  }
}

export type Answer = Readonly<{ status: number; body: any; headers: Headers }>;

/** Processes of the distributed form. */
export const APPS = [...SERVICES, 'gateway'] as const;

/** Resident memory of a process in MB; 0 when it is gone. */
export function rssOf(pid: number): number {
  const file = `/proc/${pid}/status`;
  const match = existsSync(file) ? /VmRSS:\s+(\d+) kB/.exec(readFileSync(file, 'utf8')) : null;
  return match ? Number(match[1]) / 1024 : 0;
}

/** A folder that goes away with `remove`. */
export function temporaryFolder(): Readonly<{ path: string; remove(): void }> {
  const path = mkdtempSync(join(tmpdir(), 'anlan-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export type PlatformOptions = Readonly<{
  dataDir: string;
  env?: Readonly<Record<string, string>>;
  httpPort?: number;
  mqttPort?: number;
  nodeArgs?: readonly string[];
  /** As `npm run start:distributed`; absent: as `ANLAN_TEST_FORM` says, else standalone. */
  distributed?: boolean;
  /** How many processes of an app, in the distributed form. */
  scale?: string;
  /** Health ports of the services, in the distributed form. */
  servicePorts?: ServicePorts;
}>;

function launch({
  dataDir,
  env,
  httpPort,
  mqttPort,
  nodeArgs = [],
  servicePorts,
  distributed = DISTRIBUTED,
  scale,
}: PlatformOptions & Readonly<{ httpPort: number; mqttPort: number }>): ChildProcessByStdio<null, Readable, Readable> {
  const settings: Readonly<Record<string, string>> = {
    ...(distributed && { ...installation(dataDir), ...(servicePorts && portSettings(servicePorts)) }),
    PATH: process.env['PATH'] ?? '',
    ANLAN_DEMO: 'off',
    ANLAN_LOG_LEVEL: 'warn',
    ANLAN_ADMIN_PASSWORD: PASSWORD,
    ANLAN_DATA_DIR: dataDir,
    ANLAN_HTTP_PORT: String(httpPort),
    ANLAN_MQTT_PORT: String(mqttPort),
    ...env,
  };
  return spawn(process.execPath, [...nodeArgs, ...(distributed ? [START_DISTRIBUTED, ...(scale ? ['--scale', scale] : [])] : [MAIN])], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The processes of the distributed form are one group, so that a kill ends them all.
    detached: distributed,
    env: distributed ? underOwnAccounts(settings) : settings,
  });
}

/** Where a platform runs and what it was told. */
type Place = Readonly<{
  httpPort: number;
  mqttPort: number;
  dataDir: string;
  distributed: boolean;
  healthPorts: readonly number[];
  settings: Readonly<Record<string, string>>;
}>;
type HealthPage = Readonly<{ checks?: Readonly<Record<string, Readonly<{ lag: number }>>> }>;

/** At once, with all that it started. */
function kill(child: ChildProcess, distributed: boolean): void {
  if (distributed && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  else child.kill('SIGKILL');
}

async function freePorts(): Promise<ServicePorts> {
  const [ingest = 0, rules = 0, recorder = 0, alarm = 0, notifier = 0] = await Promise.all(SERVICES.map(() => freePort()));
  return { ingest, rules, recorder, alarm, notifier };
}

/** The real standalone process, as `npm start` runs it, seen from outside. */
export class Platform {
  private token: string | undefined;
  readonly output: string[] = [];
  readyMs = 0;

  readonly httpPort: number;
  readonly mqttPort: number;
  readonly dataDir: string;
  readonly distributed: boolean;

  private constructor(
    readonly process: ChildProcess,
    private readonly place: Place,
  ) {
    ({ httpPort: this.httpPort, mqttPort: this.mqttPort, dataDir: this.dataDir, distributed: this.distributed } = place);
  }

  static async start(options: PlatformOptions): Promise<Platform> {
    const httpPort = options.httpPort ?? (await freePort());
    const mqttPort = options.mqttPort ?? (await freePort());
    const started = Date.now();
    const distributed = options.distributed ?? DISTRIBUTED;
    const servicePorts = distributed ? (options.servicePorts ?? (await freePorts())) : undefined;
    const child = launch({ ...options, httpPort, mqttPort, ...(servicePorts && { servicePorts }) });
    const platform = new Platform(child, {
      httpPort,
      mqttPort,
      dataDir: options.dataDir,
      distributed,
      healthPorts: [httpPort, ...Object.values(servicePorts ?? {})],
      settings: distributed ? { ...installation(options.dataDir), ...options.env } : {},
    });
    child.stdout.on('data', (chunk: Buffer) => platform.output.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => platform.output.push(chunk.toString()));
    await until(
      'the platform to be ready',
      async () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
        const answer = await fetch(`http://127.0.0.1:${httpPort}/health/ready`);
        return answer.ok && platform.servicesAreReady() ? true : undefined;
      },
      distributed ? 120_000 : 60_000,
      distributed ? 100 : 20,
    ).catch(async (error: unknown) => {
      await platform.kill9();
      throw new Error(`${String(error)}\n${platform.output.join('')}`);
    });
    platform.readyMs = Date.now() - started;
    return platform;
  }

  /** Starts it and kills it, ready or not. */
  static async dieWhileStarting(
    options: PlatformOptions & Readonly<{ httpPort: number; mqttPort: number }>,
    afterMs: number,
  ): Promise<void> {
    const child = launch(options);
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await sleep(afterMs);
    kill(child, options.distributed ?? DISTRIBUTED);
    await ended;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  async raw(path: string, init: RequestInit = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, init);
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, body: isJson && text !== '' ? JSON.parse(text) : text, headers: answer.headers };
  }

  async login(username = 'admin', password = PASSWORD): Promise<string> {
    const answer = await this.raw('/api/v1/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    if (answer.status !== 200 && answer.status !== 201) throw new Error(`login answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.accessToken as string;
  }

  /** A call of `/api/v1` as the administrator. */
  async api(method: string, path: string, body?: unknown): Promise<Answer> {
    this.token ??= await this.login();
    const answer = await this.raw(`/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status === 401) this.token = undefined;
    return answer;
  }

  async get(path: string): Promise<any> {
    const answer = await this.api('GET', path);
    if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Every item of a list, page by page. */
  async all(path: string): Promise<any[]> {
    const items = [];
    let cursor = '';
    do {
      const page = await this.get(
        `${path}${path.includes('?') ? '&' : '?'}limit=10000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor ?? '';
    } while (cursor !== '');
    return items;
  }

  async import(bundle: unknown): Promise<any> {
    const answer = await this.api('POST', '/imports', bundle);
    if (answer.status >= 300) throw new Error(`import answered ${answer.status} ${JSON.stringify(answer.body).slice(0, 2_000)}`);
    return answer.body;
  }

  /**
   * Has every flow read its log to the end? A flow looks once a second, each at its own moment, so one look at all may be older than what
   * the flow before it wrote since. Each further look confirms one more step: readings, verdicts, notifications.
   */
  async caughtUp(): Promise<boolean> {
    for (let step = 0; step < STEPS; step++) {
      if (!(await this.noLag())) return false;
      await sleep(LOOK_MS);
    }
    return this.noLag();
  }

  /** What each flow has still to read or to send, as it saw it last. */
  async lags(): Promise<Readonly<Record<string, number>>> {
    const pages = await Promise.all(
      this.place.healthPorts.map(async (port) => (await fetch(`http://127.0.0.1:${port}/health/ready`)).json() as Promise<HealthPage>),
    );
    return Object.fromEntries(pages.flatMap(({ checks = {} }) => Object.entries(checks).map(([flow, { lag }]) => [flow, lag])));
  }

  private async noLag(): Promise<boolean> {
    const lags = Object.values(await this.lags());
    return lags.length > 0 && lags.every((lag) => lag === 0);
  }

  /** In the distributed form each service says when it is. */
  private servicesAreReady(): boolean {
    const said = this.output.join('');
    return !this.distributed || SERVICES.every((app) => said.includes(`anlan ${app} ready`));
  }

  /** The process that runs an app now, in the distributed form: `rules`, or `rules-2` for the second. */
  pidOf(app: string): number {
    const lines = this.output.join('').match(new RegExp(`^started ${app} pid \\d+$`, 'gm')) ?? [];
    return Number(lines.at(-1)?.split(' ').at(-1) ?? Number.NaN);
  }

  /** Its log, to be read from outside; to be closed by who asked. In standalone the process must have ended. */
  openLog(): Promise<Log> {
    return openLogOf(this.dataDir, this.distributed ? this.place.settings : undefined);
  }

  kill9(): Promise<void> {
    return new Promise((resolve) => {
      if (this.process.exitCode !== null || this.process.signalCode !== null) return resolve();
      this.process.once('exit', () => resolve());
      kill(this.process, this.distributed);
    });
  }

  /** SIGTERM; answers exit code and how long it took. */
  stop(): Promise<Readonly<{ code: number | null; ms: number }>> {
    const started = Date.now();
    return new Promise((resolve) => {
      if (this.process.exitCode !== null) return resolve({ code: this.process.exitCode, ms: 0 });
      this.process.once('exit', (code) => resolve({ code, ms: Date.now() - started }));
      this.process.kill('SIGTERM');
    });
  }

  /** Resident memory in MB. */
  rss(): number {
    return rssOf(this.process.pid ?? 0);
  }
}
