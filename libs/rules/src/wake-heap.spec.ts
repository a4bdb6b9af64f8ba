import fc from 'fast-check';
import { NOWHERE, wakeHeap, type Waking } from './wake-heap.js';

type One = Waking & Readonly<{ id: number }>;
const ones = (count: number): One[] => Array.from({ length: count }, (_, id) => ({ id, place: NOWHERE }));

test('a heap gives out what is due, each once, and keeps the rest', () => {
  const count = 12;
  const puts = fc.array(fc.tuple(fc.integer({ min: 0, max: count - 1 }), fc.integer({ min: 0, max: 40 })), { maxLength: 60 });
  fc.assert(
    fc.property(puts, fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 5 }), (entries, times) => {
      const heap = wakeHeap<One>();
      const all = ones(count);
      const model = new Map<number, number>();
      for (const [id, due] of entries) {
        heap.put(all[id]!, due);
        model.set(id, Math.min(due, model.get(id) ?? Infinity));
      }
      for (const at of [...times, Infinity]) {
        const want = [...model].filter(([, due]) => due < at).sort(([, a], [, b]) => a - b);
        const got = heap.takeBefore(at);
        expect(got.map(({ id }) => model.get(id))).toEqual(want.map(([, due]) => due));
        expect(new Set(got.map(({ id }) => id))).toEqual(new Set(want.map(([id]) => id)));
        expect(got.every(({ place }) => place === NOWHERE)).toBe(true);
        for (const [id] of want) model.delete(id);
        expect(heap.size()).toBe(model.size);
      }
    }),
  );
});

test('one that is put again is still there once, however often', () => {
  const heap = wakeHeap<One>();
  const [one] = ones(1);
  for (let due = 1_000; due > 0; due -= 1) heap.put(one!, due);
  for (let due = 0; due < 1_000; due += 1) heap.put(one!, due);
  expect(heap.size()).toBe(1);
  expect(heap.takeBefore(1)).toEqual([one]);
});
