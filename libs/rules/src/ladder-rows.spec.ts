import fc from 'fast-check';
import { judge } from './ladder.js';
import { judgeRow, ladderRows } from './ladder-rows.js';
import { compileLadder } from './ladder-rule.js';
import { QUIET, type Ladder } from './ladder-state.js';
import { levelOf } from './testing/bench.js';

const rule = compileLadder({
  side: 'high',
  levels: [
    levelOf('blue', 1, { onCount: 2, deadband: 0.5 }),
    levelOf('yellow', 2, { onDelayMs: 20, offDelayMs: 30 }),
    levelOf('orange', 3, { offCount: 3 }),
    levelOf('red', 4),
  ],
});
const sample = fc.record({
  v: fc.integer({ min: 0, max: 20 }).map((v) => v / 4),
  certain: fc.boolean(),
  broken: fc.boolean(),
  pausedMs: fc.constantFrom(0, 5),
  edited: fc.boolean(),
});

test('L1 a ladder at rest does what a ladder in plain data does, beside others and after growing', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), sample), { maxLength: 80 }), (moves) => {
      const rows = ladderRows();
      for (let i = 0; i < 90; i += 1) rows.take();
      const mine = [rows.take(), rows.take(), rows.take()];
      const plain: Ladder[] = [QUIET, QUIET, QUIET];
      moves.forEach(([who, at], i) => {
        const full = { ...at, t: 1_760_000_000_000 + 10 * i };
        plain[who] = judge(rule, plain[who]!, full);
        judgeRow(rows, mine[who]!, { rule, sample: full });
        for (let k = 0; k < 70; k += 1) rows.take();
        expect(mine.map((row) => rows.read(row))).toEqual(plain);
      });
    }),
  );
});

test('a row that was freed is calm when it is taken again', () => {
  const rows = ladderRows();
  const row = rows.take();
  rows.write(row, { ...QUIET, process: 'active', level: 4, raised: 8, n: 7, t0: 1, peak: 4, peakValue: 5, changedAt: 1, value: 5 });
  rows.free(row);
  expect(rows.take()).toBe(row);
  expect(rows.read(row)).toBe(QUIET);
  expect(rows.traits(row)).toBe(0);
});
