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

/** Log offsets from `from` (inclusive) to `next` (exclusive). */
export type LedgerSpan = Readonly<{ from: number; next: number }>;

/**
 * Balance of readings by device and hour.
 * G1  Entries, gaps and position are saved in one transaction: a record is counted once, whatever crashes.
 */
export type Ledger = Readonly<{
  /** Next log offset to be counted, 0 at first. */
  position(partition: number): Promise<number>;
  /**
   * Applies the entries of the records in [from, next) and moves the position to `next`. Changes nothing when the position is not
   * exactly `from`: somebody else, or an attempt whose answer was lost, has counted already. Resolves to the position that stands now.
   */
  apply(partition: number, span: LedgerSpan, entries: readonly LedgerEntry[]): Promise<number>;
  /** Summed over hours in [from, to), one item a device, by device id; inFlight is 0 here. */
  items(from: Millis, to: Millis, deviceIds?: readonly string[]): Promise<readonly LedgerItem[]>;
  gaps(deviceId: string): Promise<readonly SeqGap[]>;
  /** Removes counts of hours before `before`; gaps and positions stay. Returns how many rows. */
  expire(before: Millis): Promise<number>;
}>;
