import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../rig/platform.js';

type Row = readonly string[];

const rowsOf = (page: string): readonly Row[] =>
  readFileSync(join(ROOT, 'docs', page), 'utf8')
    .split('\n')
    .filter((line) => /^\| [SR]-\d\d \|/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));

const specs = ['apps', 'libs', 'test'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(spec\.tsx?|contract\.ts)$/.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
    .map((name) => ({
      name: basename(name).replace(/\.(spec|contract)\.tsx?$/, ''),
      text: readFileSync(join(ROOT, folder, name), 'utf8'),
    })),
);
/** Ids in titles, not in comments: a title stands behind `test(` or `describe(`, or begins a line as a text or a table's row. */
const titles = new Map(specs.map(({ name }) => [name, new Set<string>()] as const));
for (const { name, text } of specs)
  for (const line of text.split('\n'))
    if (/\b(test|describe)\w*(\.each)?\b.*\(|^\s*['"`[]/.test(line))
      for (const id of line.match(/\b[SR]-\d\d\b/g) ?? []) titles.get(name)?.add(id);
const worn = new Set([...titles.values()].flatMap((ids) => [...ids]));
const checked = new Set(readFileSync(join(ROOT, 'test/check/checks.ts'), 'utf8').match(/R-\d\d/g));

const numbers = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${letter}-${String(i + 1).padStart(2, '0')}`);
const isOver = (date: string | undefined): boolean => !/^\d{4}-\d\d-\d\d$/.test(date ?? '') || Date.parse(`${date}T23:59:59Z`) < Date.now();
/** Specs that a row names, but that do not wear its id. */
const strangers = (rows: readonly Row[], column: number): readonly string[] =>
  rows.flatMap((row) =>
    [...(row[column] ?? '').replace(/waived:.*/, '').matchAll(/`([\w-]+)`(?: by (S-\d\d))?/g)]
      .filter(([, spec, other]) => !titles.get(spec ?? '')?.has(other ?? row[0] ?? ''))
      .map(([, spec]) => `${row[0]}: ${spec}.spec.ts does not wear it`),
  );

describe('threats of docs/security.md', () => {
  const threats = rowsOf('security.md');
  const waivers = rowsOf('security-waivers.md');
  const waived = new Set(waivers.map(([id]) => id));

  test('S-01 to S-74, each once', () => expect(threats.map(([id]) => id)).toEqual(numbers('S', 74)));
  test('each has a test that wears its id, or a waiver', () =>
    expect(threats.map(([id = '']) => id).filter((id) => !worn.has(id) && !waived.has(id))).toEqual([]));
  test('the specs they name wear their ids', () => expect(strangers(threats, 3)).toEqual([]));
  test('the table says where there is a waiver, and only there', () => {
    expect(threats.filter((row) => /waived/.test(row[3] ?? '')).map(([id]) => id)).toEqual(waivers.map(([id]) => id));
  });
  test('waivers have reason, remedy and owner, and have not run out', () => {
    expect(waivers.filter((row) => row.length !== 5 || row.some((cell) => cell === '') || isOver(row[4]))).toEqual([]);
  });
  test('no test wears a number that is in no table', () => {
    const known = new Set([...threats, ...rowsOf('invariants.md')].map(([id]) => id));
    expect([...worn].filter((id) => !known.has(id))).toEqual([]);
  });
});

describe('promises of docs/invariants.md', () => {
  const promises = rowsOf('invariants.md');

  test('R-01 to R-37, each once', () => expect(promises.map(([id]) => id)).toEqual(numbers('R', 37)));
  test('each has a test or a check of the simulation that wears its id, or a waiver that holds', () => {
    const bare = promises.filter(([id = '', , where = '']) =>
      /^waived/.test(where) ? isOver(/until (\S+)$/.exec(where)?.[1]) : !worn.has(id) && !checked.has(id),
    );
    expect(bare).toEqual([]);
  });
  test('the specs they name wear their ids, and what is said to be simulated is', () => {
    expect(strangers(promises, 2)).toEqual([]);
    expect(promises.filter(([id = '', , where = '']) => /\bsimulation\b/.test(where) && !checked.has(id))).toEqual([]);
  });
});
