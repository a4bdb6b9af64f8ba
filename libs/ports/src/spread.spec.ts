import fc from 'fast-check';
import { spread, withoutHeldByOthers } from './spread.js';

const holdings = (partitions: number): fc.Arbitrary<ReadonlyMap<string, readonly number[]>> =>
  fc
    .dictionary(fc.string({ minLength: 1, maxLength: 3 }), fc.array(fc.nat(partitions + 2)), { maxKeys: 6, noNullPrototype: true })
    .map((found) => new Map(Object.entries(found)));
const ofCity = fc.nat(20).chain((partitions) => fc.tuple(fc.constant(partitions), holdings(partitions)));

describe('spread', () => {
  test('H1: every partition goes to exactly one member, evenly', () => {
    fc.assert(
      fc.property(ofCity, ([partitions, held]) => {
        const sizes = [...spread(partitions, held).values()].map(({ length }) => length);
        const all = [...spread(partitions, held).values()].flat().sort((a, b) => a - b);
        expect(all).toEqual(held.size === 0 ? [] : Array.from({ length: partitions }, (_, i) => i));
        if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('what came out is not changed by spreading it again, in whatever order members stand', () => {
    fc.assert(
      fc.property(ofCity, ([partitions, held]) => {
        const once = spread(partitions, held);
        expect(new Map([...spread(partitions, new Map([...once].reverse()))].sort())).toEqual(new Map([...once].sort()));
      }),
    );
  });

  test('a member that joins takes only its share; one that leaves gives only its own', () => {
    const two = spread(
      12,
      new Map([
        ['a', spread(12, new Map([['a', []]])).get('a') ?? []],
        ['b', []],
      ]),
    );
    expect([...two]).toEqual([
      ['a', [0, 1, 2, 3, 4, 5]],
      ['b', [6, 7, 8, 9, 10, 11]],
    ]);
    const four = spread(12, new Map([...two, ['c', []], ['d', []]]));
    expect([...four].map(([id, share]) => [id, share.length])).toEqual([
      ['a', 3],
      ['b', 3],
      ['c', 3],
      ['d', 3],
    ]);
    expect(four.get('a')).toEqual([0, 1, 2]);
    const three = spread(12, new Map([...four].filter(([id]) => id !== 'd')));
    expect(three.get('a')?.slice(0, 3)).toEqual([0, 1, 2]);
  });

  test('H2: nobody gets what another still holds', () => {
    fc.assert(
      fc.property(ofCity, ([partitions, held]) => {
        const now = withoutHeldByOthers(spread(partitions, held), held);
        for (const [id, share] of now)
          for (const partition of share)
            for (const [other, theirs] of held)
              if (other !== id && !held.get(id)?.includes(partition)) expect(theirs).not.toContain(partition);
      }),
    );
  });
});
