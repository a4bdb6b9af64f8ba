import 'reflect-metadata';
import { request as httpRequest } from 'node:http';
import { memoryFanout, memoryLedger, memoryLog, memorySeries, virtualClock, type VirtualClock } from '@anlan/adapter-memory';
import { sqlRecords, type Records } from '@anlan/adapter-sql';
import { openDatabase } from '@anlan/adapter-sqlite';
import type { Alarm, AlarmEvent } from '@anlan/contracts';
import { alarmFlow, registryFlow } from '@anlan/flows';
import { prometheusMeter, silentLogger, type Logger } from '@anlan/observability';
import type { Role } from '@anlan/ports';
import { type RunningServer, serve, sha256 } from '@anlan/shell';
import { SqliteDialect } from 'kysely';
import { passwords } from '../auth/passwords.js';
import { CITIES } from './cities.js';
import { GATEWAY_LIMITS, gatewayModule, type GatewayDeps, type GatewayLimits, type GatewaySettings } from '../index.js';

export const START = Date.parse('2026-03-01T04:00:00Z');
/** Cheap on purpose: what is tested is the order of things, not the cost. One spec uses the real one. */
const LOG2N = 4;
export const PASSWORD = 'correct horse battery';

export type Answer = Readonly<{
  status: number;
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  text: string;
  json: any;
}>;
type Ask = Readonly<{ token?: string; body?: unknown; raw?: string | Buffer; headers?: Readonly<Record<string, string>>; from?: string }>;

export type World = Readonly<{
  clock: VirtualClock;
  records: Records;
  deps: GatewayDeps;
  server: RunningServer;
  ask(method: string, path: string, options?: Ask): Promise<Answer>;
  /** Makes an account and logs it in. */
  user(
    username: string,
    roles: readonly Role[],
    options?: Readonly<{ regionCodes?: readonly string[] | null; personId?: string | null }>,
  ): Promise<string>;
  login(username: string, password?: string, from?: string): Promise<Answer>;
  /** Raises an alarm as the alarm flow would. */
  raise(pointId: string, level: Alarm['level'], change?: Partial<Alarm>): Promise<Alarm>;
  /** Opens the event stream and collects what comes. */
  watch(token: string, lastEventId?: string): Promise<Watching>;
  logged: string[];
  close(): Promise<void>;
}>;

export type Heard = Readonly<{ event: string; id: string; data: any }>;
export type Watching = Readonly<{
  status: number;
  heard: Heard[];
  of(event: string): readonly Heard[];
  ended(): boolean;
  leave(): void;
  pause(): void;
  resume(): void;
}>;

export type WorldOptions = Readonly<{ limits?: Partial<GatewayLimits>; settings?: Partial<GatewaySettings>; deps?: Partial<GatewayDeps> }>;

function recordingLogger(lines: string[]): Logger {
  const put = (message: string, fields?: Readonly<Record<string, unknown>>): void =>
    void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  return { ...silentLogger, info: put, warn: put, error: put, child: () => recordingLogger(lines) };
}

/** A whole gateway on a free port: real records on SQLite in memory, the memory adapters for log and series, virtual time. */
export async function makeWorld({ limits, settings, deps: instead }: WorldOptions = {}): Promise<World> {
  const clock = virtualClock(START);
  const logged: string[] = [];
  const logger = recordingLogger(logged);
  const meter = prometheusMeter();
  const fanout = memoryFanout({ onError: (error) => void logged.push(String(error)) });
  const log = memoryLog({ clock });
  const dialect = new SqliteDialect({ database: openDatabase(':memory:') });
  const keys = { current: 'k1', peppers: new Map([['k1', new Uint8Array(32).fill(7)]]) };
  const records = await sqlRecords({
    watchNesting: true,
    dialect,
    keys,
    catalogue: new Map(),
    publicUrl: 'http://127.0.0.1',
    clock,
    onFatal: (error) => void logged.push(String(error)),
  });
  const changes = registryFlow({ store: records.registry, log, clock, fanout, logger });
  const alarms = alarmFlow({
    log,
    store: records.alarms,
    registry: records.registry,
    administrators: async () => [],
    fanout,
    clock,
    digest: sha256,
    meter,
    logger,
  });
  const deps: GatewayDeps = {
    alarms: records.alarmQueries,
    command: alarms.command,
    series: memorySeries(),
    ledger: memoryLedger(),
    log,
    registry: records.registry,
    changes,
    deadLetters: records.deadLetters,
    retryDeadLetter: async () => ({ kind: 'accepted', accepted: 1, refused: 0 }),
    notifications: records.notifications,
    links: records.links,
    accounts: records.accounts,
    audit: records.audit,
    jobs: records.jobs,
    deviceStatus: records.deviceStatus,
    fanout,
    clock,
    meter,
    metricsPage: meter,
    logger,
    readiness: () => ({ ready: true, checks: { log: { ok: true, detail: '' } } }),
    settings: {
      host: '127.0.0.1',
      publicUrl: null,
      metricsAllow: ['loopback'],
      tls: false,
      plaintext: false,
      consoleDir: null,
      localTokenHash: null,
      limits: { ...GATEWAY_LIMITS, scryptLog2N: LOG2N, loginsPerMinute: 1_000, ...limits },
      ...settings,
    },
    ...instead,
  };
  const applied = await changes.importBundle(CITIES, { kind: 'system', id: 'spec' });
  if (applied.kind !== 'applied') throw new Error(JSON.stringify(applied));
  const server = await serve(gatewayModule(deps), { logger, host: '127.0.0.1', port: 0, tls: null });
  const ask = asker(server.port);
  const login: World['login'] = (username, password = PASSWORD, from = '127.0.0.1') =>
    ask('POST', '/api/v1/auth/login', { body: { username, password }, from });
  return {
    clock,
    records,
    deps,
    server,
    ask,
    login,
    logged,
    watch: (token, lastEventId) => watch(server.port, token, lastEventId),
    async user(username, roles, { regionCodes = null, personId = null } = {}) {
      const user = {
        id: `u-${username}`,
        username,
        name: username,
        personId,
        roles,
        scope: { regionCodes },
        disabled: false,
        passwordSetAt: START,
        mustChangePassword: false,
        createdAt: START,
      };
      await records.accounts.create({ ...user, passwordHash: await passwords(LOG2N).hash(PASSWORD) });
      const answer = await login(username);
      return tokenOf(answer);
    },
    async raise(pointId, level, change = {}) {
      const alarm = { ...alarmOf(records, pointId, level), ...change };
      await records.alarms.transact((tx) =>
        tx.write({ alarm, created: true, events: [raisedEvent(alarm)], notifications: [], timers: [] }),
      );
      fanout.publish({ kind: 'alarm', alarm });
      return alarm;
    },
    async close() {
      await server.close();
      await records.close();
    },
  };
}

