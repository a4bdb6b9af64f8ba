import type { LogRecord } from '@anlan/ports';

/** Most that a partition keeps in memory. A consumer that is further behind reads from the file. */
const MOST_RECORDS = 20_000;
const MOST_CHARS = 8 * 1024 * 1024;

/** The newest records of one partition, so that consumers that keep up never touch the disk. */
export type LogTail = Readonly<{
  push(record: LogRecord): void;
  /** Records from `offset` on, or undefined where the tail does not reach back so far. */
  from(offset: number, max: number): readonly LogRecord[] | undefined;
}>;

/** A tail of the log whose next offset is `next`. */
export function logTail(next: number): LogTail {
  let records: LogRecord[] = [];
  let first = next;
  // Dropped ones stay in the array until half of it is dropped, so that dropping costs nothing.
  let dropped = 0;
  let chars = 0;

  const drop = (): void => {
    chars -= sizeOf(records[dropped]);
    dropped++;
    first++;
    if (dropped * 2 < records.length) return;
    records = records.slice(dropped);
    dropped = 0;
  };
  return {
    push(record) {
      records.push(record);
      chars += sizeOf(record);
      while (records.length - dropped > MOST_RECORDS || chars > MOST_CHARS) drop();
    },
    from(offset, max) {
      if (offset < first) return undefined;
      const start = dropped + offset - first;
      return records.slice(start, start + max);
    },
  };
}

function sizeOf(record: LogRecord | undefined): number {
  return record === undefined ? 0 : record.key.length + record.value.length;
}
