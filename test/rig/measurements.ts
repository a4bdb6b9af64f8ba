import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from './platform.js';

/** Public measurements beside the project. They are not part of it. */
const FOLDER = join(ROOT, '..', 'shared', 'data');

export const measurements = (file: string): string => join(FOLDER, file);

/**
 * A describe for tests over real measurements. Where the folder is absent they show as skipped under a name that says so,
 * and fail instead with `ANLAN_TEST_DATA=required`.
 */
export function describeMeasurements(name: string, body: () => void): void {
  if (existsSync(FOLDER)) return describe(name, body);
  if (process.env['ANLAN_TEST_DATA'] === 'required') {
    return describe(name, () => void test('has its measurements', () => expect(FOLDER).toBe('a folder that is there')));
  }
  const said = `not there, so not tested: ${name}`;
  process.stderr.write(`\n*** ${FOLDER}: ${said}\n`);
  // The body reads the files already while it lists its tests, so it is not run.
  describe(name, () => test.skip(said, () => undefined));
}

export type Row = Readonly<Record<string, string>>;

/** Rows of a gzipped table without quotes, read independently of the product's own reader. */
export function tableOf(file: string): readonly Row[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(measurements(file)))
    .toString('utf8')
    .trimEnd()
    .split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}
