import fc from 'fast-check';
import type { LastValues } from '../last-values.js';
import type { NewestSample } from '../series.js';

/** Last values under test, empty, and a way to lose all of them behind their back. */
export type LastValuesHarness = Readonly<{ values: LastValues; lose(): Promise<void>; dispose(): Promise<void> }>;

const AT = 1_760_000_000_000;
const sample = (pointId: string, t: number, more: Partial<NewestSample> = {}): NewestSample => ({
  pointId,
  t: AT + t,
  v: t / 10,
  q: 'good',
  receivedAt: AT + t + 5,
  ...more,
});

/** The promises of LastValues (V1, V2), to be run by each adapter's spec. */
export function lastValuesContract(name: string, make: () => Promise<LastValuesHarness>): void {
  describe(`LastValues: ${name}`, () => {
    let harness: LastValuesHarness;
    let values: LastValues;
    beforeEach(async () => {
      harness = await make();
      values = harness.values;
    });
    afterEach(() => harness.dispose());

    test('gives back what was put, in the order asked, without the points that are not here', async () => {
      const odd = sample('井.ch4', 2, { v: -1.7976931348623157e308, q: 'maintenance' });
      await values.put([sample('p1', 1), odd, sample('p3', 1, { v: 0.1 + 0.2, q: 'uncertain' })]);
      expect(await values.newest(['p3', 'none', '井.ch4', 'p1'])).toEqual([
        sample('p3', 1, { v: 0.30000000000000004, q: 'uncertain' }),
        odd,
        sample('p1', 1),
      ]);
      expect(await values.newest([])).toEqual([]);
      await values.put([]);
    });

    test('V1: an older sample never replaces a newer one, and of two of the same time the first stands', async () => {
      await values.put([sample('p1', 5), sample('p1', 4), sample('p1', 5, { v: 99 })]);
      await values.put([sample('p1', 3), sample('p1', 5, { v: 98 })]);
      expect(await values.newest(['p1'])).toEqual([sample('p1', 5)]);
      await values.put([sample('p1', 6)]);
      expect(await values.newest(['p1'])).toEqual([sample('p1', 6)]);
    });

    test('V2: all of it may be lost, and it goes on from nothing', async () => {
      await values.put([sample('p1', 5)]);
      await harness.lose();
      expect(await values.newest(['p1'])).toEqual([]);
      await values.put([sample('p1', 4)]);
      expect(await values.newest(['p1'])).toEqual([sample('p1', 4)]);
    });

    test('thousands at once', async () => {
      const many = Array.from({ length: 2_345 }, (_, i) => sample(`m${i}`, i));
      await values.put(many);
      expect(await values.newest(many.map(({ pointId }) => pointId))).toEqual(many);
    });

    test('V1 against a map, for random batches', async () => {
      let runs = 0;
      const batch = fc.array(
        fc.record({
          point: fc.constantFrom('a', 'b'),
          t: fc.integer({ min: -3, max: 3 }),
          v: fc.double({ noNaN: true, noDefaultInfinity: true }),
        }),
        { maxLength: 5 },
      );
      const run = async (batches: readonly (readonly Readonly<{ point: string; t: number; v: number }>[])[]): Promise<void> => {
        runs += 1;
        const model = new Map<string, NewestSample>();
        for (const each of batches) {
          // Zero has one sign here: a reading does not tell them apart.
          const samples = each.map(({ point, t, v }) => sample(`${runs}.${point}`, t, { v: v === 0 ? 0 : v }));
          await values.put(samples);
          for (const one of samples) if (one.t > (model.get(one.pointId)?.t ?? -Infinity)) model.set(one.pointId, one);
        }
        expect(await values.newest([`${runs}.a`, `${runs}.b`])).toEqual([`${runs}.a`, `${runs}.b`].flatMap((id) => model.get(id) ?? []));
      };
      await fc.assert(fc.asyncProperty(fc.array(batch, { maxLength: 5 }), run), { numRuns: 40 });
    });
  });
}
