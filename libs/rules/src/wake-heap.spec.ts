import fc from 'fast-check';
import { wakeHeap } from './wake-heap.js';

test('takes exactly what is due before a time, whatever the order of pushes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 5 }), (dues, looks) => {
      const heap = wakeHeap();
      const left = new Map(dues.map((due, i) => [`${i}`, due]));
      for (const [id, due] of left) heap.push(due, id);
      for (const at of [...looks, 100]) {
        const want = [...left].filter(([, due]) => due < at).map(([id]) => id);
        expect([...heap.takeBefore(at)].sort()).toEqual(want.sort());
        for (const id of want) left.delete(id);
        expect(heap.size()).toBe(left.size);
      }
    }),
  );
});
