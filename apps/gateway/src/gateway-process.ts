import { type ProcessContext, type Started, flowMakers, importDemo, openStores, tlsOf } from '@anlan/compose';
import { prometheusMeter } from '@anlan/observability';
import { type RunningServer, drainInOrder, flowStep, serve } from '@anlan/shell';
import { ensureAdministrator } from './auth/administrator.js';
import { GATEWAY_LIMITS } from './deps.js';
import { gatewayDeps } from './gateway-deps.js';
import { gatewayModule } from './gateway.module.js';

const DRAIN_MS = 9_000;

/** The gateway as a process of its own. It keeps nothing: as many as are wanted may run beside each other. */
export async function startGateway({ settings, clock, logger, onFatal }: ProcessContext): Promise<Started> {
  const meter = prometheusMeter();
  const stores = await openStores({ settings, name: 'gateway', clock, meter, logger, onFatal });
  const started = { http: false };
  let server: RunningServer | undefined;
  try {
    const make = flowMakers({ settings, stores, clock, meter, logger, onFatal });
    const changes = make.registry();
    const admin = await ensureAdministrator(
      { accounts: stores.records.accounts, clock, scryptLog2N: GATEWAY_LIMITS.scryptLog2N },
      settings.ANLAN_ADMIN_PASSWORD,
    );
    await changes.start();
    const { folder, packs, records } = stores;
    if (settings.ANLAN_DEMO === 'on') await importDemo({ folder, packs, registry: records.registry, changes, logger });
    const deps = gatewayDeps({
      settings,
      stores,
      changes,
      command: make.command(),
      retryDeadLetter: make.retryDeadLetter(),
      clock,
      logger,
      meter,
      readiness: () => ({ ready: started.http, checks: { [changes.name]: changes.health() } }),
    });
    server = await serve(gatewayModule(deps), { logger, host: settings.ANLAN_HOST, port: settings.ANLAN_HTTP_PORT, tls: tlsOf(settings) });
    started.http = true;
    const { port, close } = server;
    const password = admin.kind === 'made' && admin.printed !== null ? `, first password of admin: ${admin.printed}` : '';
    return {
      greeting: (seconds) => `anlan gateway ready in ${seconds} s, console on port ${port}${password}`,
      stop: () =>
        drainInOrder([{ name: 'http', drain: close }, flowStep(changes), { name: 'stores', drain: () => stores.close() }], {
          clock,
          logger,
          withinMs: DRAIN_MS,
        }),
    };
  } catch (error) {
    await server?.close();
    await stores.close();
    throw error;
  }
}
