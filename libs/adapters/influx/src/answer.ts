import { SeriesUnavailable } from '@anlan/ports';
import type { Table } from './influxql.js';

type Part = Readonly<{ statement_id?: number; error?: string; partial?: boolean; series?: readonly Table[] }>;
type Line = Readonly<{ error?: string; results?: readonly Part[] }>;
type Statement = { tables: Table[]; /** More of it was promised. */ open: boolean };

/**
 * The tables of each of `expected` statements. A store that was asked to answer in parts (`chunked=true`) sends a JSON document a line; a
 * part, and a table in it, say `partial` when they go on in the next one. In one piece, 1.x says so of every table of more than 10 000
 * rows, whole or cut. Throws SeriesUnavailable on a failed statement and on anything that is missing.
 */
export function tablesOf(text: string, expected: number): readonly (readonly Table[])[] {
  const lines = text
    .trim()
    .split(/\n(?=\{)/)
    .map((line) => JSON.parse(line) as Line);
  const fault = lines
    .flatMap(({ error, results = [] }) => [error, ...results.map((part) => part.error)])
    .find((words) => words !== undefined);
  if (fault !== undefined) throw new SeriesUnavailable(`the series store failed a query: ${fault.slice(0, 500)}`);
  const found = new Map<number, Statement>();
  for (const { results = [] } of lines) for (const [index, part] of results.entries()) take(found, part.statement_id ?? index, part);
  if (found.size !== expected) throw new SeriesUnavailable(`the series store answered ${found.size} of ${expected} statements`);
  return [...found.values()].map(({ tables, open }) => {
    if (open || tables.some(({ partial }) => partial === true)) throw new SeriesUnavailable('the series store cut an answer');
    return tables;
  });
}

function take(found: Map<number, Statement>, id: number, { series = [], partial = false }: Part): void {
  const statement = found.get(id) ?? { tables: [], open: false };
  found.set(id, statement);
  statement.open = partial;
  for (const table of series) {
    const last = statement.tables.at(-1);
    if (last !== undefined && goesOn(last, table)) statement.tables.splice(-1, 1, joined(last, table));
    else statement.tables.push(table);
  }
}

function goesOn(last: Table, { name, tags = {} }: Table): boolean {
  return last.partial === true && last.name === name && JSON.stringify(last.tags ?? {}) === JSON.stringify(tags);
}

function joined({ name, columns, tags, values }: Table, { values: more, partial }: Table): Table {
  return { name, columns, values: [...values, ...more], ...(tags && { tags }), ...(partial === true && { partial }) };
}
