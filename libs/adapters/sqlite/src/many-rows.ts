import type { Database } from './database.js';

/** Rows that go into one statement: fewer calls, each of bounded length. */
const AT_ONCE = [100, 10, 1] as const;

/** Runs an INSERT for any number of rows; returns how many it changed. */
export type ManyRows = (rows: readonly (readonly unknown[])[]) => number;

/** `head` ends before VALUES; `tail` follows the rows. Rows go in their order. */
export function manyRows(db: Database, { head, columns, tail = '' }: Readonly<{ head: string; columns: number; tail?: string }>): ManyRows {
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
  const statements = AT_ONCE.map((count) => ({
    count,
    statement: db.prepare(`${head} VALUES ${Array.from({ length: count }, () => row).join(', ')} ${tail}`),
  }));
  return (rows) => {
    let changes = 0;
    let done = 0;
    for (const { count, statement } of statements)
      for (; rows.length - done >= count; done += count) changes += statement.run(flat(rows, done, done + count)).changes;
    return changes;
  };
}

/** `Array.flat` costs as much as the statement itself. */
function flat(rows: readonly (readonly unknown[])[], from: number, to: number): readonly unknown[] {
  const values: unknown[] = [];
  for (let i = from; i < to; i++) for (const value of rows[i] ?? []) values.push(value);
  return values;
}
