import type { Metric } from '@anlan/contracts';
import type {
  Accounts,
  AlarmQueries,
  AlarmStore,
  Audit,
  Clock,
  Credentials,
  DeadLetterStore,
  DeviceStatusStore,
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
import { sqlDeviceStatus } from './device-status.js';
import { keyring, type DigestKeys } from './keys.js';
import { sqlLinks } from './links.js';
import { sqlNotificationStore } from './notifications/notification-store.js';
import { credentialBook } from './registry/credentials.js';
import { loadRegistry, sqlRegistryStore } from './registry/registry-store.js';
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
  close(): Promise<void>;
}>;

/** Opens the records: migrates, loads the registry and the device logins into memory. Throws when the database is damaged, newer than this release, or the keys cannot be used. */
export async function sqlRecords({ dialect, keys: digestKeys, catalogue, publicUrl, clock, onFatal }: RecordsConfig): Promise<Records> {
  const keys = keyring(digestKeys);
  const database = await openSqlDatabase(dialect, onFatal);
  const holder = await loadRegistry(database, catalogue, clock.now());
  const registry = () => holder.state.snapshot;
  const book = await credentialBook({ database, keys, clock, isEnabled: (deviceId) => registry().devices.get(deviceId)?.enabled === true });
  return {
    alarms: sqlAlarmStore({ database, keys, clock, deviceOf: (pointId) => registry().points.get(pointId)?.deviceId }),
    alarmQueries: sqlAlarmQueries({ database, keys, registry }),
    notifications: sqlNotificationStore({ database, keys }),
    links: sqlLinks({ database, keys, publicUrl }),
    deadLetters: sqlDeadLetters(database),
    deviceStatus: sqlDeviceStatus(database),
    credentials: book.credentials,
    registry: sqlRegistryStore({ database, catalogue, holder, book }),
    accounts: sqlAccounts(database),
    audit: sqlAudit(database),
    async close() {
      book.close();
      await database.close();
    },
  };
}
