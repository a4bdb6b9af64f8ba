import type { Millis } from '@anlan/contracts';
import { MAX_TIME, MIN_TIME } from './line-protocol.js';
import { tagText } from './point-tags.js';

/** A string for a query. Control characters and backslashes are gone from tag text, so only the quote is left to escape. */
export function literal(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

/** A time for a query, kept within what the store can hold. */
export function instant(t: Millis): string {
  return `${Math.round(Math.min(Math.max(t, MIN_TIME), MAX_TIME))}ms`;
}

/** `time >= from AND time < to`. */
export function during(from: Millis, to: Millis): string {
  return `time >= ${instant(from)} AND time < ${instant(to)}`;
}

/** One of these points. */
export function ofPoints(pointIds: readonly string[]): string {
  return `(${pointIds.map((pointId) => `point = ${literal(tagText(pointId))}`).join(' OR ')})`;
}

/** Part of an answer: columns by name, rows in the order of the query. */
export type Table = Readonly<{
  name: string;
  tags?: Readonly<Record<string, string>>;
  columns: readonly string[];
  values: readonly (readonly unknown[])[];
  partial?: boolean;
}>;

/** Reads column `name` of a row of `table` as a number; null where there is none. */
export function numbersIn(table: Table, name: string): (row: readonly unknown[]) => number | null {
  const at = table.columns.indexOf(name);
  return (row) => {
    const value = row[at];
    return typeof value === 'number' ? value : null;
  };
}

/** A number that every row of ours has. */
export function numberIn(table: Table, name: string): (row: readonly unknown[]) => number {
  const read = numbersIn(table, name);
  return (row) => {
    const value = read(row);
    if (value === null) throw new RangeError(`a row of ${table.name} has no ${name}`);
    return value;
  };
}

/** Several of them by name. */
export function numbersOf<N extends string>(
  table: Table,
  ...names: readonly N[]
): Readonly<Record<N, (row: readonly unknown[]) => number>> {
  return Object.fromEntries(names.map((name) => [name, numberIn(table, name)])) as Record<N, (row: readonly unknown[]) => number>;
}

/** `items` in parts of at most `size`. */
export function partsOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}
