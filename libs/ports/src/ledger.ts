import type { LedgerCounts, LedgerItem, Millis, SeqGap } from '@anlan/contracts';

/** What one log record did to the ledger. */
export type LedgerEntry = Readonly<{
  deviceId: string;
  /** Hour of arrival it counts in. */
  hour: Millis;
  /** May be negative where a dead letter was retried. */
  counts: LedgerCounts;
  /** The device's message counter and the newest event time beside it, for gaps. */
  seq?: number;
  newestT?: Millis;
}>;

/**
 * Balance of readings by device and hour.
 * G1  Entries, gaps and position are saved in one transaction: a record is counted once, whatever crashes.
 */
export type Ledger = Readonly<{
  /** Next log offset to be counted, 0 at first. */
  position(partition: number): Promise<number>;
  /** Applies the entries of the records before `next`; does nothing when `next` is not beyond the position. */
  apply(partition: number, next: number, entries: readonly LedgerEntry[]): Promise<void>;
  /** Summed over hours in [from, to), one item a device, by device id; inFlight is 0 here. */
  items(from: Millis, to: Millis, deviceIds?: readonly string[]): Promise<readonly LedgerItem[]>;
  gaps(deviceId: string): Promise<readonly SeqGap[]>;
  expire(before: Millis): Promise<number>;
}>;
