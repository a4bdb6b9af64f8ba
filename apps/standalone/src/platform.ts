import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GATEWAY_LIMITS, type GatewayDeps, type Readiness, type RunningServer, ensureAdministrator, serve } from '@anlan/gateway-app';
import { type Logger, prometheusMeter } from '@anlan/observability';
import type { Clock, Flow } from '@anlan/ports';
import { type FlowStrategy, drainInOrder, flowStep } from '@anlan/shell';
import type { Fleet } from '@anlan/simulator-app';
import { type Flows, composeFlows } from './compose.js';
import { importDemo, startDemoFleet } from './demo.js';
import type { Settings } from './settings.js';
import { STRATEGIES, StandaloneModule } from './standalone.module.js';
import { type Stores, openStores } from './stores.js';

export type Running = Readonly<{
  consoleUrl: string;
  mqttUrl: string;
  /** The random password of a first administrator made just now, to be shown once. */
  firstPassword: string | null;
  /** Finishes what is in hand and closes everything. Names of what did not end in time. */
  stop(): Promise<readonly string[]>;
}>;
export type PlatformDeps = Readonly<{ settings: Settings; clock: Clock; logger: Logger; onFatal(error: unknown): void }>;

const DRAIN_MS = 9_000;
const CLI_TOKEN_FILE = 'cli-token';
/** The same relative place seen from src and from dist. */
const CONSOLE_DIR = join(dirname(fileURLToPath(import.meta.url)), '../../console/dist');

/** Starts the whole platform: stores, registry, HTTP, flows, devices, demo. Throws when a part cannot start; what had started is closed. */
export async function startPlatform({ settings, clock, logger, onFatal }: PlatformDeps): Promise<Running> {
  const meter = prometheusMeter();
  const host = settings.ANLAN_HOST;
  const publicUrl = settings.ANLAN_PUBLIC_URL ?? `${settings.ANLAN_TLS_CERT ? 'https' : 'http'}://127.0.0.1:${settings.ANLAN_HTTP_PORT}`;
  const stores = await openStores({ settings, publicUrl, clock, meter, logger, onFatal });
  const started = { flows: false };
  let server: RunningServer | undefined;
  let fleet: Fleet | undefined;
  try {
    const flows = composeFlows({ settings, stores, clock, meter, logger });
    const admin = await ensureAdministrator(
      { accounts: stores.records.accounts, clock, scryptLog2N: GATEWAY_LIMITS.scryptLog2N },
      settings.ANLAN_ADMIN_PASSWORD,
    );
    await flows.registry.start();
    const demo =
      settings.ANLAN_DEMO === 'on'
        ? await importDemo({
            folder: stores.folder.path,
            packs: stores.packs,
            registry: stores.records.registry,
            changes: flows.registry,
            logger,
          })
        : undefined;
    const gateway = gatewayDeps({
      settings,
      stores,
      flows,
      clock,
      logger,
      meter,
      readiness: () => readinessOf(started.flows, flows.inOrder),
      localTokenHash: writeCliToken(stores.folder.path),
    });
    server = await serve(StandaloneModule.of(flows, gateway), { logger, host, port: settings.ANLAN_HTTP_PORT, tls: tlsOf(settings) });
    await listenInOrder(server);
    started.flows = true;
    const mqttPort = flows.ingest.listening()?.port ?? settings.ANLAN_MQTT_PORT;
    const near = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
    const mqttUrl = `${settings.ANLAN_TLS_CERT ? 'mqtts' : 'mqtt'}://${near}:${mqttPort}`;
    if (demo) fleet = startDemoFleet({ ...demo, packs: stores.packs, url: mqttUrl, seed: settings.ANLAN_DEMO_SEED });
    const running = { server, flows, stores, fleet };
    return {
      consoleUrl: settings.ANLAN_PUBLIC_URL ?? `${settings.ANLAN_TLS_CERT ? 'https' : 'http'}://${near}:${server.port}`,
      mqttUrl,
      firstPassword: admin.kind === 'made' ? admin.printed : null,
      stop: () => stopAll(running, { clock, logger }),
    };
  } catch (error) {
    await server?.close();
    await stores.close();
    throw error;
  }
}

const tlsOf = ({ ANLAN_TLS_CERT: certFile, ANLAN_TLS_KEY: keyFile }: Settings): Readonly<{ certFile: string; keyFile: string }> | null =>
  certFile !== null && keyFile !== null ? { certFile, keyFile } : null;

/** Flows start one after another: those that read before the one that lets devices in. */
async function listenInOrder({ app }: RunningServer): Promise<void> {
  for (const token of STRATEGIES) {
    const strategy = app.get<FlowStrategy>(token, { strict: false });
    await app.connectMicroservice({ strategy }).listen();
  }
}

/** Devices first, then what reads from them, then those who watch, the stores last. */
async function stopAll(
  { server, flows, stores, fleet }: Readonly<{ server: RunningServer; flows: Flows; stores: Stores; fleet: Fleet | undefined }>,
  { clock, logger }: Readonly<{ clock: Clock; logger: Logger }>,
): Promise<readonly string[]> {
  const steps = [
    ...(fleet ? [{ name: 'simulator', drain: () => fleet.stop(500) }] : []),
    ...[...flows.inOrder].reverse().map(flowStep),
    { name: 'http', drain: () => server.close() },
    { name: 'stores', drain: () => stores.close() },
  ];
  return drainInOrder(steps, { clock, logger, withinMs: DRAIN_MS });
}

function readinessOf(started: boolean, flows: readonly Flow[]): Readiness {
  const checks = Object.fromEntries(flows.map((flow) => [flow.name, flow.health()]));
  return { ready: started, checks };
}

/** A fresh token for the command line of whoever owns the data folder. */
function writeCliToken(folder: string): string {
  const token = `anl_${randomBytes(32).toString('base64url')}`;
  writeFileSync(join(folder, CLI_TOKEN_FILE), token, { mode: 0o600 });
  return createHash('sha256').update(token).digest('hex');
}

type GatewayParts = Readonly<{
  settings: Settings;
  stores: Stores;
  flows: Flows;
  clock: Clock;
  logger: Logger;
  meter: ReturnType<typeof prometheusMeter>;
  readiness: () => Readiness;
  localTokenHash: string;
}>;

function gatewayDeps({ settings, stores, flows, clock, logger, meter, readiness, localTokenHash }: GatewayParts): GatewayDeps {
  const { records, series, log } = stores;
  return {
    alarms: records.alarmQueries,
    command: flows.alarm.command,
    series: series.series,
    ledger: series.ledger,
    log,
    registry: records.registry,
    changes: flows.registry,
    deadLetters: records.deadLetters,
    retryDeadLetter: flows.ingest.retry,
    notifications: records.notifications,
    links: records.links,
    accounts: records.accounts,
    audit: records.audit,
    deviceStatus: records.deviceStatus,
    fanout: flows.fanout,
    clock,
    meter,
    metricsPage: meter,
    logger: logger.child({ app: 'gateway' }),
    readiness,
    settings: {
      host: settings.ANLAN_HOST,
      publicUrl: settings.ANLAN_PUBLIC_URL,
      metricsAllow: settings.ANLAN_METRICS_ALLOW,
      tls: settings.ANLAN_TLS_CERT !== null,
      plaintext: settings.ANLAN_PLAINTEXT === 'accept',
      consoleDir: CONSOLE_DIR,
      localTokenHash,
      limits: { ...GATEWAY_LIMITS, apiPerMinute: settings.ANLAN_RATE_API, importsPerMinute: settings.ANLAN_RATE_IMPORT },
    },
  };
}
