import fc from 'fast-check';
import { MAX_SEQ_GAPS, type SeqState, foldSeq, gapsOf } from './seq-gaps.js';
import type { SeqGap } from './ledger.js';

type Message = Readonly<{ seq: number; t?: number }>;
const fold = (messages: readonly Message[]): SeqState => {
  const state = messages.reduce<SeqState | undefined>((before, { seq, t }) => foldSeq(before, seq, t), undefined);
  if (state === undefined) throw new Error('no messages');
  return state;
};
const gapsAfter = (...messages: readonly (readonly [seq: number, t?: number])[]): readonly (readonly [number, number])[] =>
  gapsOf(fold(messages.map(([seq, t]) => (t === undefined ? { seq } : { seq, t })))).map(({ fromSeq, toSeq }) => [fromSeq, toSeq]);
const missing = (gaps: readonly SeqGap[]): ReadonlySet<number> =>
  new Set(gaps.flatMap(({ fromSeq, toSeq }) => Array.from({ length: toSeq - fromSeq + 1 }, (_, i) => fromSeq + i)));

describe('R-07: foldSeq', () => {
  test('numbers without a hole have no gap, wherever they begin', () => {
    expect(gapsAfter([7, 1], [8, 2], [9, 3])).toEqual([]);
  });

  test('a jump opens a gap; what comes later fills it from either side, or splits it', () => {
    expect(gapsAfter([1, 1], [6, 6])).toEqual([[2, 5]]);
    expect(gapsAfter([1, 1], [6, 6], [2, 2])).toEqual([[3, 5]]);
    expect(gapsAfter([1, 1], [6, 6], [5, 5])).toEqual([[2, 4]]);
    expect(gapsAfter([1, 1], [6, 6], [4, 4])).toEqual([
      [2, 3],
      [5, 5],
    ]);
    expect(gapsAfter([1, 1], [6, 6], [2, 2], [4, 4], [3, 3], [5, 5])).toEqual([]);
  });

  test('a number seen before changes nothing', () => {
    expect(
      fold([
        { seq: 1, t: 1 },
        { seq: 3, t: 3 },
        { seq: 3, t: 3 },
        { seq: 1, t: 1 },
      ]),
    ).toEqual(
      fold([
        { seq: 1, t: 1 },
        { seq: 3, t: 3 },
      ]),
    );
  });

  test('ruling 16: a lower number with newer times is a new count; gaps before it stay known', () => {
    expect(gapsAfter([1, 1], [4, 4], [1, 10], [2, 11])).toEqual([[2, 3]]);
    expect(gapsAfter([1, 1], [4, 4], [1, 10], [3, 11])).toEqual([
      [2, 3],
      [2, 2],
    ]);
  });

  test('stragglers of the count before fill its gaps, not those of the new one', () => {
    expect(gapsAfter([1, 1], [4, 4], [1, 10], [5, 14], [2, 2])).toEqual([
      [3, 3],
      [2, 4],
    ]);
    expect(gapsAfter([1, 1], [4, 4], [1, 10], [6, 5])).toEqual([
      [2, 3],
      [5, 5],
    ]);
  });

  test('messages without a time count too', () => {
    expect(gapsAfter([1], [4], [2])).toEqual([[3, 3]]);
  });

  test('in whatever order a count arrives, the gaps are what is missing between its ends', () => {
    const run = (received: readonly number[], order: readonly number[]): void => {
      const shuffled = received.map((seq, i) => ({ seq, rank: order[i] ?? 0 })).sort((a, b) => a.rank - b.rank);
      // The first to arrive is the start of the count: only what is above it can be known to be missing.
      const start = shuffled[0]?.seq ?? 0;
      const expected = Array.from({ length: 60 }, (_, seq) => seq).filter(
        (seq) => seq > start && seq < Math.max(...received) && !received.includes(seq),
      );
      expect([...missing(gapsOf(fold(shuffled.map(({ seq }) => ({ seq, t: seq })))))].sort((a, b) => a - b)).toEqual(expected);
    };
    fc.assert(fc.property(fc.uniqueArray(fc.nat(59), { minLength: 1 }), fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), run));
  });

  test('a mad device costs no more memory, and what is missing is still among the gaps', () => {
    const messages = Array.from({ length: 3 * MAX_SEQ_GAPS }, (_, i) => ({ seq: i * 3 + (i % 2), t: i }));
    const state = fold(messages);
    expect(gapsOf(state).length).toBeLessThanOrEqual(MAX_SEQ_GAPS);
    const seen = new Set(messages.map(({ seq }) => seq));
    const shown = missing(gapsOf(state));
    for (let seq = 1; seq < (messages.at(-1)?.seq ?? 0); seq++) if (!seen.has(seq)) expect(shown.has(seq)).toBe(true);
    const restarts = fold(Array.from({ length: 5_000 }, (_, i) => ({ seq: i % 2 === 0 ? 1 : 9, t: i })));
    expect(gapsOf(restarts).length).toBeLessThanOrEqual(2 * MAX_SEQ_GAPS);
  });
});
