import { TOPICS, type LedgerItem, type Millis, type ReadingsLogValue, type ReadingsRecord } from '@anlan/contracts';
import type { Ledger, Log, LogRecord } from '@anlan/ports';

const PAGE = 500;
export type InFlightDeps = Readonly<{
  log: Log;
  ledger: Ledger;
  /** Records read at most; what lies beyond is not counted yet. */ maxRecords: number;
}>;
export type Backlog = Readonly<{
  /** Log records not yet counted. */ behind: number;
  /** Arrival of the oldest of them; null when there is none. */ oldestAt: Millis | null;
}>;

/** Acknowledged readings by device that the ledger has not counted yet, arrived in [from, to). */
export async function inFlight({ log, ledger, maxRecords }: InFlightDeps, from: Millis, to: Millis): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  let left = maxRecords;
  for (let partition = 0; partition < log.partitions(TOPICS.readings); partition++) {
    let offset = await ledger.position(partition);
    while (left > 0) {
      const records = await log.read(TOPICS.readings, partition, offset, Math.min(PAGE, left));
      const last = records.at(-1);
      if (!last) break;
      for (const record of records) count(counts, record, from, to);
      offset = last.offset + 1;
      left -= records.length;
    }
  }
  return counts;
}

function count(counts: Map<string, number>, { value }: LogRecord, from: Millis, to: Millis): void {
  const record = JSON.parse(value) as ReadingsLogValue;
  // A retried dead letter moves counts that are already there.
  if (record.kind !== 'readings' || record.retryOf || record.arrivedAt < from || record.arrivedAt >= to) return;
  counts.set(record.deviceId, (counts.get(record.deviceId) ?? 0) + sizeOf(record));
}

const sizeOf = ({ readings, rejected, quarantined }: ReadingsRecord): number => readings.length + rejected + quarantined;

/** How far the recorder is behind the log. */
export async function backlog({ log, ledger }: Pick<InFlightDeps, 'log' | 'ledger'>): Promise<Backlog> {
  let behind = 0;
  let oldestAt: Millis | null = null;
  for (let partition = 0; partition < log.partitions(TOPICS.readings); partition++) {
    const position = await ledger.position(partition);
    const { next } = await log.bounds(TOPICS.readings, partition);
    if (next <= position) continue;
    behind += next - position;
    const [first] = await log.read(TOPICS.readings, partition, position, 1);
    if (first && (oldestAt === null || first.at < oldestAt)) oldestAt = first.at;
  }
  return { behind, oldestAt };
}

/** Ledger items with what is in flight, so that received = stored + rejected + duplicate + quarantined + inFlight. */
export function withInFlight(
  items: readonly LedgerItem[],
  flying: ReadonlyMap<string, number>,
  shown: (deviceId: string) => boolean,
): readonly LedgerItem[] {
  const counted = new Set(items.map((item) => item.deviceId));
  const fresh = [...flying.keys()]
    .filter((id) => !counted.has(id) && shown(id))
    .map((deviceId) => ({ deviceId, received: 0, stored: 0, rejected: 0, duplicate: 0, quarantined: 0, inFlight: 0, gaps: [] }));
  return [...items, ...fresh]
    .map((item) => ({ ...item, received: item.received + (flying.get(item.deviceId) ?? 0), inFlight: flying.get(item.deviceId) ?? 0 }))
    .sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
}
