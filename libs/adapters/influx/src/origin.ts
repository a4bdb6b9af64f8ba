import { type Millis, repeatKeyTime } from '@anlan/contracts';
import type { SeriesRow } from '@anlan/ports';

/** A row with what follows from it, worked out once. */
export type Placed = Readonly<{
  row: SeriesRow;
  partition: number;
  offset: number;
  /**
   * Place in the partition as one number: a whole number costs the store less than half of what a string does. A point's readings are
   * all in one partition, so the partition is left out.
   */
  place: number;
  /** The device's own time, by which repeats are known. */ key: Millis;
}>;

/** Readings of one log record are far fewer. */
const INDEXES = 4_096;
const MAX_OFFSET = Math.floor(Number.MAX_SAFE_INTEGER / INDEXES) - 1;

/** Reads the origin, `partition:offset:index`. Anything else is a mistake of the caller. */
export function placed(row: SeriesRow): Placed {
  const { origin, reading } = row;
  const first = origin.indexOf(':');
  const second = origin.indexOf(':', first + 1);
  const partition = first > 0 ? Number(origin.slice(0, first)) : Number.NaN;
  const offset = second > first + 1 ? Number(origin.slice(first + 1, second)) : Number.NaN;
  const index = second > 0 && second < origin.length - 1 ? Number(origin.slice(second + 1)) : Number.NaN;
  if (!(isCount(partition, MAX_OFFSET) && isCount(offset, MAX_OFFSET) && isCount(index, INDEXES)))
    throw new RangeError(`${origin} is no place in the log`);
  return { row, partition, offset, place: offset * INDEXES + index, key: repeatKeyTime(reading) };
}

function isCount(value: number, below: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < below;
}
