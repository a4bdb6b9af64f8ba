import type { Quality, Reading } from '@anlan/contracts';
import fc from 'fast-check';
import { type RowOutcome, type Series, type SeriesRow, SeriesUnavailable } from '../series.js';

/** One series under test. `reopen` opens it again on what is durable; for series that live in memory, the same one. */
export type SeriesHarness = Readonly<{ series: Series; reopen(): Promise<Series>; dispose(): Promise<void> }>;

const T0 = 1_800_000_000_000;
const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER };
type Shape = Readonly<{ p?: string; t: number; v: number; q?: Quality; tDevice?: number; o: number; i?: number }>;
const row = ({ p = 'p1', t, v, q = 'good', tDevice, o, i = 0 }: Shape): SeriesRow => {
  const reading: Reading = { pointId: p, t: T0 + t, v, q, ...(tDevice === undefined ? {} : { tDevice: T0 + tDevice }) };
  return { reading, origin: `0:${o}:${i}`, receivedAt: T0 + t + 250 };
};

/** What every `Series` promises (T1 to T3), to be run by each adapter's spec. */
export function seriesContract(name: string, make: () => Promise<SeriesHarness>): void {
  describe(`${name} keeps the promises of Series`, () => {
    let harness: SeriesHarness;
    let series: Series;
    beforeEach(async () => {
      harness = await make();
      series = harness.series;
    });
    afterEach(() => harness.dispose());
    const values = async (p = 'p1'): Promise<readonly (readonly [number, number])[]> =>
      (await series.read(p, ALL, 10_000)).map(({ t, v }) => [t - T0, v]);

    test('an unknown point has nothing', async () => {
      expect(await series.read('none', ALL, 10)).toEqual([]);
      expect(await series.buckets('none', ALL, 1_000, 10)).toEqual([]);
      expect(await series.newest(['none'])).toEqual([]);
      expect(await series.conflicts('none', ALL, 10)).toEqual([]);
      expect(await series.write([])).toEqual([]);
    });

    test('T3: what was written is readable, oldest first, and durable', async () => {
      const rows = [row({ t: 20, v: -0.5, o: 0 }), row({ t: 10, v: 1e-300, q: 'uncertain', o: 1 }), row({ p: '井-1', t: 10, v: 3, o: 2 })];
      expect(await series.write(rows)).toEqual(['stored', 'stored', 'stored']);
      const expected = [
        { t: T0 + 10, v: 1e-300, q: 'uncertain' },
        { t: T0 + 20, v: -0.5, q: 'good' },
      ];
      expect(await series.read('p1', ALL, 10)).toEqual(expected);
      series = await harness.reopen();
      expect(await series.read('p1', ALL, 10)).toEqual(expected);
      expect(await values('井-1')).toEqual([[10, 3]]);
    });

    test('T1: the first value stands, whatever comes later and in whatever quality', async () => {
      expect(await series.write([row({ t: 0, v: 5, q: 'bad', o: 0 })])).toEqual(['stored']);
      expect(await series.write([row({ t: 0, v: 6, o: 1 }), row({ t: 0, v: 5, q: 'good', o: 2 })])).toEqual(['conflict', 'duplicate']);
      expect(await series.read('p1', ALL, 10)).toEqual([{ t: T0, v: 5, q: 'bad' }]);
      expect(await series.conflicts('p1', ALL, 10)).toEqual([{ pointId: 'p1', t: T0, kept: 5, refused: 6, receivedAt: T0 + 250 }]);
    });

    test('T1: also within one batch, and in its order', async () => {
      expect(
        await series.write([
          row({ t: 0, v: 1, o: 0, i: 0 }),
          row({ t: 0, v: 2, o: 0, i: 1 }),
          row({ t: 0, v: 1, o: 0, i: 2 }),
          row({ t: 1, v: 9, o: 0, i: 3 }),
        ]),
      ).toEqual(['stored', 'conflict', 'duplicate', 'stored']);
      expect(await values()).toEqual([
        [0, 1],
        [1, 9],
      ]);
    });

    test('T2: a repeat of the same records has the same outcomes and leaves the same rows, also after a reopen', async () => {
      const rows = [
        row({ t: 0, v: 1, o: 0 }),
        row({ t: 0, v: 2, o: 1 }),
        row({ t: 0, v: 1, o: 2 }),
        row({ t: 5, v: 3, o: 3 }),
        row({ t: 9, tDevice: 99, v: 4, o: 4 }),
        row({ t: 9, tDevice: 99, v: 5, o: 5 }),
      ];
      const outcomes: readonly RowOutcome[] = ['stored', 'conflict', 'duplicate', 'stored', 'stored', 'conflict'];
      expect(await series.write(rows)).toEqual(outcomes);
      expect(await series.write(rows)).toEqual(outcomes);
      series = await harness.reopen();
      expect(await series.write(rows.slice(1))).toEqual(outcomes.slice(1));
      expect(await values()).toEqual([
        [0, 1],
        [5, 3],
        [9, 4],
      ]);
      expect(await series.conflicts('p1', ALL, 10)).toHaveLength(2);
    });

    test('T1: readings moved to their arrival are told apart, and recognised, by the time of the device', async () => {
      // Two readings of a device whose clock is ahead arrive at 100; then one that arrives at 100 by right.
      const rows = [
        row({ t: 100, tDevice: 90_000, v: 1, o: 0, i: 0 }),
        row({ t: 100, tDevice: 91_000, v: 2, o: 0, i: 1 }),
        row({ t: 100, v: 3, o: 1 }),
      ];
      expect(await series.write(rows)).toEqual(['stored', 'stored', 'stored']);
      // Sent again later, when its clock no longer looks ahead: the same device time.
      expect(await series.write([row({ t: 90_000, v: 1, o: 2 }), row({ t: 91_000, v: 8, o: 3 })])).toEqual(['duplicate', 'conflict']);
      // And the other way round.
      await series.write([row({ t: 95_000, v: 7, o: 4 })]);
      expect(await series.write([row({ t: 200, tDevice: 95_000, v: 7, o: 5 })])).toEqual(['duplicate']);
      expect(await values()).toEqual([
        [100, 3],
        [100, 1],
        [100, 2],
        [95_000, 7],
      ]);
    });

    test('pages: `to` is exclusive, `after` goes on, samples of one time stay on one page', async () => {
      await series.write([0, 1, 2, 3, 4].map((t) => row({ t, v: t, o: t })));
      await series.write([row({ t: 2, tDevice: 70_000, v: 22, o: 9 })]);
      const page = async (limit: number, after?: number): Promise<readonly number[]> =>
        (await series.read('p1', { from: T0 + 1, to: T0 + 4 }, limit, after === undefined ? undefined : T0 + after)).map(({ v }) => v);
      expect(await page(10)).toEqual([1, 2, 22, 3]);
      expect(await page(1)).toEqual([1]);
      expect(await page(2)).toEqual([1, 2, 22]);
      expect(await page(2, 2)).toEqual([3]);
      expect(await page(2, -5)).toEqual([1, 2, 22]);
    });

    test('newest: the largest event time of each point that has one', async () => {
      await series.write([row({ t: 50, v: 5, o: 0 }), row({ t: 40, v: 4, o: 1 }), row({ p: 'p2', t: 1, v: 9, q: 'maintenance', o: 2 })]);
      expect(await series.newest(['p2', 'none', 'p1'])).toEqual([
        { pointId: 'p2', t: T0 + 1, v: 9, q: 'maintenance', receivedAt: T0 + 251 },
        { pointId: 'p1', t: T0 + 50, v: 5, q: 'good', receivedAt: T0 + 300 },
      ]);
    });

    test('buckets are aligned to 1970, without the empty ones and without bad and maintenance readings', async () => {
      const rows = [
        row({ t: 0, v: 1, o: 0 }),
        row({ t: 999, v: 3, q: 'uncertain', o: 1 }),
        row({ t: 500, v: 99, q: 'bad', o: 2 }),
        row({ t: 3_000, v: 7, o: 3 }),
        row({ t: 5_000, v: 8, q: 'maintenance', o: 4 }),
        row({ t: 6_500, v: 4, o: 5 }),
      ];
      await series.write(rows);
      const first = { t: T0, min: 1, max: 3, mean: 2, count: 2 };
      const second = { t: T0 + 3_000, min: 7, max: 7, mean: 7, count: 1 };
      expect(await series.buckets('p1', { from: T0, to: T0 + 6_500 }, 1_000, 10)).toEqual([first, second]);
      expect(await series.buckets('p1', ALL, 1_000, 2)).toEqual([first, second]);
      expect((await series.buckets('p1', { from: T0 + 6_100, to: T0 + 7_000 }, 1_000, 2)).map(({ t }) => t)).toEqual([T0 + 6_000]);
    });

    test('buckets before 1970 lie where they should', async () => {
      await series.write([row({ t: -T0 - 1, v: 1, o: 0 }), row({ t: -T0, v: 2, o: 1 })]);
      expect((await series.buckets('p1', { from: -5_000, to: 5_000 }, 1_000, 10)).map(({ t, max }) => [t, max])).toEqual([
        [-1_000, 1],
        [0, 2],
      ]);
    });

    test('expire removes by event time, with what belongs to it', async () => {
      await series.write([
        row({ t: 0, v: 1, o: 0 }),
        row({ t: 0, v: 2, o: 1 }),
        row({ t: 10, v: 3, o: 2 }),
        row({ p: 'p2', t: 5, tDevice: 60_000, v: 4, o: 3 }),
      ]);
      expect(await series.expire(T0 + 10)).toBe(2);
      expect(await values()).toEqual([[10, 3]]);
      expect(await series.conflicts('p1', ALL, 10)).toEqual([]);
      expect(await series.expire(T0 + 10)).toBe(0);
      expect(await series.write([row({ p: 'p2', t: 6, tDevice: 60_000, v: 5, o: 4 })])).toEqual(['stored']);
    });

    test('expire removes all of it, however much', async () => {
      await series.write(Array.from({ length: 12_000 }, (_, t) => row({ p: `p${t % 3}`, t, v: t, o: t })));
      expect(await series.expire(T0 + 11_000)).toBe(11_000);
      expect((await Promise.all(['p0', 'p1', 'p2'].map((p) => values(p)))).flat()).toHaveLength(1_000);
    });

    test('after close a write is refused', async () => {
      await series.close();
      await expect(series.write([row({ t: 0, v: 1, o: 0 })])).rejects.toThrow(SeriesUnavailable);
    });

    test('T1, T2 against a naive model, for random batches sent more than once', async () => {
      const shape = fc.record({
        p: fc.constantFrom('p1', 'p2'),
        t: fc.nat(6),
        v: fc.nat(2),
        moved: fc.option(fc.nat(6), { nil: undefined }),
      });
      const run = async (
        batches: readonly (readonly Readonly<{ p: string; t: number; v: number; moved: number | undefined }>[])[],
      ): Promise<void> => {
        const mine = await make();
        const first = new Map<string, Readonly<{ v: number; origin: string }>>();
        for (const [o, batch] of batches.entries()) {
          const rows = batch.map(({ p, t, v, moved }, i) =>
            row({ p, v, o, i, t: moved ?? t, ...(moved === undefined ? {} : { tDevice: t }) }),
          );
          const expected = rows.map(({ reading, origin }): RowOutcome => {
            const key = `${reading.pointId}/${reading.tDevice ?? reading.t}`;
            const before = first.get(key);
            if (before === undefined) first.set(key, { v: reading.v, origin });
            return before === undefined || before.origin === origin ? 'stored' : before.v === reading.v ? 'duplicate' : 'conflict';
          });
          expect(await mine.series.write(rows)).toEqual(expected);
          expect(await mine.series.write(rows)).toEqual(expected);
        }
        const stored = (await Promise.all(['p1', 'p2'].map((p) => mine.series.read(p, ALL, 1_000)))).flat();
        expect(stored.map(({ v }) => v).sort()).toEqual([...first.values()].map(({ v }) => v).sort());
        await mine.dispose();
      };
      await fc.assert(fc.asyncProperty(fc.array(fc.array(shape, { minLength: 1, maxLength: 60 }), { maxLength: 6 }), run), { numRuns: 40 });
    });
  });
}
