import type { Millis } from '@anlan/contracts';
import { SeriesUnavailable } from '@anlan/ports';
import type { InfluxConnection } from './connection.js';

/** Raw readings are kept at least so long: alarms, reports and the recomputing of buckets need them. */
export const RAW_KEPT_AT_LEAST_MS: Millis = 30 * 86_400_000;

/** Where the buckets of a minute and an hour go: a retention policy of the same database to InfluxQL, so that one data source reads both. */
export function rollupBucketOf(bucket: string): string {
  return `${bucket.split('/', 1)[0]}/rollup`;
}

/** A bucket as it should be; `keepMs` null is for ever. */
export type WantedBucket = Readonly<{ name: string; keepMs: Millis | null }>;
/** `short`: it was there and keeps less than wanted; left as it is, for the store is the operator's. */
export type BucketState = Readonly<{ name: string; state: 'made' | 'kept' | 'short'; keepMs: Millis | null }>;

type BucketJson = Readonly<{ name: string; retentionRules?: readonly Readonly<{ everySeconds?: number }>[] }>;

/** Makes the buckets that are missing, through the API of InfluxDB 2. Rejects with SeriesUnavailable when the store does not let us look. */
export async function ensureBuckets(
  connection: Pick<InfluxConnection, 'manage'>,
  org: string,
  wanted: readonly WantedBucket[],
): Promise<readonly BucketState[]> {
  const states: BucketState[] = [];
  for (const bucket of wanted) states.push(await ensureBucket(connection, org, bucket));
  return states;
}

/** Removes a bucket with all that is in it; a missing one is no error. */
export async function dropBucket(connection: Pick<InfluxConnection, 'manage'>, org: string, name: string): Promise<void> {
  const { json } = await connection.manage('GET', pathOf(org, name));
  for (const { id } of list<Readonly<{ id: string }>>(json, 'buckets')) await connection.manage('DELETE', `/api/v2/buckets/${id}`);
}

async function ensureBucket(
  connection: Pick<InfluxConnection, 'manage'>,
  org: string,
  { name, keepMs }: WantedBucket,
): Promise<BucketState> {
  const looked = await connection.manage('GET', pathOf(org, name));
  const [found] = list<BucketJson>(looked.json, 'buckets');
  if (found !== undefined) {
    const seconds = found.retentionRules?.[0]?.everySeconds ?? 0;
    const kept = seconds === 0 ? null : seconds * 1000;
    return { name, state: kept !== null && (keepMs === null || kept < keepMs) ? 'short' : 'kept', keepMs: kept };
  }
  if (looked.status !== 404 && looked.status !== 200)
    throw new SeriesUnavailable(`the series store does not show its buckets: HTTP ${looked.status}`);
  const orgs = await connection.manage('GET', `/api/v2/orgs?org=${encodeURIComponent(org)}`);
  const orgID = list<Readonly<{ id: string }>>(orgs.json, 'orgs')[0]?.id;
  if (orgID === undefined) throw new SeriesUnavailable(`the series store does not know the organisation ${org}: HTTP ${orgs.status}`);
  const retentionRules = keepMs === null ? [] : [{ type: 'expire', everySeconds: Math.ceil(keepMs / 1000) }];
  const { status } = await connection.manage('POST', '/api/v2/buckets', { orgID, name, retentionRules });
  // 422: another process made it meanwhile.
  if (status !== 200 && status !== 422) throw new SeriesUnavailable(`the series store did not make the bucket ${name}: HTTP ${status}`);
  return { name, state: 'made', keepMs };
}

const pathOf = (org: string, name: string): string => `/api/v2/buckets?org=${encodeURIComponent(org)}&name=${encodeURIComponent(name)}`;

function list<T>(json: unknown, name: string): readonly T[] {
  const found = typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>)[name] : undefined;
  return Array.isArray(found) ? (found as readonly T[]) : [];
}
