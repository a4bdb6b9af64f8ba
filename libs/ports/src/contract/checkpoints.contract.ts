import fc from 'fast-check';
import { type CheckpointDelta, type Checkpoints, Fenced } from '../checkpoints.js';

/** One checkpoint store under test. `reopen` opens it again on what is durable; for stores that live in memory, the same one. */
export type CheckpointsHarness = Readonly<{ checkpoints: Checkpoints; reopen(): Promise<Checkpoints>; dispose(): Promise<void> }>;

const delta = (put: Readonly<Record<string, string>>, drop: readonly string[] = []): CheckpointDelta => ({
  put: new Map(Object.entries(put)),
  drop,
});

/** What every `Checkpoints` promises (C1, C2; C3 needs a disk and is in the adapter's own spec), to be run by each adapter's spec. */
export function checkpointsContract(name: string, make: () => Promise<CheckpointsHarness>): void {
  describe(`${name} keeps the promises of Checkpoints`, () => {
    let harness: CheckpointsHarness;
    let checkpoints: Checkpoints;
    beforeEach(async () => {
      harness = await make();
      checkpoints = harness.checkpoints;
    });
    afterEach(() => harness.dispose());

    test('a new owner begins at offset 0, epoch 1, without entries', async () => {
      expect(await checkpoints.open('rules', 0)).toEqual({ epoch: 1, nextOffset: 0, entries: new Map() });
    });

    test('C1: offset and entries are kept together, over a reopen; entries not named stay', async () => {
      const { epoch } = await checkpoints.open('rules', 0);
      await checkpoints.save('rules', 0, epoch, 10, delta({ a: '1', b: '2', 井: '{"x":"\\u0000"}' }));
      await checkpoints.save('rules', 0, epoch, 20, delta({ b: '3' }, ['a', 'none']));
      checkpoints = await harness.reopen();
      expect(await checkpoints.open('rules', 0)).toEqual({
        epoch: 2,
        nextOffset: 20,
        entries: new Map([
          ['b', '3'],
          ['井', '{"x":"\\u0000"}'],
        ]),
      });
    });

    test('C1: owners and partitions are apart', async () => {
      for (const [owner, partition] of [
        ['rules', 0],
        ['rules', 1],
        ['other', 0],
      ] as const) {
        const { epoch } = await checkpoints.open(owner, partition);
        await checkpoints.save(owner, partition, epoch, partition + 5, delta({ k: `${owner}${partition}` }));
      }
      expect(await checkpoints.open('rules', 1)).toMatchObject({ nextOffset: 6, entries: new Map([['k', 'rules1']]) });
      expect(await checkpoints.open('other', 0)).toMatchObject({ nextOffset: 5, entries: new Map([['k', 'other0']]) });
    });

    test('C2, R-10: the one that was replaced is fenced and changes nothing', async () => {
      const old = await checkpoints.open('rules', 0);
      await checkpoints.save('rules', 0, old.epoch, 10, delta({ a: '1' }));
      const young = await checkpoints.open('rules', 0);
      expect(young.epoch).toBeGreaterThan(old.epoch);
      await expect(checkpoints.save('rules', 0, old.epoch, 99, delta({ a: 'x', b: 'y' }, ['a']))).rejects.toThrow(Fenced);
      await checkpoints.save('rules', 0, young.epoch, 11, delta({}));
      expect(await checkpoints.open('rules', 0)).toMatchObject({ nextOffset: 11, entries: new Map([['a', '1']]) });
    });

    test('C2: who never opened is fenced', async () => {
      await expect(checkpoints.save('rules', 0, 1, 1, delta({ a: '1' }))).rejects.toThrow(Fenced);
    });

    test('what was opened does not change under its reader', async () => {
      const opened = await checkpoints.open('rules', 0);
      await checkpoints.save('rules', 0, opened.epoch, 1, delta({ a: '1' }));
      expect(opened.entries.size).toBe(0);
    });

    test('C1 against a map, for random deltas', async () => {
      const key = fc.constantFrom('a', 'b', 'c', 'd');
      const change = fc.record({ put: fc.dictionary(key, fc.string()), drop: fc.array(key, { maxLength: 2 }), again: fc.boolean() });
      let runs = 0;
      const run = async (changes: readonly Readonly<{ put: Record<string, string>; drop: string[]; again: boolean }>[]): Promise<void> => {
        const owner = `o${(runs += 1)}`;
        const model = new Map<string, string>();
        let { epoch } = await checkpoints.open(owner, 0);
        for (const [n, { put, drop, again }] of changes.entries()) {
          const dropped = drop.filter((name) => !(name in put));
          await checkpoints.save(owner, 0, epoch, n + 1, delta(put, dropped));
          for (const [name, value] of Object.entries(put)) model.set(name, value);
          for (const name of dropped) model.delete(name);
          if (again) ({ epoch } = await checkpoints.open(owner, 0));
        }
        const { nextOffset, entries } = await checkpoints.open(owner, 0);
        expect([nextOffset, new Map([...entries].sort())]).toEqual([changes.length, new Map([...model].sort())]);
      };
      await fc.assert(fc.asyncProperty(fc.array(change, { maxLength: 8 }), run), { numRuns: 30 });
    });
  });
}
