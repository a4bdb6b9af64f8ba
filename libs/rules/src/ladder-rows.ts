/**
 * Ladders at rest, in flat memory: a row of numbers each, so that a hundred thousand states cost neither objects nor the collector's time.
 * A row is nothing but the packed form of a `Ladder`: `read` gives back what `write` took.
 */
import { isStill, judge } from './ladder.js';
import type { LadderRule } from './ladder-rule.js';
import { hasRuns, NO_RUNS, processIn, QUIET, raisedIn, traitsOf, type Ladder, type Sample, type Traits } from './ladder-state.js';

export type LadderRows = Readonly<{
  /** A row for a calm ladder. */
  take(): number;
  free(row: number): void;
  traits(row: number): Traits;
  read(row: number): Ladder;
  write(row: number, ladder: Ladder): void;
}>;

const STEPS = 4;
/** Times and values of a row: t0, peakValue, changedAt, value, and `since` of each step. */
const FIELDS = 4 + STEPS;
const FIRST_ROWS = 64;
/** Enough not to grow often, little enough not to waste. */
const GROWTH = 1.25;
/** Above the traits (see `Traits`): level, peak, edit. */
const TRAIT_BITS = 0b1111111;
const LEVEL_SHIFT = 7;
const PEAK_SHIFT = 10;
const RANK_BITS = 0b111;
const EDIT_BIT = 1 << 13;

export function ladderRows(): LadderRows {
  let marks = new Uint16Array(FIRST_ROWS);
  let episodes = new Uint32Array(FIRST_ROWS);
  let counts = new Uint16Array(FIRST_ROWS * STEPS);
  let numbers = new Float64Array(FIRST_ROWS * FIELDS);
  let rows = 0;
  const freed: number[] = [];

  const grow = (): void => {
    const room = Math.ceil(marks.length * GROWTH);
    marks = enlarged(marks, new Uint16Array(room));
    episodes = enlarged(episodes, new Uint32Array(room));
    counts = enlarged(counts, new Uint16Array(room * STEPS));
    numbers = enlarged(numbers, new Float64Array(room * FIELDS));
  };
  const runsOf = (row: number): readonly number[] => {
    const runs: number[] = [];
    for (let i = 0; i < STEPS; i += 1) runs.push(numbers[row * FIELDS + 4 + i] ?? 0, counts[row * STEPS + i] ?? 0);
    return runs;
  };

  return {
    take() {
      const again = freed.pop();
      if (again !== undefined) return again;
      if (rows === marks.length) grow();
      return rows++;
    },
    free(row) {
      marks[row] = 0;
      episodes[row] = 0;
      freed.push(row);
    },
    traits: (row) => (marks[row] ?? 0) & TRAIT_BITS,
    read(row) {
      const mark = marks[row] ?? 0;
      const n = episodes[row] ?? 0;
      if (n === 0) return QUIET;
      const at = row * FIELDS;
      return {
        process: processIn(mark),
        level: (mark >> LEVEL_SHIFT) & RANK_BITS,
        raised: raisedIn(mark),
        runs: hasRuns(mark) ? runsOf(row) : NO_RUNS,
        n,
        t0: numbers[at] ?? 0,
        peak: (mark >> PEAK_SHIFT) & RANK_BITS,
        peakValue: numbers[at + 1] ?? 0,
        changedAt: numbers[at + 2] ?? 0,
        value: numbers[at + 3] ?? 0,
        byEdit: (mark & EDIT_BIT) !== 0,
      };
    },
    write(row, ladder) {
      const { level, peak, byEdit, runs, n, t0, peakValue, changedAt, value } = ladder;
      marks[row] = traitsOf(ladder) | (level << LEVEL_SHIFT) | (peak << PEAK_SHIFT) | (byEdit ? EDIT_BIT : 0);
      episodes[row] = n;
      const at = row * FIELDS;
      numbers[at] = t0;
      numbers[at + 1] = peakValue;
      numbers[at + 2] = changedAt;
      numbers[at + 3] = value;
      if (runs === NO_RUNS) return;
      for (let i = 0; i < STEPS; i += 1) {
        numbers[at + 4 + i] = runs[2 * i] ?? 0;
        counts[row * STEPS + i] = runs[2 * i + 1] ?? 0;
      }
    },
  };
}

function enlarged<A extends Uint16Array | Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** `judge` on a ladder at rest. */
export function judgeRow(rows: LadderRows, row: number, { rule, sample }: Readonly<{ rule: LadderRule; sample: Sample }>): void {
  if (isStill(rule, rows.traits(row), sample)) return;
  const before = rows.read(row);
  const after = judge(rule, before, sample);
  if (after !== before) rows.write(row, after);
}
