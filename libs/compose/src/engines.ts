import { RAW_KEPT_AT_LEAST_MS, type Rollups, ensureBuckets, influxRollups, influxSeries, rollupBucketOf } from '@anlan/adapter-influx';
import { kafkaLog, kafkaShares } from '@anlan/adapter-kafka';
import { redisFanout, redisLastValues } from '@anlan/adapter-redis';
import type { Records } from '@anlan/adapter-sql';
import { TOPICS, type Topic } from '@anlan/contracts';
import type { Fanout, LastValues, Log, Series, SeriesRow, Shares } from '@anlan/ports';
import type { Dialect } from 'kysely';
import { kafkaSecurity } from './kafka-security.js';
import type { Settings } from './settings.js';
import type { Opened, StoresDeps } from './opened.js';
import { recordsPlace } from './records-place.js';

/** With three replicas or more, two must have a record before it counts as kept. */
const SAFE_REPLICATION = 3;

/** Between a record and its verdict and alarm. */
const HASTY_REST_MS = 4;
/** The recorder takes its turns half a second apart anyway; the gateway only counts what is on its way. */
const GATHERING_REST_MS = 100;

/** Names of this installation among others on the same engines. */
const prefixed = ({ ANLAN_NAMESPACE }: Settings, mark: string): string => (ANLAN_NAMESPACE === '' ? '' : `${ANLAN_NAMESPACE}${mark}`);

export async function engineLog(
  { settings, name, clock, logger, meter }: StoresDeps,
  brokers: readonly string[],
): Promise<Opened<Readonly<{ log: Log; shares: Shares }>>> {
  const partitions = Object.fromEntries(Object.values(TOPICS).map((topic) => [topic, settings.ANLAN_KAFKA_PARTITIONS])) as Record<
    Topic,
    number
  >;
  const security = kafkaSecurity(settings);
  const common = {
    brokers,
    clientId: `anlan-${name}`,
    clock,
    logger: logger.child({ engine: 'kafka' }),
    meter,
    prefix: prefixed(settings, '.'),
    partitions,
    ...(security && { security }),
  };
  const replication = settings.ANLAN_KAFKA_REPLICATION;
  const log = await kafkaLog({
    ...common,
    ensureTopics: { replication, minInsync: replication >= SAFE_REPLICATION ? 2 : 1 },
    headersOf,
    traces: settings.ANLAN_TRACES_URL !== null,
    restMs: name === 'recorder' || name === 'gateway' ? GATHERING_REST_MS : HASTY_REST_MS,
  });
  const shares = kafkaShares(common);
  return {
    it: { log, shares },
    async close() {
      await log.close();
    },
  };
}

/** Kind and schema of a record, for readers outside: control records are to be skipped (`activation`, `tick`, `up`, `derived`). */
function headersOf({ topic, value }: Readonly<{ topic: Topic; value: string }>): Readonly<Record<string, string>> {
  const kind = /^\{"kind":"([a-z_]{1,32})"/.exec(value)?.[1];
  return { schema: topic, ...(kind !== undefined && { kind }) };
}

/** Kysely's dialect, in the schema of the namespace. */
export function engineRecords({ settings, name, logger }: StoresDeps, url: string): Promise<Dialect> {
  const onTrouble = (error: Error): void => logger.warn('a connection to the records was lost', { reason: error.message });
  return recordsPlace(settings.ANLAN_NAMESPACE, { url, name: `anlan-${name}`, onTrouble });
}

export async function engineSeries(
  { settings, clock, logger, meter }: StoresDeps,
  url: string,
  records: Records,
): Promise<Opened<Readonly<{ series: Series; rollups: Rollups }>>> {
  const { ANLAN_INFLUX_BUCKET: bucket, ANLAN_INFLUX_ORG: org, ANLAN_INFLUX_TOKEN, ANLAN_RETENTION_RAW } = settings;
  const own = { bucket, clock, logger: logger.child({ engine: 'influx' }) };
  const series = influxSeries({
    ...own,
    url,
    org,
    token: ANLAN_INFLUX_TOKEN ?? '',
    meter,
    tagsOf(pointId) {
      const point = records.registry.current().points.get(pointId);
      const site = point && siteOf(records, point.deviceId);
      return point && site !== undefined ? { site, metric: point.metric } : undefined;
    },
  });
  const keepMs = ANLAN_RETENTION_RAW === null ? null : Math.max(RAW_KEPT_AT_LEAST_MS, ANLAN_RETENTION_RAW);
  const rollupBucket = rollupBucketOf(bucket);
  const wanted = [
    { name: bucket, keepMs },
    { name: rollupBucket, keepMs: null },
  ];
  try {
    for (const { name, state, keepMs: kept } of await ensureBuckets(series.connection, org, wanted))
      if (state === 'short') logger.warn('a bucket keeps readings for less time than is set', { bucket: name, keepMs: kept });
  } catch (error) {
    await series.close();
    throw error;
  }
  const rollups = influxRollups({ ...own, connection: series.connection, rollupBucket, rawKeptMs: keepMs });
  return { it: { series: knowingPoints(series, records), rollups }, close: () => series.close() };
}

function siteOf(records: Records, deviceId: string): string | undefined {
  const registry = records.registry.current();
  const device = registry.devices.get(deviceId);
  return device && registry.assets.get(device.assetId)?.siteId;
}

/** A point that another process has just registered is looked up before its first reading is written, so that its tags are right from the start. */
function knowingPoints(series: Series, records: Records): Series {
  const isStrange = ({ reading }: SeriesRow): boolean => !records.registry.current().points.has(reading.pointId);
  return {
    ...series,
    async write(rows) {
      if (rows.some(isStrange)) await records.refresh();
      return series.write(rows);
    },
  };
}

export async function engineFanout(
  { settings, logger }: StoresDeps,
  url: string,
): Promise<Opened<Readonly<{ fanout: Fanout; lastValues: LastValues }>>> {
  const prefix = prefixed(settings, ':');
  const onError = (error: unknown): void => logger.warn('Redis is not there, live views wait', { reason: String(error) });
  const fanout = await redisFanout({ url, prefix, onError });
  const lastValues = await redisLastValues({ url, prefix, onError });
  return {
    it: { fanout, lastValues },
    async close() {
      await fanout.close();
      await lastValues.close();
    },
  };
}
