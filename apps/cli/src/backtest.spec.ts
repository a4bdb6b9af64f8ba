import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { backtestCommand, type BacktestOptions } from './commands/backtest.js';
import type { Io, Result } from './io.js';

const RULES = `
points:
  tank: { metric: level, interval: 1m, max: 100 }
metrics: [{ code: level, name: 液位, unit: m }]
rules:
  - { id: high, kind: threshold, pointId: tank, side: high, levels: [{ level: orange, at: 8, deadband: 0.5 }] }
`;
const TABLE =
  'at,L1,note\n2026-01-01 08:00,5,a\n2026-01-01 08:01,9,b\n2026-01-01 08:02,9.5,c\n2026-01-01 08:03,offline,d\n2026-01-01 08:04,6,e\n2026-01-01 08:05,200,f\n';

// Each test reads all packs anew, which takes seconds on a busy machine.
jest.setTimeout(30_000);

let folder: string;
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anlan-backtest-'));
  await writeFile(join(folder, 'rules.yaml'), RULES);
  await writeFile(join(folder, 'tank.csv'), TABLE);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await new Promise<void>((resolve) => (server ? void server.close(() => resolve()) : resolve()));
  server = undefined;
});

const run = (table: string | undefined, options: Partial<BacktestOptions>, env: Io['env'] = {}): Promise<Result> =>
  backtestCommand(
    {
      out: () => undefined,
      err: () => undefined,
      stdin: () => Promise.resolve(''),
      env,
      cwd: folder,
      terminal: false,
      signal: new AbortController().signal,
    },
    table,
    { zone: '+08:00', ...options },
  );
const whyOf = (result: Result): string => (result.kind === 'ok' ? 'ok' : result.why);

describe('over a table', () => {
  const columns = { rules: 'rules.yaml', column: ['L1=tank'] };

  test('tells the alarms that would have been, in the zone of the table, and what it could not read', async () => {
    const result = await run('tank.csv', columns);
    expect(result).toMatchObject({ kind: 'ok', data: { skipped: { value_bad: 1 }, report: { readings: 5, byLevel: { orange: 2 } } } });
    const episodes = (result as { data: { report: { episodes: object[] } } }).data.report.episodes;
    expect(episodes).toMatchObject([
      {
        pointId: 'tank',
        ruleId: 'high',
        raisedAt: '2026-01-01T00:01:00.000Z',
        endedAt: '2026-01-01T00:04:00.000Z',
        peak: 'orange',
        value: 9,
      },
      { pointId: 'tank', kind: 'out_of_range', raisedAt: '2026-01-01T00:05:00.000Z' },
    ]);
    expect((result as { text: string }).text).toContain('1 cells skipped: value_bad');
  });

  test('takes a whole bundle too', async () => {
    const bundle = {
      version: 1,
      regions: [{ code: 'r', name: '区' }],
      units: [{ id: 'u', name: '单位', role: 'owner' }],
      sites: [{ id: 's', name: '站', domain: 'haz', regionCode: 'r', unitId: 'u', lon: 117, lat: 31 }],
      metrics: [{ code: 'level', name: '液位', unit: 'm' }],
      assets: [{ id: 'a', siteId: 's', name: '罐' }],
      devices: [{ id: 'd', assetId: 'a' }],
      points: [{ id: 'L1', deviceId: 'd', metric: 'level' }],
      rules: [{ id: 'high', kind: 'threshold', pointId: 'L1', side: 'high', levels: [{ level: 'red', at: 9.2, deadband: 0.1 }] }],
    };
    await writeFile(join(folder, 'city.json'), JSON.stringify(bundle));
    expect(await run('tank.csv', { rules: 'city.json' })).toMatchObject({ kind: 'ok', data: { report: { byLevel: { red: 2 } } } });
  });

  test.each<[string, Partial<BacktestOptions>, string]>([
    ['no rules', {}, '--rules FILE says'],
    ['a file that is not there', { rules: 'other.yaml' }, 'no such file'],
    ['no column that is a point', { rules: 'rules.yaml' }, 'no column is a point (tank'],
    ['a bad zone', { ...columns, zone: 'here' }, '--zone is like'],
  ])('%s is said', async (_, options, why) => expect(whyOf(await run('tank.csv', options))).toContain(why));

  test('a faulty rule is said with its line', async () => {
    await writeFile(join(folder, 'rules.yaml'), RULES.replace('at: 8', 'at: high'));
    expect(await run('tank.csv', columns)).toMatchObject({
      kind: 'failed',
      faults: [{ path: expect.stringMatching('/rules/0/levels/0') as unknown, line: 6 }],
    });
  });
});

