import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  type DataFolder,
  type SqliteCheckpoints,
  type SqliteSeries,
  openDataFolder,
  openDatabase,
  sqliteCheckpoints,
  sqliteLog,
  sqliteSeries,
} from '@anlan/adapter-sqlite';
import { type Records, sqlRecords } from '@anlan/adapter-sql';
import { type Packs, loadPacks } from '@anlan/packs';
import type { Logger, Meter } from '@anlan/observability';
import type { Clock, Log } from '@anlan/ports';
import { SqliteDialect } from 'kysely';
import type { Settings } from './settings.js';

export type Stores = Readonly<{
  folder: DataFolder;
  packs: Packs;
  log: Log;
  series: SqliteSeries;
  checkpoints: SqliteCheckpoints;
  records: Records;
  /** Closes everything, the lock last. */
  close(): Promise<void>;
}>;
export type StoresDeps = Readonly<{
  settings: Settings;
  publicUrl: string;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  onFatal(error: unknown): void;
}>;

/** Opens everything that standalone keeps, in one locked folder. Throws StoreFault when it cannot be used. */
export async function openStores({ settings, publicUrl, clock, meter, onFatal }: StoresDeps): Promise<Stores> {
  const folder = await openDataFolder({ path: settings.ANLAN_DATA_DIR });
  const file = (name: string): string => join(folder.path, name);
  const own = { host: 'worker', onFatal } as const;
  const packs = loadPacks();
  const log = await sqliteLog({ ...own, file: file('log.db'), clock, meter });
  const series = await sqliteSeries({ ...own, file: file('series.db') });
  const checkpoints = await sqliteCheckpoints({ ...own, file: file('state.db') });
  const records = await sqlRecords({
    dialect: new SqliteDialect({ database: openDatabase(file('records.db')) }),
    keys: { current: 'k1', peppers: new Map([['k1', pepperOf(settings, folder)]]) },
    catalogue: packs.metrics,
    publicUrl,
    clock,
    onFatal,
  });
  return {
    folder,
    packs,
    log,
    series,
    checkpoints,
    records,
    async close() {
      await records.close();
      await checkpoints.close();
      await series.series.close();
      await log.close();
      folder.release();
    },
  };
}

/** The pepper of device secrets and links: from the environment, else made once and kept beside the data, readable by the owner only. */
function pepperOf({ ANLAN_SECRET_KEY }: Settings, folder: DataFolder): Uint8Array {
  return ANLAN_SECRET_KEY === null ? folder.secret('pepper') : createHash('sha256').update(ANLAN_SECRET_KEY).digest();
}