function raisedEvent({ id, level, value, reason }: Alarm): AlarmEvent {
  return {
    id: sha256(`${id}|raised`),
    alarmId: id,
    seq: 1,
    type: 'raised',
    at: START,
    t: START,
    actor: { kind: 'engine', id: 'rules' },
    level,
    value,
    reason,
    comment: null,
    data: {},
  };
}

let made = 0;
function alarmOf(records: Records, pointId: string, level: Alarm['level']): Alarm {
  const registry = records.registry.current();
  const point = registry.points.get(pointId);
  const asset = point && registry.assets.get(registry.devices.get(point.deviceId)?.assetId ?? '');
  const site = asset && registry.sites.get(asset.siteId);
  if (!point || !asset || !site) throw new Error(`no point ${pointId}`);
  made += 1;
  return {
    id: sha256(`${pointId}|${made}`).slice(0, 32),
    version: 1,
    key: { pointId, ruleId: `r-${made}`, kind: 'threshold' },
    ruleVersion: 1,
    n: 1,
    assetId: asset.id,
    siteId: site.id,
    regionCode: site.regionCode,
    unitId: site.unitId,
    domain: site.domain,
    process: 'active',
    ack: 'unacked',
    ackedLevel: null,
    ackTrust: null,
    ackedBy: null,
    ackedAt: null,
    suppression: null,
    work: 'awaiting_confirmation',
    quality: 'good',
    level,
    peakLevel: level,
    pendingLevel: null,
    pendingDueAt: null,
    firstBreachAt: START,
    raisedAt: START,
    endedAt: null,
    normalSince: null,
    closedAt: null,
    value: 6.1,
    unit: '%VOL',
    reason: { zh: '超过限值', en: 'above the limit' },
    latching: false,
    retrospective: false,
    no: 'A7K2',
    ackDueAt: null,
    parentId: null,
    firstOut: false,
    cycles: 0,
    recurrenceOf: null,
    endReason: null,
    generation: 1,
    escalation: 0,
    reAlarms: 0,
    told: [],
    createdAt: START,
    updatedAt: START,
  };
}

function asker(port: number): World['ask'] {
  return (method, path, { token, body, raw, headers = {}, from = '127.0.0.1' } = {}) =>
    new Promise((resolve, reject) => {
      const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const sent = {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(payload !== undefined && { 'content-length': String(Buffer.byteLength(payload)) }),
        ...headers,
      };
      const request = httpRequest(
        { port, host: '127.0.0.1', localAddress: from, method, path, headers: sent, agent: false },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('end', () => {
            const text = Buffer.concat(parts).toString('utf8');
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: /json/.test(String(response.headers['content-type'])) && text !== '' ? JSON.parse(text) : undefined,
            });
          });
        },
      );
      request.on('error', reject);
      request.end(payload);
    });
}

function watch(port: number, token: string, lastEventId: string | undefined): Promise<Watching> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
    const request = httpRequest({ port, host: '127.0.0.1', path: '/api/v1/stream', headers, agent: false }, (response) => {
      const heard: Heard[] = [];
      let ended = false;
      let rest = '';
      response.on('data', (part: Buffer) => {
        const blocks = (rest + part.toString('utf8')).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
          if (fields.has('event'))
            heard.push({ event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: JSON.parse(fields.get('data') ?? 'null') });
        }
      });
      for (const end of ['end', 'error', 'close'] as const) response.on(end, () => (ended = true));
      resolve({
        status: response.statusCode ?? 0,
        heard,
        of: (event) => heard.filter((one) => one.event === event),
        ended: () => ended,
        leave: () => void request.destroy(),
        pause: () => void response.pause(),
        resume: () => void response.resume(),
      });
    });
    request.on('error', (error) => reject(error));
    request.end();
  });
}

/** Waits, in real time, until something is so; sockets know no virtual clock. */
export async function eventually(isSo: () => boolean, withinMs = 3_000): Promise<void> {
  const until = Date.now() + withinMs;
  while (!isSo()) {
    if (Date.now() > until) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function tokenOf({ json }: Answer): string {
  const { accessToken } = json as Readonly<{ accessToken: string }>;
  return accessToken;
}
