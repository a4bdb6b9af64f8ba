import { memoryFanout } from '@anlan/adapter-memory';
import { type Records, sqlRecords } from '@anlan/adapter-sql';
import { type DataFolder, openDataFolder, openDatabase, sqliteCheckpoints, sqliteLog, sqliteSeries } from '@anlan/adapter-sqlite';
import { type Packs, loadPacks } from '@anlan/packs';
import type { Logger, Meter } from '@anlan/observability';
import type { Checkpoints, Clock, Fanout, LastValues, Ledger, Log, Series, Shares } from '@anlan/ports';
import { createHash } from 'node:crypto';
import { SqliteDialect } from 'kysely';
import type { Settings } from './settings.js';

/** Everything that flows keep things in, each an engine or embedded, as the settings name them. */
export type Stores = Readonly<{
  packs: Packs;
  log: Log;
  /** Absent where the log is embedded: one process has every partition. */
  shares?: Shares;
  series: Series;
  ledger: Ledger;
  checkpoints: Checkpoints;
  records: Records;
  fanout: Fanout;
  lastValues?: LastValues;
  /** Folder of this machine's own things. */
  folder: string;
  /** A named secret of this installation, 32 bytes. */
  secret(name: string): Uint8Array;
  close(): Promise<void>;
}>;
export type StoresDeps = Readonly<{
  settings: Settings;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  onFatal(error: unknown): void;
}>;

/** What signed links begin with when nothing is set. */
export function publicUrlOf({ ANLAN_PUBLIC_URL, ANLAN_TLS_CERT, ANLAN_HTTP_PORT }: Settings): string {
  return ANLAN_PUBLIC_URL ?? `${ANLAN_TLS_CERT ? 'https' : 'http'}://127.0.0.1:${ANLAN_HTTP_PORT}`;
}

/** Opens everything in one locked folder. Throws StoreFault when it cannot be used. */
export async function openStores({ settings, clock, meter, logger, onFatal }: StoresDeps): Promise<Stores> {
  const folder = await openDataFolder({ path: settings.ANLAN_DATA_DIR });
  const own = { host: 'worker', onFatal } as const;
  const packs = loadPacks();
  const log = await sqliteLog({ ...own, file: folder.file('log.db'), clock, meter });
  const series = await sqliteSeries({ ...own, file: folder.file('series.db') });
  const checkpoints = await sqliteCheckpoints({ ...own, file: folder.file('state.db') });
  const records = await sqlRecords({
    dialect: new SqliteDialect({ database: openDatabase(folder.file('records.db')) }),
    keys: { current: 'k1', peppers: new Map([['k1', pepperOf(settings, folder)]]) },
    catalogue: packs.metrics,
    publicUrl: publicUrlOf(settings),
    clock,
    onFatal,
  });
  return {
    packs,
    log,
    series: series.series,
    ledger: series.ledger,
    checkpoints,
    records,
    fanout: memoryFanout({ onError: (error) => logger.error('a watcher failed', { error: String(error) }) }),
    folder: folder.path,
    secret: folder.secret,
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
