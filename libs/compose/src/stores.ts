import { memoryFanout } from '@anlan/adapter-memory';
import { type Records, sqlRecords } from '@anlan/adapter-sql';
import { openDatabase, sqliteCheckpoints, sqliteLog, sqliteSeries } from '@anlan/adapter-sqlite';
import { type Packs, loadPacks } from '@anlan/packs';
import type { RecorderDeps } from '@anlan/flows';
import type { Logger, Tracer } from '@anlan/observability';
import type { Checkpoints, Fanout, LastValues, Ledger, Log, Series, Shares } from '@anlan/ports';
import { createHash } from 'node:crypto';
import { type Dialect, SqliteDialect } from 'kysely';
import { engineFanout, engineLog, engineRecords, engineSeries } from './engines.js';
import { type Home, openHome } from './home.js';
import type { Opened, StoresDeps } from './opened.js';
import type { Settings } from './settings.js';
import { openTracer } from './tracer.js';

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
  /** Told of what the flows do with what is kept. */
  tracer: Tracer;
  /** Down-sampling, where the series store wants it from us. */
  rollups?: RecorderDeps['rollups'];
  /** Folder of this machine's own things. */
  folder: string;
  /** A named secret of this installation, 32 bytes. */
  secret(name: string): Uint8Array;
  close(): Promise<void>;
}>;
/** What signed links begin with when nothing is set. */
export function publicUrlOf({ ANLAN_PUBLIC_URL, ANLAN_TLS_CERT, ANLAN_HTTP_PORT }: Settings): string {
  return ANLAN_PUBLIC_URL ?? `${ANLAN_TLS_CERT ? 'https' : 'http'}://127.0.0.1:${ANLAN_HTTP_PORT}`;
}

/**
 * Opens every store: the engine that a setting names, else the embedded one in the data folder, which is then locked.
 * Throws StoreFault when the folder cannot be used. What had been opened is closed when a later one fails.
 */
export async function openStores(deps: StoresDeps): Promise<Stores> {
  const { settings } = deps;
  const packs = loadPacks();
  const opened: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  const keep = async <T>(opening: Promise<Opened<T>>): Promise<T> => {
    const { it, close } = await opening;
    opened.push(close);
    return it;
  };
  try {
    const tracer = await keep(openTracer(settings, deps.meter));
    const home = await keep(openHome(settings));
    const records = await keep(openRecords(deps, home, packs));
    const { log, shares } = await keep(openLog(deps, home));
    const { series, ledger, rollups } = await keep(openSeries(deps, home, records));
    const checkpoints = await keep(openCheckpoints(deps, home, records));
    const { fanout, lastValues } = await keep(openFanout(deps));
    // Other processes tell of changes at once; the records are also looked at each second.
    if (settings.ANLAN_POSTGRES_URL !== null) followRegistry({ fanout, records, logger: deps.logger });
    return {
      packs,
      log,
      ...(shares && { shares }),
      series,
      ledger,
      checkpoints,
      records,
      fanout,
      tracer,
      ...(lastValues && { lastValues }),
      ...(rollups && { rollups }),
      folder: home.path,
      secret: home.secret,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

const FOLLOW_MS = 1_000;

async function openRecords(deps: StoresDeps, home: Home, packs: Packs): Promise<Opened<Records>> {
  const { settings, clock, logger, onFatal } = deps;
  const dialect: Dialect =
    settings.ANLAN_POSTGRES_URL === null
      ? new SqliteDialect({ database: openDatabase(home.file('records.db')) })
      : await engineRecords(deps, settings.ANLAN_POSTGRES_URL);
  const records = await sqlRecords({
    dialect,
    keys: { current: 'k1', peppers: new Map([['k1', pepperOf(settings, home)]]) },
    catalogue: packs.metrics,
    publicUrl: publicUrlOf(settings),
    clock,
    onFatal,
    ...(settings.ANLAN_POSTGRES_URL !== null && {
      follow: {
        clock,
        everyMs: FOLLOW_MS,
        onTrouble: (error) => logger.warn('the registry cannot be followed', { reason: String(error) }),
      },
    }),
  });
  return { it: records, close: () => records.close() };
}

async function openLog(deps: StoresDeps, home: Home): Promise<Opened<Readonly<{ log: Log; shares?: Shares }>>> {
  const { settings, clock, meter, onFatal } = deps;
  if (settings.ANLAN_KAFKA_BROKERS !== null) return engineLog(deps, settings.ANLAN_KAFKA_BROKERS);
  const log = await sqliteLog({ host: 'worker', onFatal, file: home.file('log.db'), clock, meter });
  return { it: { log }, close: () => log.close() };
}

type SeriesParts = Readonly<{ series: Series; ledger: Ledger; rollups?: RecorderDeps['rollups'] }>;

async function openSeries(deps: StoresDeps, home: Home, records: Records): Promise<Opened<SeriesParts>> {
  const { settings, onFatal } = deps;
  const url = settings.ANLAN_INFLUX_URL;
  if (url === null) {
    const ledgerElsewhere = settings.ANLAN_POSTGRES_URL !== null;
    const { series, ledger } = await sqliteSeries({ host: 'worker', onFatal, file: home.file('series.db'), ledgerElsewhere });
    return { it: { series, ledger: ledgerElsewhere ? records.ledger : ledger }, close: () => series.close() };
  }
  const { it, close } = await engineSeries(deps, url, records);
  return { it: { ...it, ledger: records.ledger }, close };
}

async function openCheckpoints({ settings, onFatal }: StoresDeps, home: Home, records: Records): Promise<Opened<Checkpoints>> {
  if (settings.ANLAN_POSTGRES_URL !== null) return { it: records.checkpoints, close: () => Promise.resolve() };
  const checkpoints = await sqliteCheckpoints({ host: 'worker', onFatal, file: home.file('state.db') });
  return { it: checkpoints, close: () => checkpoints.close() };
}

async function openFanout(deps: StoresDeps): Promise<Opened<Readonly<{ fanout: Fanout; lastValues?: LastValues }>>> {
  const { settings, logger } = deps;
  if (settings.ANLAN_REDIS_URL !== null) return engineFanout(deps, settings.ANLAN_REDIS_URL);
  const fanout = memoryFanout({ onError: (error) => logger.error('a watcher failed', { error: String(error) }) });
  return { it: { fanout }, close: () => Promise.resolve() };
}

function followRegistry({ fanout, records, logger }: Readonly<{ fanout: Fanout; records: Records; logger: Logger }>): void {
  fanout.subscribe(['registry'], () => {
    records.refresh().catch((error: unknown) => logger.warn('the registry cannot be followed', { reason: String(error) }));
  });
}

/** The pepper of device secrets and links: from the environment, else made once and kept beside the data, readable by the owner only. */
function pepperOf({ ANLAN_SECRET_KEY }: Settings, home: Home): Uint8Array {
  return ANLAN_SECRET_KEY === null ? home.secret('pepper') : createHash('sha256').update(ANLAN_SECRET_KEY).digest();
}
