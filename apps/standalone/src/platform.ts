import { type ProcessContext, flowMakers, importDemo, openStores, tlsOf } from '@anlan/compose';
import { GATEWAY_LIMITS, ensureAdministrator, gatewayDeps } from '@anlan/gateway-app';
import { prometheusMeter } from '@anlan/observability';
import type { Flow } from '@anlan/ports';
import { type FlowStrategy, type RunningServer, drainInOrder, flowStep, serve } from '@anlan/shell';
import type { Fleet } from '@anlan/simulator-app';
import { startDemoFleet } from './demo-fleet.js';
import { STRATEGIES, StandaloneModule, type Flows } from './standalone.module.js';

export type Running = Readonly<{
  consoleUrl: string;
  mqttUrl: string;
  /** The random password of a first administrator made just now, to be shown once. */
  firstPassword: string | null;
  /** Finishes what is in hand and closes everything. Names of what did not end in time. */
  stop(): Promise<readonly string[]>;
}>;

const DRAIN_MS = 9_000;

/** Starts the whole platform: stores, registry, HTTP, flows, devices, demo. Throws when a part cannot start; what had started is closed. */
export async function startPlatform({ settings, clock, logger, onFatal }: ProcessContext): Promise<Running> {
  const meter = prometheusMeter();
  const host = settings.ANLAN_HOST;
  const stores = await openStores({ settings, name: 'standalone', clock, meter, logger, onFatal });
  const started = { flows: false };
  let server: RunningServer | undefined;
  let fleet: Fleet | undefined;
  try {
    const make = flowMakers({ settings, stores, clock, meter, logger, onFatal });
    const flows: Flows = {
      registry: make.registry(),
      rules: make.rules(),
      recorder: make.recorder(),
      alarm: make.alarm(),
      notifier: make.notifier(),
      ingest: make.ingest(),
    };
    const inOrder: readonly Flow[] = Object.values(flows);
    const admin = await ensureAdministrator(
      { accounts: stores.records.accounts, clock, scryptLog2N: GATEWAY_LIMITS.scryptLog2N },
      settings.ANLAN_ADMIN_PASSWORD,
    );
    await flows.registry.start();
    const { folder, packs, records } = stores;
    const demo =
      settings.ANLAN_DEMO === 'on'
        ? await importDemo({ folder, packs, registry: records.registry, changes: flows.registry, logger })
        : undefined;
    const gateway = gatewayDeps({
      settings,
      stores,
      changes: flows.registry,
      command: flows.alarm.command,
      retryDeadLetter: flows.ingest.retry,
      clock,
      logger,
      meter,
      readiness: () => ({ ready: started.flows, checks: Object.fromEntries(inOrder.map((flow) => [flow.name, flow.health()])) }),
    });
    server = await serve(StandaloneModule.of(flows, gateway), { logger, host, port: settings.ANLAN_HTTP_PORT, tls: tlsOf(settings) });
    await listenInOrder(server);
    started.flows = true;
    const mqttPort = flows.ingest.listening()?.port ?? settings.ANLAN_MQTT_PORT;
    const near = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
    const mqttUrl = `${settings.ANLAN_TLS_CERT ? 'mqtts' : 'mqtt'}://${near}:${mqttPort}`;
    if (demo) fleet = startDemoFleet({ ...demo, packs, url: mqttUrl, seed: settings.ANLAN_DEMO_SEED });
    const steps = [
      ...(fleet ? [{ name: 'simulator', drain: () => fleet?.stop(500) ?? Promise.resolve() }] : []),
      ...[...inOrder].reverse().map(flowStep),
      { name: 'http', drain: () => server?.close() ?? Promise.resolve() },
      { name: 'stores', drain: () => stores.close() },
    ];
    return {
      consoleUrl: settings.ANLAN_PUBLIC_URL ?? `${settings.ANLAN_TLS_CERT ? 'https' : 'http'}://${near}:${server.port}`,
      mqttUrl,
      firstPassword: admin.kind === 'made' ? admin.printed : null,
      stop: () => drainInOrder(steps, { clock, logger, withinMs: DRAIN_MS }),
    };
  } catch (error) {
    await server?.close();
    await stores.close();
    throw error;
  }
}

/** Flows start one after another: those that read before the one that lets devices in. */
async function listenInOrder({ app }: RunningServer): Promise<void> {
  for (const token of STRATEGIES) {
    const strategy = app.get<FlowStrategy>(token, { strict: false });
    await app.connectMicroservice({ strategy }).listen();
  }
}
