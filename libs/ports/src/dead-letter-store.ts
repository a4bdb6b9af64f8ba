import type { DeadLetter, Millis } from '@anlan/contracts';

export type StoredDeadLetter = DeadLetter & Readonly<{ retriedAt: Millis | null; retryOutcome: string | null }>;
export type DeadLetterStore = Readonly<{
  /** Rows whose id exists are left alone. */
  put(letters: readonly DeadLetter[]): Promise<void>;
  page(
    filter: Readonly<{ deviceIds?: readonly string[]; code?: string }>,
    limit: number,
    cursor?: string,
  ): Promise<Readonly<{ items: readonly StoredDeadLetter[]; nextCursor: string | null }>>;
  get(id: string): Promise<StoredDeadLetter | undefined>;
  markRetried(id: string, at: Millis, outcome: string): Promise<boolean>;
  expire(before: Millis): Promise<number>;
}>;
