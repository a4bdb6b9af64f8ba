import { type WebhookDeps, outboxChannel, webhookChannel } from '@anlan/adapter-channels';
import { type Person, TOPICS } from '@anlan/contracts';
import {
  type AlarmFlow,
  INGEST_LIMITS,
  type IngestFlow,
  type RegistryFlow,
  RETENTION,
  type Retention,
  type RunCommand,
  type RetryOutcome,
  alarmCommands,
  alarmFlow,
  deviceDirectory,
  ingestFlow,
  letterRetrier,
  notifierFlow,
  recorderFlow,
  registryFlow,
  rulesFlow,
} from '@anlan/flows';
import type { Logger, Meter } from '@anlan/observability';
import type { Accounts, Clock, Flow, StoredDeadLetter } from '@anlan/ports';
import { sha256, zoneOffsets } from '@anlan/shell';
import { feedOf } from './feeds.js';
import type { Settings } from './settings.js';
import type { Stores } from './stores.js';

export type FlowsDeps = Readonly<{
  settings: Settings;
  stores: Stores;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  /** The process must end: a part of it can never go on. */
  onFatal(error: unknown): void;
}>;

/** A turn of the recorder is several round trips to other servers: few of them, for all of its partitions together. */
const DISTRIBUTED_PACE = { everyMs: 500, together: true } as const;

/** A maker for each flow over what `openStores` opened. Nothing runs yet. */
export type FlowMakers = Readonly<{
  registry(): RegistryFlow;
  ingest(): IngestFlow;
  rules(): Flow;
  recorder(): Flow;
  alarm(): AlarmFlow;
  notifier(): Flow;
  /** What the gateway does itself, in whatever process it runs. */
  command(): RunCommand;
  retryDeadLetter(): (letter: StoredDeadLetter) => Promise<RetryOutcome>;
}>;

export function flowMakers(deps: FlowsDeps): FlowMakers {
  const { settings, stores, clock, meter, logger, onFatal } = deps;
  const { log, series, ledger, checkpoints, records, fanout, tracer } = stores;
  const { registry } = records;
  const sharing = stores.shares ? { shares: stores.shares } : {};
  const named = (name: string) => ({ clock, meter, tracer, logger: logger.child({ flow: name }) });
  const alarmDeps = {
    ...named('alarm'),
    store: records.alarms,
    registry,
    fanout,
    digest: sha256,
    administrators: () => administratorsOf(records.accounts),
  };
  return {
    registry: () => registryFlow({ ...named('registry'), store: registry, log, fanout }),
    ingest: () =>
      ingestFlow({
        ...named('ingest'),
        feed: feedOf({ settings, clock, meter, logger }),
        log,
        credentials: records.credentials,
        registry,
        ...(settings.ANLAN_POSTGRES_URL !== null && { refresh: () => records.refresh() }),
        deviceStatus: records.deviceStatus,
        shared: stores.shares !== undefined,
        fanout,
        digest: sha256,
        zones: zoneOffsets(),
        limits: { ...INGEST_LIMITS, maxAgeMs: settings.ANLAN_RETENTION_RAW },
      }),
    rules: () =>
      rulesFlow({ ...named('rules'), ...sharing, log, checkpoints, activations: registry, digest: sha256, history: series, onFatal }),
    recorder: () =>
      recorderFlow({
        ...named('recorder'),
        ...sharing,
        log,
        series,
        ledger,
        deadLetters: records.deadLetters,
        fanout,
        ...(stores.lastValues && { lastValues: stores.lastValues }),
        ...(stores.rollups && { rollups: stores.rollups }),
        digest: sha256,
        retention: retentionOf(settings),
        ...(stores.shares && { pace: DISTRIBUTED_PACE }),
      }),
    alarm: () =>
      alarmFlow({
        ...alarmDeps,
        ...sharing,
        log,
        ...(settings.ANLAN_KAFKA_BROKERS !== null && {
          topic: { log, queries: records.alarmQueries, checkpoints, registry, clock },
          notificationTopic: { log, store: records.notifications, clock },
        }),
      }),
    notifier: () =>
      notifierFlow({
        ...named('notifier'),
        store: records.notifications,
        channels: [outboxChannel(), webhookChannel(webhookDeps(deps))],
        registry,
        links: records.links,
        fanout,
      }),
    command: () => alarmCommands(alarmDeps),
    retryDeadLetter: () =>
      letterRetrier({
        directory: deviceDirectory({ registry, zones: zoneOffsets(), maxAgeMs: settings.ANLAN_RETENTION_RAW }),
        clock,
        digest: sha256,
        append: (letters) => log.append(letters),
      }),
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

function webhookDeps({ settings, stores, clock }: FlowsDeps): WebhookDeps {
  const { ANLAN_WEBHOOK_SECRET, ANLAN_EGRESS_ALLOW, ANLAN_PUBLIC_URL } = settings;
  const secret = ANLAN_WEBHOOK_SECRET ?? `whsec_${Buffer.from(stores.secret('webhook')).toString('base64')}`;
  return { secrets: [secret], allow: ANLAN_EGRESS_ALLOW, source: ANLAN_PUBLIC_URL ?? '/anlan', now: clock.now };
}

/** Whom to tell when nobody else is named: every administrator who is not locked out. */
async function administratorsOf(accounts: Accounts): Promise<readonly Person[]> {
  const users = await accounts.list();
  return users
    .filter((user) => user.roles.includes('admin') && !user.disabled)
    .map((user) => ({ id: user.personId ?? user.id, name: user.name, unitId: '' }));
}
