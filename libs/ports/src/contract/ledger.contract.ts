import { type LedgerCounts, NO_COUNTS } from '@anlan/contracts';
import type { Ledger, LedgerEntry } from '../ledger.js';

/** One ledger under test. `reopen` opens it again on what is durable; for ledgers that live in memory, the same one. */
export type LedgerHarness = Readonly<{ ledger: Ledger; reopen(): Promise<Ledger>; dispose(): Promise<void> }>;

const H = 3_600_000;
const entry = (deviceId: string, hour: number, counts: Partial<LedgerCounts>, rest: Partial<LedgerEntry> = {}): LedgerEntry => ({
  deviceId,
  hour: hour * H,
  counts: { ...NO_COUNTS, ...counts },
  ...rest,
});
const numbered = (seq: number, newestT: number): LedgerEntry => entry('d1', 1, { received: 1, stored: 1 }, { seq, newestT });

/** What every `Ledger` promises (G1), to be run by each adapter's spec. */
export function ledgerContract(name: string, make: () => Promise<LedgerHarness>): void {
  describe(`${name} keeps the promises of Ledger`, () => {
    let harness: LedgerHarness;
    let ledger: Ledger;
    beforeEach(async () => {
      harness = await make();
      ledger = harness.ledger;
    });
    afterEach(() => harness.dispose());

    test('an empty ledger', async () => {
      expect(await ledger.position(0)).toBe(0);
      expect(await ledger.items(0, 10 * H)).toEqual([]);
      expect(await ledger.gaps('d1')).toEqual([]);
    });

    test('G1: a record is counted once, however often it is applied', async () => {
      const entries = [
        entry('d1', 1, { received: 3, stored: 2, rejected: 1 }),
        entry('d1', 1, { received: 1, duplicate: 1 }),
        entry('d2', 1, { received: 2, quarantined: 2 }),
      ];
      expect(await ledger.apply(0, { from: 0, next: 3 }, entries)).toBe(3);
      expect(await ledger.apply(0, { from: 0, next: 3 }, entries)).toBe(3);
      expect(await ledger.apply(0, { from: 0, next: 2 }, entries)).toBe(3);
      ledger = await harness.reopen();
      expect(await ledger.apply(0, { from: 0, next: 3 }, entries)).toBe(3);
      // A longer batch from the old place, as after an answer that was lost, must not count its first part again.
      expect(await ledger.apply(0, { from: 0, next: 5 }, entries)).toBe(3);
      expect(await ledger.position(0)).toBe(3);
      expect(await ledger.items(0, 10 * H)).toEqual([
        { deviceId: 'd1', received: 4, stored: 2, rejected: 1, duplicate: 1, quarantined: 0, inFlight: 0, gaps: [] },
        { deviceId: 'd2', received: 2, stored: 0, rejected: 0, duplicate: 0, quarantined: 2, inFlight: 0, gaps: [] },
      ]);
    });

    test('G1: positions are one a partition, and move without entries too', async () => {
      await ledger.apply(0, { from: 0, next: 5 }, []);
      await ledger.apply(3, { from: 0, next: 1 }, [entry('d1', 1, { received: 1, stored: 1 })]);
      ledger = await harness.reopen();
      expect(await Promise.all([0, 1, 3].map((partition) => ledger.position(partition)))).toEqual([5, 0, 1]);
    });

    test('items: summed over hours in [from, to), by device, of those asked for', async () => {
      await ledger.apply(0, { from: 0, next: 4 }, [
        entry('b', 1, { received: 1, stored: 1 }),
        entry('b', 2, { received: 2, stored: 2 }),
        entry('a', 2, { received: 4, stored: 4 }),
        entry('c', 3, { received: 8, stored: 8 }),
      ]);
      const received = async (from: number, to: number, ids?: readonly string[]): Promise<readonly unknown[]> =>
        (await ledger.items(from * H, to * H, ids)).map((item) => [item.deviceId, item.received]);
      expect(await received(1, 3)).toEqual([
        ['a', 4],
        ['b', 3],
      ]);
      expect(await received(2, 4, ['c', 'b', 'none', 'c'])).toEqual([
        ['b', 2],
        ['c', 8],
      ]);
      expect(await received(2, 4, [])).toEqual([]);
    });

    test('a retried dead letter moves its count', async () => {
      await ledger.apply(0, { from: 0, next: 1 }, [entry('d1', 1, { received: 2, stored: 1, rejected: 1 })]);
      await ledger.apply(0, { from: 1, next: 2 }, [entry('d1', 1, { stored: 1, rejected: -1 })]);
      expect(await ledger.items(0, 10 * H)).toMatchObject([{ received: 2, stored: 2, rejected: 0 }]);
    });

    test('R-07: gaps open, fill, survive a reopen, and a restarted device begins a new count', async () => {
      await ledger.apply(0, { from: 0, next: 1 }, [numbered(1, 10), numbered(5, 50), numbered(3, 30)]);
      ledger = await harness.reopen();
      expect(await ledger.gaps('d1')).toEqual([
        { fromSeq: 2, toSeq: 2 },
        { fromSeq: 4, toSeq: 4 },
      ]);
      await ledger.apply(0, { from: 1, next: 2 }, [numbered(2, 20), numbered(1, 60), numbered(3, 80)]);
      expect(await ledger.gaps('d1')).toEqual([
        { fromSeq: 4, toSeq: 4 },
        { fromSeq: 2, toSeq: 2 },
      ]);
      await ledger.apply(0, { from: 1, next: 2 }, [numbered(9, 90)]);
      expect((await ledger.items(0, 10 * H))[0]?.gaps).toEqual(await ledger.gaps('d1'));
    });

    test('expire removes whole hours before a time', async () => {
      await ledger.apply(0, { from: 0, next: 1 }, [
        entry('d1', 1, { received: 1, stored: 1 }),
        entry('d1', 2, { received: 2, stored: 2 }),
        entry('d2', 1, { received: 1, stored: 1 }),
      ]);
      expect(await ledger.expire(2 * H)).toBe(2);
      expect((await ledger.items(0, 10 * H)).map(({ deviceId, received }) => [deviceId, received])).toEqual([['d1', 2]]);
      expect(await ledger.position(0)).toBe(1);
    });
  });
}
