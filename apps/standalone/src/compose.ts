import { MQTT_LIMITS, aedesFeed } from '@anlan/adapter-aedes';
import { memoryFanout } from '@anlan/adapter-memory';
import { type WebhookDeps, outboxChannel, webhookChannel } from '@anlan/adapter-channels';
import { type Person, TOPICS } from '@anlan/contracts';
import {
  type AlarmFlow,
  INGEST_LIMITS,
  type IngestFlow,
  type RegistryFlow,
  RETENTION,
  type Retention,
  alarmFlow,
  ingestFlow,
  notifierFlow,
  recorderFlow,
  registryFlow,
  rulesFlow,
} from '@anlan/flows';
import type { Logger, Meter } from '@anlan/observability';
import type { Accounts, Clock, Fanout, Flow } from '@anlan/ports';
import { sha256, zoneOffsets } from '@anlan/shell';
import { readFileSync } from 'node:fs';
import type { Settings } from './settings.js';
import type { Stores } from './stores.js';

export type Flows = Readonly<{
  registry: RegistryFlow;
  ingest: IngestFlow;
  rules: Flow;
  recorder: Flow;
  alarm: AlarmFlow;
  notifier: Flow;
  fanout: Fanout;
  /** In the order in which they start; they drain the other way round, devices first. */ inOrder: readonly Flow[];
}>;
export type ComposeDeps = Readonly<{ settings: Settings; stores: Stores; clock: Clock; meter: Meter; logger: Logger }>;

/** Every flow of the platform over the embedded stores. Nothing runs yet. */
export function composeFlows({ settings, stores, clock, meter, logger }: ComposeDeps): Flows {
  const { log, series, checkpoints, records } = stores;
  const { registry } = records;
  const fanout = memoryFanout({ onError: (error) => logger.error('a watcher failed', { error: String(error) }) });
  const named = (name: string) => ({ clock, meter, logger: logger.child({ flow: name }) });
  const tls =
    settings.ANLAN_TLS_CERT !== null && settings.ANLAN_TLS_KEY !== null
      ? { tls: { cert: readFileSync(settings.ANLAN_TLS_CERT), key: readFileSync(settings.ANLAN_TLS_KEY) } }
      : {};

  const changes = registryFlow({ ...named('registry'), store: registry, log, fanout });
  const feed = aedesFeed({ ...named('mqtt'), host: settings.ANLAN_HOST, port: settings.ANLAN_MQTT_PORT, limits: MQTT_LIMITS, ...tls });
  const ingest = ingestFlow({
    ...named('ingest'),
    feed,
    log,
    credentials: records.credentials,
    registry,
    deviceStatus: records.deviceStatus,
    fanout,
    digest: sha256,
    zones: zoneOffsets(),
    limits: { ...INGEST_LIMITS, maxAgeMs: settings.ANLAN_RETENTION_RAW },
  });
  const rules = rulesFlow({ ...named('rules'), log, checkpoints, activations: registry, digest: sha256 });
  const recorder = recorderFlow({
    ...named('recorder'),
    log,
    series: series.series,
    ledger: series.ledger,
    deadLetters: records.deadLetters,
    fanout,
    digest: sha256,
    retention: retentionOf(settings),
  });
  const alarm = alarmFlow({
    ...named('alarm'),
    log,
    store: records.alarms,
    registry,
    fanout,
    digest: sha256,
    administrators: () => administratorsOf(records.accounts),
  });
  const notifier = notifierFlow({
    ...named('notifier'),
    store: records.notifications,
    channels: [outboxChannel(), webhookChannel(webhookDeps(settings, stores, clock))],
    registry,
    links: records.links,
  });
  return {
    registry: changes,
    ingest,
    rules,
    recorder,
    alarm,
    notifier,
    fanout,
    inOrder: [changes, rules, recorder, alarm, notifier, ingest],
  };
}

function retentionOf({
  ANLAN_RETENTION_RAW: readingsMs,
  ANLAN_RETENTION_LOG: readingsLogMs,
  ANLAN_RETENTION_REJECTED: deadLettersMs,
}: Settings): Retention {
  return {
    ...RETENTION,
    readingsMs,
    deadLettersMs,
    logMs: { ...RETENTION.logMs, [TOPICS.readings]: readingsLogMs, [TOPICS.rejected]: deadLettersMs },
  };
}

function webhookDeps(
  { ANLAN_WEBHOOK_SECRET, ANLAN_EGRESS_ALLOW, ANLAN_PUBLIC_URL }: Settings,
  { folder }: Stores,
  clock: Clock,
): WebhookDeps {
  const secret = ANLAN_WEBHOOK_SECRET ?? `whsec_${Buffer.from(folder.secret('webhook')).toString('base64')}`;
  return { secrets: [secret], allow: ANLAN_EGRESS_ALLOW, source: ANLAN_PUBLIC_URL ?? '/anlan', now: clock.now };
}

/** Whom to tell when nobody else is named: every administrator who is not locked out. */
async function administratorsOf(accounts: Accounts): Promise<readonly Person[]> {
  const users = await accounts.list();
  return users
    .filter((user) => user.roles.includes('admin') && !user.disabled)
    .map((user) => ({ id: user.personId ?? user.id, name: user.name, unitId: '' }));
}
