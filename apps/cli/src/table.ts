import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';

export type TableRow = Readonly<Record<string, string>>;

/** Rows of a CSV file with a header line, plain or gzipped by its name. Streams: memory does not grow with the file. */
export async function* csvRows(path: string): AsyncGenerator<TableRow> {
  const file = createReadStream(path);
  const text = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  const rows = text.pipe(parse({ columns: true, bom: true, trim: true, skip_empty_lines: true, relax_column_count: true }));
  // `pipe` passes data on, not errors.
  file.on('error', (error) => rows.destroy(error));
  text.on('error', (error: Error) => rows.destroy(error));
  for await (const row of rows) yield row as TableRow;
}
