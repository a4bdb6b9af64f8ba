import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunCommand, RetryOutcome } from '@anlan/flows';
import { type Settings, type Stores, cliTokenHash, withLastValues } from '@anlan/compose';
import type { Logger, prometheusMeter } from '@anlan/observability';
import type { Clock, StoredDeadLetter } from '@anlan/ports';
import type { Readiness } from '@anlan/shell';
import { GATEWAY_LIMITS, type GatewayDeps, type RegistryChanges } from './deps.js';

/** The same relative place seen from src and from dist. */
const CONSOLE_DIR = join(dirname(fileURLToPath(import.meta.url)), '../../console/dist');

export type GatewayParts = Readonly<{
  settings: Settings;
  stores: Stores;
  changes: RegistryChanges;
  command: RunCommand;
  retryDeadLetter(letter: StoredDeadLetter): Promise<RetryOutcome>;
  clock: Clock;
  logger: Logger;
  meter: ReturnType<typeof prometheusMeter>;
  readiness(): Readiness;
}>;

/** The gateway's needs, from what this process opened. */
export function gatewayDeps({
  settings,
  stores,
  changes,
  command,
  retryDeadLetter,
  clock,
  logger,
  meter,
  readiness,
}: GatewayParts): GatewayDeps {
  const { records, series, ledger, log, fanout, lastValues } = stores;
  return {
    alarms: records.alarmQueries,
    command,
    series: lastValues ? withLastValues(series, lastValues) : series,
    ledger,
    log,
    registry: records.registry,
    changes,
    deadLetters: records.deadLetters,
    retryDeadLetter,
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
    logger: logger.child({ app: 'gateway' }),
    readiness,
    settings: {
      host: settings.ANLAN_HOST,
      publicUrl: settings.ANLAN_PUBLIC_URL,
      metricsAllow: settings.ANLAN_METRICS_ALLOW,
      tls: settings.ANLAN_TLS_CERT !== null,
      plaintext: settings.ANLAN_PLAINTEXT === 'accept',
      consoleDir: CONSOLE_DIR,
      localTokenHash: cliTokenHash(stores.folder),
      limits: { ...GATEWAY_LIMITS, apiPerMinute: settings.ANLAN_RATE_API, importsPerMinute: settings.ANLAN_RATE_IMPORT },
    },
  };
}
