import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { parseYaml } from '@anlan/packs';
import { checkCommand } from './commands/check.js';
import type { Io, Result } from './io.js';

// Each test reads all packs anew, which takes seconds on a busy machine.
jest.setTimeout(30_000);

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'anlan-rule-tests-'))));
afterEach(() => rm(folder, { recursive: true }));

async function check(text: string, more: Readonly<Record<string, string>> = {}): Promise<Result> {
  for (const [name, content] of Object.entries({ ...more, 'tests.yaml': text })) await writeFile(join(folder, name), content);
  const io: Io = {
    out: () => undefined,
    err: () => undefined,
    stdin: () => Promise.resolve(text),
    env: {},
    cwd: folder,
    terminal: false,
    signal: new AbortController().signal,
  };
  return checkCommand(io, ['tests.yaml'], {});
}
const faults = (result: Result): readonly string[] =>
  result.kind === 'ok' ? [] : (result.faults ?? []).map(({ path, line, code }) => `${path}:${line ?? ''} ${code}`);

/** The example of docs/rule-tests.md. */
async function example(): Promise<string> {
  const page = await readFile(new URL('../../../docs/rule-tests.md', import.meta.url), 'utf8');
  const text = /```yaml\n([\s\S]*?)```/.exec(page)?.[1];
  if (text === undefined) throw new Error('the page has no example');
  return text;
}

test('the example of the documentation passes', async () => {
  expect(await check(await example())).toMatchObject({ kind: 'ok', text: 'tests.yaml: 3 rule tests passed' });
});

test('a test that expects something else fails with its line and says what came instead', async () => {
  const wrong = (await example()).replace('raised: 11m..12m', 'raised: 1m');
  const result = await check(wrong);
  expect(faults(result)).toEqual(['/ruleTests/0/expect/0:14 not_raised', '/ruleTests/0/expect:14 not_expected']);
  expect(JSON.stringify(result)).toContain('orange of well-7.ch4 by well-7, raised 11m');
});

test('rules and points may come from a bundle beside the file', async () => {
  const bundle = {
    version: 1,
    regions: [{ code: 'r', name: '区' }],
    units: [{ id: 'u', name: '单位', role: 'owner' }],
    sites: [{ id: 's', name: '站', domain: 'uspace', regionCode: 'r', unitId: 'u', lon: 117, lat: 31 }],
    assets: [{ id: 'a', siteId: 's', name: '井' }],
    devices: [{ id: 'd', assetId: 'a', intervalMs: 60_000 }],
    points: [{ deviceId: 'd', metric: 'uspace_ch4_vol' }],
    groups: [{ id: 'g', siteId: 's', pointIds: ['d.uspace_ch4_vol'] }],
    rules: [{ id: 'r', kind: 'threshold', group: 'g', side: 'high', levels: [{ level: 'red', at: 5 }] }],
  };
  const text = `bundle: city.json\nruleTests:\n  - name: x\n    input: { d.uspace_ch4_vol: { 0s: 1, 2m: 6 } }\n    expect: [{ point: d.uspace_ch4_vol, level: red, raised: 2m, ended: never }]\n`;
  expect(await check(text, { 'city.json': JSON.stringify(bundle) })).toMatchObject({ kind: 'ok' });
  expect(faults(await check(text, { 'city.json': '{' }))).toEqual(['/bundle:1 bundle_faulty']);
  expect(faults(await check(text.replace('city.json', 'other.json')))).toEqual(['/bundle:1 no_file']);
});

test.each<[string, (text: string) => string, readonly string[]]>([
  ['a key that nobody reads', (text) => `${text}more: 1\n`, ['/more:26 unknown_key']],
  ['no test', (text) => text.replace(/ruleTests:[\s\S]*/, 'ruleTests: []\n'), ['/ruleTests:5 empty']],
  [
    'an unknown metric',
    (text) => text.replace('metric: uspace_ch4_vol', 'metric: nonsense'),
    ['/points/well-7.ch4/metric:2 unknown_reference', '/rules/0:4 point_unknown'],
  ],
  ['an unknown template', (text) => text.replace('template: uspace_ch4_vol', 'template: nonsense'), ['/rules/0:4 template']],
  [
    'a bad interval',
    (text) => text.replace('interval: 30s', 'interval: soon'),
    ['/points/well-7.ch4/interval:2 bad_type', '/rules/0:4 point_unknown'],
  ],
  [
    'an unknown point',
    (text) => text.replace('well-7.ch4: { 0s: 0.2, 10m', 'well-8.ch4: { 0s: 0.2, 10m'),
    ['/ruleTests/2/input/well-8.ch4:23 point_unknown'],
  ],
])('%s is refused at its place', async (_, spoil, expected) => expect(faults(await check(spoil(await example())))).toEqual(expected));

test('the example is YAML that holds what the page says', async () => {
  const { value } = parseYaml(await example());
  expect(Object.keys(value as object)).toEqual(['points', 'rules', 'ruleTests']);
});
