import { prometheusMeter } from '@anlan/observability';
import type { Flow } from '@anlan/ports';
import { type FlowStrategy, HealthModule, type Readiness, drainInOrder, flowStep, serve } from '@anlan/shell';
import type { DynamicModule } from '@nestjs/common';
import { type FlowMakers, flowMakers } from './flows.js';
import { type ProcessContext, type Started, runProcess } from './run-process.js';
import { tlsOf } from './settings.js';
import { openStores } from './stores.js';

export type ServiceSpec = Readonly<{
  name: 'ingest' | 'rules' | 'recorder' | 'alarm' | 'notifier';
  flow(make: FlowMakers): Flow;
  /** Nest module that hosts the flow, and the token of its transport. */
  host(flow: Flow): DynamicModule;
  token: symbol;
}>;

const DRAIN_MS = 9_000;

/** Runs one flow as a process of its own, with probes and metrics. */
export function runService(spec: ServiceSpec): Promise<void> {
  return runProcess(spec.name, (context) => startService(spec, context));
}

async function startService(spec: ServiceSpec, { settings, clock, logger, onFatal }: ProcessContext): Promise<Started> {
  const meter = prometheusMeter();
  const stores = await openStores({ settings, name: spec.name, clock, meter, logger, onFatal });
  try {
    const flow = spec.flow(flowMakers({ settings, stores, clock, meter, logger, onFatal }));
    const started = { flow: false };
    const readiness = (): Readiness => ({ ready: started.flow, checks: { [flow.name]: flow.health() } });
    const health = HealthModule.of({ readiness, metricsPage: meter, metricsAllow: settings.ANLAN_METRICS_ALLOW });
    const root: DynamicModule = { module: ServiceModule, imports: [health, spec.host(flow)] };
    const port = settings[PORT_OF[spec.name]];
    const server = await serve(root, { logger, host: settings.ANLAN_HOST, port, tls: tlsOf(settings) });
    const strategy = server.app.get<FlowStrategy>(spec.token, { strict: false });
    await server.app.connectMicroservice({ strategy }).listen();
    started.flow = true;
    return {
      greeting: (seconds) => `anlan ${spec.name} ready in ${seconds} s, health and metrics on port ${server.port}`,
      stop: () =>
        drainInOrder([flowStep(flow), { name: 'http', drain: () => server.close() }, { name: 'stores', drain: () => stores.close() }], {
          clock,
          logger,
          withinMs: DRAIN_MS,
        }),
    };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

class ServiceModule {}

const PORT_OF = {
  ingest: 'ANLAN_INGEST_HTTP_PORT',
  rules: 'ANLAN_RULES_HTTP_PORT',
  recorder: 'ANLAN_RECORDER_HTTP_PORT',
  alarm: 'ANLAN_ALARM_HTTP_PORT',
  notifier: 'ANLAN_NOTIFIER_HTTP_PORT',
} as const;
