import { BadCursor } from '@anlan/ports';

/** Where a page ended, as an opaque text: the sort key of its last row. Rows that come or go do not move it. */
export function cursorOf(sort: string, key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([sort, ...key])).toString('base64url');
}

/** The sort key of a cursor that `cursorOf` made for the same sort with the same kinds of values. Throws BadCursor. */
export function readCursor(cursor: string, sort: string, shape: readonly ('string' | 'number')[]): readonly (string | number)[] {
  const [name, ...key] = parsed(cursor);
  if (
    name !== sort ||
    key.length !== shape.length ||
    !key.every((part, index) => typeof part === shape[index] && part !== Infinity && part !== -Infinity)
  )
    throw new BadCursor();
  return key as (string | number)[];
}

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new BadCursor();
}

/** The page of `rows` read with one more than `limit`, and the cursor that goes on behind it. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  cursor: (last: Row) => string,
): Readonly<{ rows: readonly Row[]; nextCursor: string | null }> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last !== undefined ? cursor(last) : null };
}
