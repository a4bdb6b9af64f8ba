import type { Millis, Quality, Reading } from '@anlan/contracts';

/** A reading on its way to the store, with where it came from in the log (`partition:offset:index`), so that a repeat of the same record is told from a repeat by the device. */
export type SeriesRow = Readonly<{ reading: Reading; origin: string; receivedAt: Millis }>;
/**
 * `stored` also when this very origin had been stored before. `duplicate`: same (point, device time), same value. `conflict`: other
 * value; kept beside the first. `refused`: the store will never take this row (older than it keeps, another type of field); the
 * others of the batch are not held up by it, and nothing stands for its time.
 */
export type RowOutcome = 'stored' | 'duplicate' | 'conflict' | 'refused';
export type Sample = Readonly<{ t: Millis; v: number; q: Quality }>;
export type NewestSample = Sample & Readonly<{ pointId: string; receivedAt: Millis }>;
export type Bucket = Readonly<{ t: Millis; min: number; max: number; mean: number; count: number }>;
export type Conflict = Readonly<{ pointId: string; t: Millis; kept: number; refused: number; receivedAt: Millis }>;
export type Window = Readonly<{ from: Millis; /** Exclusive. */ to: Millis }>;

export class SeriesUnavailable extends Error {
  override readonly name = 'SeriesUnavailable';
}

/**
 * Readings by point and time.
 *
 * T1  The first value for (point, device time) stands, whatever comes later and in whatever quality.
 * T2  `write` is idempotent by origin; outcomes are the same on a repeat.
 * T3  What `write` resolved is durable and readable.
 */
export type Series = Readonly<{
  /** Outcome of each row, in order. Rejects with SeriesUnavailable when nothing may be assumed. */
  write(rows: readonly SeriesRow[]): Promise<readonly RowOutcome[]>;
  /** Oldest first; `after` is exclusive and goes on from an earlier page. A page is longer than `limit` where the samples of its last time (readings moved to their arrival) would be torn apart. */
  read(pointId: string, window: Window, limit: number, after?: Millis): Promise<readonly Sample[]>;
  /** Buckets of `everyMs` aligned to 1970, empty ones left out, bad and maintenance readings left out. */
  buckets(pointId: string, window: Window, everyMs: Millis, limit: number): Promise<readonly Bucket[]>;
  /** Newest sample of each point that has one. */
  newest(pointIds: readonly string[]): Promise<readonly NewestSample[]>;
  /** `t` is the device's own time. */
  conflicts(pointId: string, window: Window, limit: number): Promise<readonly Conflict[]>;
  /** Removes readings with event time before `before`. Returns how many. */
  expire(before: Millis): Promise<number>;
  close(): Promise<void>;
}>;
