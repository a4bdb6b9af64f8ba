import type { LedgerCounts, LedgerItem } from '@anlan/contracts';

type Sums = LedgerCounts & Readonly<{ inFlight: number }>;

/** Readings that are missing from the books: received less everything they became. 0 when the ledger closes. */
export function ledgerBalance({ received, stored, rejected, duplicate, quarantined, inFlight }: Sums): number {
  return received - stored - rejected - duplicate - quarantined - inFlight;
}

/** The books of all devices together, and how many sequence numbers never came. */
export function ledgerTotal(items: readonly LedgerItem[]): Sums & Readonly<{ missing: number; devicesWithGaps: number }> {
  const total = { received: 0, stored: 0, rejected: 0, duplicate: 0, quarantined: 0, inFlight: 0, missing: 0, devicesWithGaps: 0 };
  for (const item of items) {
    total.received += item.received;
    total.stored += item.stored;
    total.rejected += item.rejected;
    total.duplicate += item.duplicate;
    total.quarantined += item.quarantined;
    total.inFlight += item.inFlight;
    total.missing += missingOf(item);
    total.devicesWithGaps += item.gaps.length > 0 ? 1 : 0;
  }
  return total;
}

/** Sequence numbers of a device that never came. */
export function missingOf({ gaps }: Pick<LedgerItem, 'gaps'>): number {
  return gaps.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0);
}
