import { type LedgerItem, type Millis, type SeqGap, type SeqState, addCounts, foldSeq, gapsOf } from '@anlan/contracts';
import type { LedgerEntry, LedgerSpan } from '@anlan/ports';
import type { Database } from './database.js';

export type LedgerWriter = Readonly<{
  apply(partition: number, span: LedgerSpan, entries: readonly LedgerEntry[]): number;
  expireCounts(before: Millis): number;
}>;
export type LedgerReader = Readonly<{
  position(partition: number): number;
  items(from: Millis, to: Millis, deviceIds?: readonly string[]): readonly LedgerItem[];
  gaps(deviceId: string): readonly SeqGap[];
}>;

const ADD = `INSERT INTO count (device, hour, received, stored, rejected, duplicate, quarantined) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (device, hour) DO UPDATE SET received = received + excluded.received, stored = stored + excluded.stored,
  rejected = rejected + excluded.rejected, duplicate = duplicate + excluded.duplicate, quarantined = quarantined + excluded.quarantined`;
const SUMS = `SELECT device AS deviceId, sum(received) AS received, sum(stored) AS stored, sum(rejected) AS rejected,
  sum(duplicate) AS duplicate, sum(quarantined) AS quarantined FROM count WHERE hour >= ? AND hour < ?`;

/** Counts by device and hour, and where they stand, in one transaction (G1). */
export function ledgerWriter(db: Database): LedgerWriter {
  const add = ({ deviceId, hour, counts }: LedgerEntry): void => {
    db.prepare(ADD).run([deviceId, hour, counts.received, counts.stored, counts.rejected, counts.duplicate, counts.quarantined]);
  };
  return {
    apply(partition, { from, next }, entries) {
      return db.transaction(() => {
        const position = positionOf(db, partition);
        if (position !== from) return position;
        summed(entries).forEach(add);
        for (const [deviceId, state] of foldedSeqs(db, entries))
          db.prepare('INSERT INTO seq VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET state = excluded.state').run([
            deviceId,
            JSON.stringify(state),
          ]);
        db.prepare('INSERT INTO position VALUES (?, ?) ON CONFLICT (partition) DO UPDATE SET next = excluded.next').run([partition, next]);
        return next;
      });
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

function foldedSeqs(db: Database, entries: readonly LedgerEntry[]): ReadonlyMap<string, SeqState> {
  const states = new Map<string, SeqState>();
  for (const { deviceId, seq, newestT } of entries) {
    if (seq !== undefined) states.set(deviceId, foldSeq(states.get(deviceId) ?? seqOf(db, deviceId), seq, newestT));
  }
  return states;
}
