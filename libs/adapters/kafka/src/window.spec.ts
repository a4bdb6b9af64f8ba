import { TOPICS } from '@anlan/contracts';
import fc from 'fast-check';
import { windowAt } from './window.js';

const rowsFrom = (
  offset: number,
  count: number,
  size = 10,
): { rows: { offset: number; at: number; key: string; value: string }[]; next: number } => ({
  rows: Array.from({ length: count }, (_, i) => ({ offset: offset + i, at: 0, key: '', value: 'x'.repeat(size) })),
  next: offset + count,
});
const open = (offset: number): ReturnType<typeof windowAt> => windowAt({ topic: TOPICS.readings, partition: 0, offset }, 0);

describe('window', () => {
  test('a reader that takes what is there misses nothing and gets nothing twice, whatever is fetched again in between', () => {
    const step = fc.oneof(
      fc.record({ fetch: fc.nat(50), back: fc.nat(20), size: fc.constantFrom(1, 5_000) }),
      fc.record({ take: fc.integer({ min: 1, max: 40 }) }),
    );
    fc.assert(
      fc.property(fc.nat(1_000), fc.array(step, { maxLength: 60 }), (first, steps) => {
        const window = open(first);
        let at = first;
        for (const one of steps)
          if ('take' in one) {
            expect(window.covers(at)).toBe(true);
            const taken = window.take(at, one.take);
            expect(taken.map(({ offset }) => offset)).toEqual(taken.map((_, i) => at + i));
            expect(taken).toHaveLength(Math.min(one.take, window.next() - at));
            at += taken.length;
          } else window.add(rowsFrom(Math.max(first, window.next() - one.back), one.fetch, one.size));
      }),
    );
  });

  test('V1: what is ahead is bounded; reading makes room', () => {
    const window = open(0);
    while (!window.full()) window.add(rowsFrom(window.next(), 10, 10_000));
    expect(window.next()).toBeLessThan(130);
    window.take(100, 1);
    expect(window.full()).toBe(false);
  });

  test('V2: what is behind is kept for a second reader close by, and no further', () => {
    const window = open(0);
    for (let at = 0; at < 1_000; at += 10) {
      window.add(rowsFrom(at, 10, 10_000));
      window.take(at + 10, 10);
    }
    expect([window.covers(0), window.covers(980), window.covers(1_000), window.covers(1_001)]).toEqual([false, true, true, false]);
  });

  test('offsets may have holes: a waiter is woken by the next record, not by the next offset', () => {
    const window = open(5);
    let woken = 0;
    window.wait({ offset: 5, wake: () => woken++ });
    window.add({ rows: [], next: 9 });
    expect(woken).toBe(0);
    window.add({ rows: [{ offset: 12, at: 0, key: '', value: '' }], next: 13 });
    expect(woken).toBe(1);
    expect(window.take(5, 10).map(({ offset }) => offset)).toEqual([12]);
  });
});
