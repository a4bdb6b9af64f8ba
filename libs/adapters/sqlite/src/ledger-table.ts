import { type LedgerItem, type Millis, type SeqGap, type SeqState, addCounts, foldSeq, gapsOf } from '@anlan/contracts';
import type { LedgerEntry, LedgerSpan } from '@anlan/ports';
import type { Database } from './database.js';
import { manyRows } from './many-rows.js';

export type LedgerWriter = Readonly<{
  apply(partition: number, span: LedgerSpan, entries: readonly LedgerEntry[]): number;
  expireCounts(before: Millis): number;
}>;
export type LedgerReader = Readonly<{
  position(partition: number): number;
  items(from: Millis, to: Millis, deviceIds?: readonly string[]): readonly LedgerItem[];
  gaps(deviceId: string): readonly SeqGap[];
}>;

const ADD = {
  head: 'INSERT INTO count (device, hour, received, stored, rejected, duplicate, quarantined)',
  columns: 7,
  tail: `ON CONFLICT (device, hour) DO UPDATE SET received = received + excluded.received, stored = stored + excluded.stored,
  rejected = rejected + excluded.rejected, duplicate = duplicate + excluded.duplicate, quarantined = quarantined + excluded.quarantined`,
} as const;
const PUT_SEQ = {
  head: 'INSERT INTO seq (device, state)',
  columns: 2,
  tail: 'ON CONFLICT (device) DO UPDATE SET state = excluded.state',
} as const;
/** Numberings kept in memory; beyond it they are read from the file again. */
const KEPT_SEQS = 20_000;
const SUMS = `SELECT device AS deviceId, sum(received) AS received, sum(stored) AS stored, sum(rejected) AS rejected,
  sum(duplicate) AS duplicate, sum(quarantined) AS quarantined FROM count WHERE hour >= ? AND hour < ?`;

/** Counts by device and hour, and where they stand, in one transaction (G1). */
export function ledgerWriter(db: Database): LedgerWriter {
  const [add, putSeqs] = [manyRows(db, ADD), manyRows(db, PUT_SEQ)];
  // What the file holds, for there is no other writer; it changes only after the commit.
  const seqs = new Map<string, SeqState>();
  const seqKept = (deviceId: string): SeqState | undefined => seqs.get(deviceId) ?? seqOf(db, deviceId);
  return {
    apply(partition, { from, next }, entries) {
      const folded = new Map<string, SeqState>();
      const position = db.transaction(() => {
        const found = positionOf(db, partition);
        if (found !== from) return found;
        add(summed(entries).map(countColumns));
        foldSeqs(entries, folded, seqKept);
        putSeqs([...folded].map(([deviceId, state]) => [deviceId, JSON.stringify(state)]));
        db.prepare('INSERT INTO position VALUES (?, ?) ON CONFLICT (partition) DO UPDATE SET next = excluded.next').run([partition, next]);
        return next;
      });
      if (seqs.size > KEPT_SEQS) seqs.clear();
      for (const [deviceId, state] of folded) seqs.set(deviceId, state);
      return position;
    },
    expireCounts: (before) => db.transaction(() => db.prepare('DELETE FROM count WHERE hour < ?').run([before]).changes),
  };
}

/** Questions about the ledger. */
export function ledgerReader(db: Database): LedgerReader {
  const gaps = (deviceId: string): readonly SeqGap[] => {
    const state = seqOf(db, deviceId);
    return state === undefined ? [] : gapsOf(state);
  };
  const itemOf = (row: Omit<LedgerItem, 'inFlight' | 'gaps'>): LedgerItem => ({ ...row, inFlight: 0, gaps: gaps(row.deviceId) });
  return {
    position: (partition) => positionOf(db, partition),
    items(from, to, deviceIds) {
      if (deviceIds === undefined)
        return db.prepare(`${SUMS} GROUP BY device ORDER BY device`).all<Omit<LedgerItem, 'inFlight' | 'gaps'>>([from, to]).map(itemOf);
      const one = db.prepare(`${SUMS} AND device = ? GROUP BY device`);
      return [...new Set(deviceIds)]
        .sort()
        .flatMap((deviceId) => one.all<Omit<LedgerItem, 'inFlight' | 'gaps'>>([from, to, deviceId]).map(itemOf));
    },
    gaps,
  };
}

function positionOf(db: Database, partition: number): number {
  return db.prepare('SELECT next FROM position WHERE partition = ?').get<{ next: number }>([partition])?.next ?? 0;
}

function seqOf(db: Database, deviceId: string): SeqState | undefined {
  const text = db.prepare('SELECT state FROM seq WHERE device = ?').get<{ state: string }>([deviceId])?.state;
  return text === undefined ? undefined : (JSON.parse(text) as SeqState);
}

/** One entry a device and hour, so that a batch of one device is one row. */
function summed(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const sums = new Map<string, LedgerEntry>();
  for (const entry of entries) {
    const name = `${entry.hour}/${entry.deviceId}`;
    const before = sums.get(name);
    sums.set(name, before === undefined ? entry : { ...entry, counts: addCounts(before.counts, entry.counts) });
  }
  return [...sums.values()];
}

function countColumns({ deviceId, hour, counts }: LedgerEntry): readonly unknown[] {
  return [deviceId, hour, counts.received, counts.stored, counts.rejected, counts.duplicate, counts.quarantined];
}

/** The numbering of each device after these messages, into `folded`. */
function foldSeqs(
  entries: readonly LedgerEntry[],
  folded: Map<string, SeqState>,
  before: (deviceId: string) => SeqState | undefined,
): void {
  for (const { deviceId, seq, newestT } of entries) {
    if (seq !== undefined) folded.set(deviceId, foldSeq(folded.get(deviceId) ?? before(deviceId), seq, newestT));
  }
}
