import type { Millis } from './basics.js';

/** Counts of readings of one device in one hour of arrival. received = stored + rejected + duplicate + quarantined (+ inFlight outside). */
export type LedgerCounts = Readonly<{ received: number; stored: number; rejected: number; duplicate: number; quarantined: number }>;
export type SeqGap = Readonly<{ fromSeq: number; toSeq: number }>;
export type LedgerItem = LedgerCounts & Readonly<{ deviceId: string; inFlight: number; gaps: readonly SeqGap[] }>;

export const NO_COUNTS: LedgerCounts = { received: 0, stored: 0, rejected: 0, duplicate: 0, quarantined: 0 };

/** Start of the hour (UTC) in which `at` lies. */
export function hourOf(at: Millis): Millis {
  return Math.floor(at / 3_600_000) * 3_600_000;
}

/** The sum of two. */
export function addCounts(a: LedgerCounts, b: LedgerCounts): LedgerCounts {
  return {
    received: a.received + b.received,
    stored: a.stored + b.stored,
    rejected: a.rejected + b.rejected,
    duplicate: a.duplicate + b.duplicate,
    quarantined: a.quarantined + b.quarantined,
  };
}