describe('over the server', () => {
  const counts = { blue: 0, yellow: 0, orange: 0, red: 0 };
  const episode = {
    ...{ pointId: 'tank', ruleId: 'high', kind: 'threshold', retrospective: false, level: 'red', peak: 'red', value: 9, unit: 'm' },
    ...{ firstBreachAt: '2026-01-01T00:00:00.000Z', raisedAt: '2026-01-01T00:01:00.000Z', endedAt: null, changes: [] },
    reason: { zh: '高', en: 'high' },
  };
  const load = { announcements: 1, windows: 6, mean: 0.17, most: 1, overTwo: 0, overTen: 0, histogram: [5, 1] };
  const report = {
    readings: 60,
    from: null,
    to: null,
    episodes: [episode],
    dropped: 0,
    byLevel: { ...counts, red: 1 },
    load,
    events: null,
  };
  const difference = { before: counts, now: { ...counts, red: 1 }, shared: [], onlyBefore: [], onlyNow: [episode] };
  const asked: { method: string; url: string; body: string }[] = [];

  async function serve(answers: readonly (readonly [status: number, body: object])[]): Promise<Io['env']> {
    asked.length = 0;
    server = createServer((incoming, response) => {
      let body = '';
      incoming.on('data', (part: Buffer) => (body += part.toString()));
      incoming.on('end', () => {
        const [status, answer] = answers[Math.min(asked.length, answers.length - 1)] ?? [500, {}];
        asked.push({ method: incoming.method ?? '', url: incoming.url ?? '', body });
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return { ANLAN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ANLAN_TOKEN: 't' };
  }
  const order = { rule: 'high', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', points: 'tank,pond' };

  test('orders, waits, and tells the report with the difference', async () => {
    const env = await serve([
      [202, { id: 'bt-1', state: 'queued', progress: 0 }],
      [200, { id: 'bt-1', state: 'running', progress: 0.5 }],
      [200, { id: 'bt-1', state: 'done', progress: 1, report, difference }],
    ]);
    const result = await run(undefined, order, env);
    expect(result).toMatchObject({ kind: 'ok', text: expect.stringContaining('0 of both, 0 no longer, 1 new') as unknown });
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /api/v1/backtests',
      'GET /api/v1/backtests/bt-1',
      'GET /api/v1/backtests/bt-1',
    ]);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ rule: 'high', from: order.from, to: order.to, pointIds: ['tank', 'pond'] });
  });

  test('sends a draft from a file, and tells why it failed', async () => {
    await writeFile(join(folder, 'draft.yaml'), '{ id: high, kind: threshold }');
    const env = await serve([
      [202, { id: 'bt-1', state: 'queued', progress: 0 }],
      [200, { id: 'bt-1', state: 'failed', progress: 0, problem: 'series_unavailable', report: null }],
    ]);
    expect(whyOf(await run(undefined, { ...order, rule: 'draft.yaml' }, env))).toBe('the back-test failed: series_unavailable');
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ rule: { id: 'high', kind: 'threshold' } });
  });

  test('a refusal is passed on, and a missing word is asked for', async () => {
    const env = await serve([[429, { code: 'backtest_running', detail: 'Wait' }]]);
    expect(whyOf(await run(undefined, order, env))).toContain('backtest_running');
    expect(whyOf(await run(undefined, { rule: 'high' }, env))).toContain('name --rule, --from and --to');
  });
});
