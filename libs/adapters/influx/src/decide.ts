import type { Millis } from '@anlan/contracts';
import type { RowOutcome } from '@anlan/ports';
import { MAX_PLACE, canBeWritten, conflictLine, copyLine, movedLine, readingLine } from './line-protocol.js';
import type { Placed } from './origin.js';
import type { TagSet } from './point-tags.js';

/** What stands for a device time of a point; `place`: in the log, of the row that it came with. */
export type Kept = Readonly<{ v: number; place: number }>;
/** A reading that was moved to its arrival: the device's time and its place in the millisecond. */
export type Copy = Kept & Readonly<{ d: Millis; k: number }>;

/** What the store is known to hold, as far as a batch can touch it. Grows while the batch is decided. */
export type Standing = Readonly<{
  /** By device time, of readings that have it by right or were moved away from it. */ byKey: Map<string, Kept>;
  /** Device times of moved readings whose entry by device time is there. */ moved: Set<string>;
  /** By event time: the moved readings there. */ copies: Map<string, Copy[]>;
}>;

export const nothingStanding = (): Standing => ({ byKey: new Map(), moved: new Set(), copies: new Map() });
/** Whatever the id holds, the number after the last line feed is the time. */
export const entryOf = (pointId: string, t: Millis): string => `${pointId}\n${t}`;

export type Decided = Readonly<{ outcome: RowOutcome; /** What is still to be written for it. */ lines: readonly string[] }>;

/**
 * T1 and T2 for a batch, row by row: the first value of (point, device time) stands, a row of the same origin is that first one.
 * Only what is missing is written, so nothing that stands is ever overwritten.
 */
export function decide(rows: readonly Placed[], standing: Standing, tagSet: TagSet): readonly Decided[] {
  return rows.map((row) => decideOne(row, standing, tagSet));
}

function decideOne(each: Placed, standing: Standing, tagSet: TagSet): Decided {
  const { reading } = each.row;
  const moved = each.key !== reading.t;
  const crowded = moved && (standing.copies.get(entryOf(reading.pointId, reading.t))?.length ?? 0) >= MAX_PLACE;
  if (crowded || !canBeWritten(each)) return { outcome: 'refused', lines: [] };
  const entry = entryOf(reading.pointId, each.key);
  const first = standing.byKey.get(entry);
  if (first === undefined) {
    standing.byKey.set(entry, { v: reading.v, place: each.place });
    return { outcome: 'stored', lines: moved ? missingLines(each, standing, tagSet) : [readingLine(each, tagSet)] };
  }
  if (first.place === each.place) return { outcome: 'stored', lines: moved ? missingLines(each, standing, tagSet) : [] };
  if (first.v === reading.v) return { outcome: 'duplicate', lines: [] };
  return { outcome: 'conflict', lines: [conflictLine(each, first.v)] };
}

/** A moved reading is two lines; a crash may have left one of them. */
function missingLines(each: Placed, standing: Standing, tagSet: TagSet): readonly string[] {
  const { row, place, key } = each;
  const at = entryOf(row.reading.pointId, row.reading.t);
  const copies = standing.copies.get(at) ?? [];
  const lines: string[] = [];
  if (!copies.some(({ d }) => d === key)) {
    const taken = new Set(copies.map(({ k }) => k));
    let k = 1;
    while (taken.has(k)) k += 1;
    standing.copies.set(at, [...copies, { v: row.reading.v, place, d: key, k }]);
    lines.push(copyLine(each, k, tagSet));
  }
  const entry = entryOf(row.reading.pointId, key);
  if (!standing.moved.has(entry)) {
    standing.moved.add(entry);
    lines.push(movedLine(each));
  }
  return lines;
}
