import type { Metric, Millis } from '@anlan/contracts';
import type {
  Accounts,
  AlarmQueries,
  AlarmStore,
  Audit,
  Checkpoints,
  Clock,
  Credentials,
  DeadLetterStore,
  DeviceStatusStore,
  JobStore,
  Ledger,
  Links,
  NotificationStore,
  RegistryStore,
} from '@anlan/ports';
import type { Dialect } from 'kysely';
import { sqlAccounts } from './accounts.js';
import { sqlAlarmQueries } from './alarms/alarm-queries.js';
import { sqlAlarmStore } from './alarms/alarm-store.js';
import { sqlAudit } from './audit.js';
import { sqlDeadLetters } from './dead-letters.js';
import { sqlCheckpoints } from './checkpoints.js';
import { sqlDeviceStatus } from './device-status.js';
import { sqlJobs } from './jobs.js';
import { keyring, type DigestKeys } from './keys.js';
import { sqlLedger } from './ledger.js';
import { sqlLinks } from './links.js';
import { sqlNotificationStore } from './notifications/notification-store.js';
import { credentialBook } from './registry/credentials.js';
import { registryFollower } from './registry/registry-follower.js';
import { sqlRegistryStore } from './registry/registry-store.js';
import { openSqlDatabase } from './sql-database.js';

export type RecordsConfig = Readonly<{
  /** Kysely's dialect with its connection; closed with the records. */
  dialect: Dialect;
  keys: DigestKeys;
  /** Metrics that the packs define, by code. */
  catalogue: ReadonlyMap<string, Metric>;
  /** What links begin with. */
  publicUrl: string;
  clock: Pick<Clock, 'now'>;
  /** Hears of faults of disk or file after which the process must end. */
  onFatal(error: unknown): void;
  /** Refuses a transaction within a transaction at once; for tests, see `openSqlDatabase`. */
  watchNesting?: boolean;
  /** Looks for changes by other processes so often; absent: only when `refresh` is called. */
  follow?: Readonly<{
    clock: Pick<Clock, 'after'>;
    everyMs: Millis;
    /** The records are away: what was known stays. */ onTrouble(error: unknown): void;
  }>;
}>;
/** Everything that people and the platform decide, in one database. */
export type Records = Readonly<{
  alarms: AlarmStore;
  alarmQueries: AlarmQueries;
  notifications: NotificationStore;
  links: Links;
  deadLetters: DeadLetterStore;
  deviceStatus: DeviceStatusStore;
  credentials: Credentials;
  registry: RegistryStore;
  accounts: Accounts;
  audit: Audit;
  jobs: JobStore;
  /** Balance and saved states for workers of several processes. The standalone form keeps its own in files. */
  ledger: Ledger;
  checkpoints: Checkpoints;
  /** Shows at once what other processes changed in the registry (to be called when the fan-out tells of it). Rejects when the records are away. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}>;

/**
 * Opens the records, on SQLite or PostgreSQL as the dialect says: migrates, loads the registry and the device logins into memory.
 * Throws when the database is damaged, newer than this release, or the keys cannot be used; RecordsUnavailable when it is away.
 */
export async function sqlRecords(config: RecordsConfig): Promise<Records> {
  const { catalogue, publicUrl, clock } = config;
  const keys = keyring(config.keys);
  const database = await openSqlDatabase({
    dialect: config.dialect,
    now: clock.now(),
    onFatal: config.onFatal,
    ...(config.watchNesting !== undefined && { watchNesting: config.watchNesting }),
  });
  const registry = () => follower.state().snapshot;
  const book = credentialBook({
    keys,
    clock,
    isEnabled: (deviceId) => registry().devices.get(deviceId)?.enabled === true,
    refresh: database.flavour === 'postgres' ? () => follower.refresh() : undefined,
  });
  const follower = await registryFollower({ database, catalogue, now: clock.now(), logins: book.replace }).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const unfollow = config.follow ? following(config.follow, follower.refresh) : () => undefined;
  return {
    alarms: sqlAlarmStore({ database, keys, clock, deviceOf: (pointId) => registry().points.get(pointId)?.deviceId }),
    alarmQueries: sqlAlarmQueries({ database, keys, registry }),
    notifications: sqlNotificationStore({ database, keys }),
    links: sqlLinks({ database, keys, publicUrl }),
    deadLetters: sqlDeadLetters(database),
    deviceStatus: sqlDeviceStatus(database),
    credentials: book.credentials,
    registry: sqlRegistryStore({ database, catalogue, follower, book }),
    accounts: sqlAccounts(database),
    audit: sqlAudit(database),
    jobs: sqlJobs(database),
    ledger: sqlLedger(database),
    checkpoints: sqlCheckpoints(database),
    refresh: follower.refresh,
    async close() {
      unfollow();
      book.close();
      await database.close();
    },
  };
}

/** One look after another, each `everyMs` after the last has ended. The result ends it. */
function following({ clock, everyMs, onTrouble }: NonNullable<RecordsConfig['follow']>, refresh: () => Promise<void>): () => void {
  let stopped = false;
  let cancel: () => void = () => undefined;
  const look = (): void => {
    cancel = clock.after(everyMs, () => {
      void refresh()
        .catch((error: unknown) => stopped || onTrouble(error))
        .then(() => stopped || look());
    });
  };
  look();
  return () => {
    stopped = true;
    cancel();
  };
}
