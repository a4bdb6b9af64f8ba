import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export type Row = Readonly<Record<string, string>>;
/** One folder of the real data. */
export type Folder = Readonly<{
  /** Rows of a CSV without quotes, `.gz` or not; the first row names the columns. */
  rows(file: string): readonly Row[];
}>;

/** Where the real data lies: `ANLAN_SHARED_DATA`, else `../shared/data` beside the project. Undefined when it is not there. */
export function dataFolder(root: string): string | undefined {
  const given = process.env['ANLAN_SHARED_DATA'];
  const place = given === undefined || given === 'required' ? join(root, '../shared/data') : given;
  // score.mjs knows itself by its real path only.
  return existsSync(join(place, 'score.mjs')) ? realpathSync(place) : undefined;
}

export function folderAt(place: string): Folder {
  return {
    rows(file) {
      const bytes = readFileSync(join(place, file));
      const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
      const [head = '', ...lines] = text.trimEnd().split('\n');
      const names = head.split(',');
      return lines.map((line) => {
        const cells = line.split(',');
        return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
      });
    },
  };
}

/** A time as the folder writes it, its clock taken as UTC (ruling 64). */
export function timeOf(text: string): number {
  const t = text.trim().replace(' ', 'T');
  return Date.parse(t.includes('T') && !/(?:Z|[+-]\d\d:?\d\d)$/.test(t) ? `${t}Z` : t);
}

/** A number, or NaN for an empty cell. */
export function numberOf(cell: string | undefined): number {
  return cell === undefined || cell === '' ? Number.NaN : Number(cell);
}
