import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { demoCity, loadPacks } from '@anlan/packs';
import { csvRows, runCli, type Io, type Simulator, type RecordsTool, type Storage } from './index.js';

type Said = { out: string; err: string; code: number };
type Request = Readonly<{ method: string; url: string; token: string | undefined; type: string | undefined; body: string }>;
type Reply = Readonly<{ status?: number; body: unknown }>;

let folder: string;
let server: Server | undefined;
const requests: Request[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anlan-cli-'));
  requests.length = 0;
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await new Promise<void>((resolve) => (server ? void server.close(() => resolve()) : resolve()));
  server = undefined;
});

/** A small server that answers as told and remembers what it was asked. */
async function serve(reply: (request: Request) => Reply): Promise<string> {
  server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        url: incoming.url ?? '',
        token: incoming.headers.authorization,
        type: incoming.headers['content-type'],
        body: Buffer.concat(parts).toString(),
      };
      requests.push(request);
      const { status = 200, body } = reply(request);
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const noSimulator: Simulator = {
  scenarios: [{ name: 'quiet', zh: '平稳', en: 'Nothing' }],
  simulate: () => undefined,
  replay: () => Promise.resolve({ kind: 'failed', why: 'no broker' }),
  load: () => Promise.resolve({ kind: 'failed', why: 'no broker' }),
  loadBundle: ({ devices }) => ({ version: 1, devices }),
};

const noStorage: Storage = {
  backup: () => Promise.resolve({ kind: 'failed', why: 'in use: stop the server first' }),
  restore: () => Promise.resolve({ kind: 'failed', why: 'not empty' }),
  check: () => Promise.resolve({ kind: 'checked', files: [] }),
};
const noRecords: RecordsTool = { migrate: () => Promise.resolve({ kind: 'failed', why: 'ANLAN_POSTGRES_OWNER_URL is not set' }) };

async function anlan(
  args: readonly string[],
  {
    env = {},
    stdin = '',
    simulator = noSimulator,
    storage = noStorage,
    records = noRecords,
  }: Readonly<{ env?: Io['env']; stdin?: string; simulator?: Simulator; storage?: Storage; records?: RecordsTool }> = {},
): Promise<Said> {
  const said: Said = { out: '', err: '', code: -1 };
  const io: Io = {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    stdin: () => Promise.resolve(stdin),
    env,
    cwd: folder,
    terminal: false,
    signal: new AbortController().signal,
  };
  said.code = await runCli(args, io, { simulator, storage: () => Promise.resolve(storage), records: () => Promise.resolve(records) });
  return said;
}

const put = async (name: string, text: string | Buffer): Promise<string> => {
  await writeFile(join(folder, name), text);
  return name;
};

describe('help and usage', () => {
  test('help names every command and tells of address, login and exit codes', async () => {
    const { out, code } = await anlan(['--help']);
    expect(code).toBe(0);
    for (const word of [
      'import',
      'export',
      'check',
      'simulate',
      'replay',
      'load',
      'user',
      'doctor',
      'backup',
      'restore',
      'ANLAN_URL',
      'ANLAN_TOKEN',
      '0 done, 1 failed',
    ])
      expect(out).toContain(word);
  });

  test.each([
    ['import'],
    ['export'],
    ['check'],
    ['simulate'],
    ['replay'],
    ['load'],
    ['doctor'],
    ['backup'],
    ['restore'],
    ['user', 'list'],
    ['user', 'add'],
    ['user', 'password'],
  ])('%s %s has help and knows --json', async (...command) => {
    const { out, code } = await anlan([...command, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/Usage: anlan/);
    expect(out).toContain('--json');
  });

  test.each([
    [['fly']],
    [['import']],
    [['load', '--rate', 'fast']],
    [['replay', 'x.csv']],
    [['user', 'add', 'x']],
    [['simulate', '--speed', '-1']],
    [[]],
  ])('%j is not understood: 2, and stdout stays empty', async (args) => {
    const { code, out, err } = await anlan(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).not.toBe('');
  });
});

describe('import and export', () => {
  test('a bundle goes up as it is, with the token, and the counts come back', async () => {
    const url = await serve(() => ({ body: { applied: { devices: 2, points: 0 }, unchanged: 3, warnings: [], version: 4 } }));
    const { code, out } = await anlan(['import', await put('city.yaml', 'version: 1\n'), '--url', url], {
      env: { ANLAN_TOKEN: 'secret-token' },
    });
    expect({ code, out }).toEqual({ code: 0, out: 'devices    2\nunchanged  3\n' });
    expect(requests).toEqual([
      { method: 'POST', url: '/api/v1/imports', token: 'Bearer secret-token', type: 'application/yaml', body: 'version: 1\n' },
    ]);
  });

  test('faults come with their lines, and the exit code is 1', async () => {
    const url = await serve(() => ({
      status: 422,
      body: { code: 'invalid', detail: 'x', errors: [{ path: '/sites/0/lon', code: 'bad_value', message: 'not a number' }] },
    }));
    const file = await put('city.yaml', 'version: 1\nsites:\n  - id: a\n    lon: east\n');
    const { code, err } = await anlan(['import', file], { env: { ANLAN_URL: url } });
    expect(code).toBe(1);
    expect(err).toContain('line 4  /sites/0/lon  bad_value  not a number');
    const json = await anlan(['import', file, '--json'], { env: { ANLAN_URL: url } });
    expect(JSON.parse(json.out)).toMatchObject({ errors: [{ path: '/sites/0/lon', line: 4, code: 'bad_value' }] });
  });

  test('JSON from stdin is told as JSON', async () => {
    const url = await serve(() => ({ body: {} }));
    await anlan(['import', '-', '--url', url], { stdin: '{"version":1}' });
    expect(requests).toMatchObject([{ type: 'application/json', body: '{"version":1}', token: undefined }]);
  });

  test('the token file of the data folder is used', async () => {
    const url = await serve(() => ({ body: { version: 1 } }));
    await mkdir(join(folder, 'elsewhere'));
    await put('elsewhere/cli-token', 'from-file\n');
    const { code, out } = await anlan(['export', '--url', url], { env: { ANLAN_DATA_DIR: 'elsewhere' } });
    expect({ code, body: JSON.parse(out) as unknown }).toEqual({ code: 0, body: { version: 1 } });
    expect(requests).toMatchObject([{ url: '/api/v1/exports', token: 'Bearer from-file' }]);
  });

  test('export writes YAML or JSON by the name of the file', async () => {
    const url = await serve(() => ({ body: { version: 1, regions: [] } }));
    await anlan(['export', '--url', url, '-o', 'a.yaml', '--personal']);
    await anlan(['export', '--url', url, '-o', 'a.json']);
    expect(await readFile(join(folder, 'a.yaml'), 'utf8')).toBe('version: 1\nregions: []\n');
    expect(JSON.parse(await readFile(join(folder, 'a.json'), 'utf8'))).toEqual({ version: 1, regions: [] });
    expect(requests.map((request) => request.url)).toEqual(['/api/v1/exports?personal=true', '/api/v1/exports']);
  });

  test.each([
    ['nobody there', undefined, 'no answer from'],
    ['no login', { status: 401, body: { code: 'unauthenticated', detail: '' } }, 'ANLAN_TOKEN'],
    ['forbidden', { status: 403, body: { code: 'forbidden', detail: 'not your role' } }, '403 forbidden: not your role'],
  ])('%s: exit 1 and a sentence that helps', async (_name, reply, words) => {
    const url = reply ? await serve(() => reply) : 'http://127.0.0.1:9';
    const { code, err } = await anlan(['export', '--url', url]);
    expect(code).toBe(1);
    expect(err).toContain(words);
  });

  test('a file that is not there is no bug', async () => {
    expect(await anlan(['import', 'nope.yaml'])).toMatchObject({ code: 1, err: 'no such file: nope.yaml\n' });
  });
});

describe('check', () => {
  test('the demo city and the packs pass', async () => {
    const city = await put('city.json', JSON.stringify(demoCity(loadPacks())));
    const pack = join(import.meta.dirname, '../../../libs/packs/data/gas.yaml');
    expect(await anlan(['check', city, pack])).toMatchObject({ code: 0, out: `city.json: bundle, no faults\n${pack}: pack, no faults\n` });
  });

  test('every fault at once, with path and line', async () => {
    const file = await put(
      'bad.yaml',
      'version: 1\nregions:\n  - code: "1"\n    name: 甲\n    parent: "2"\nunits:\n  - id: u\n    nme: x\n    role: owner\n',
    );
    const { code, err } = await anlan(['check', file]);
    expect(code).toBe(1);
    expect(err).toMatch(/line 5 {2}\/regions\/0\/parent {2}unknown_reference/);
    expect(err).toMatch(/line \d {2}\/units\/0/);
  });

  test('bodies of rules are read as the server reads them', async () => {
    const rule = {
      id: 'r',
      kind: 'threshold',
      side: 'high',
      levels: [
        { level: 'red', at: 5 },
        { level: 'blue', at: 'much' },
      ],
    };
    const file = await put(
      'rules.json',
      JSON.stringify({
        version: 1,
        rules: [
          { ...rule, pointId: 'elsewhere' },
          { id: 's', kind: 'guess', pointId: 'x' },
        ],
      }),
    );
    const { out } = await anlan(['check', '--partial', '--json', file]);
    const { errors } = JSON.parse(out) as { errors: { path: string; code: string }[] };
    expect(errors.map(({ path }) => path)).toEqual(expect.arrayContaining(['/rules/0/levels/1/at', '/rules/1/kind']));
    expect(errors.filter(({ code }) => code === 'point_unknown')).toEqual([]);
  });

  test('--partial lets references to the registry pass', async () => {
    const file = await put('more.yaml', 'version: 1\npeople:\n  - { id: p, name: 乙, unitId: elsewhere }\n');
    expect((await anlan(['check', file])).code).toBe(1);
    expect((await anlan(['check', '--partial', file])).code).toBe(0);
  });

  test('what is not YAML is one fault with its line', async () => {
    const { code, out } = await anlan(['check', '--json', await put('x.yaml', 'a: [1\nb: 2')]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ errors: [{ code: 'not_yaml' }] });
  });
});

describe('simulator commands', () => {
  test('the scenarios are listed without a server', async () => {
    expect(await anlan(['simulate', '--list'])).toMatchObject({ code: 0, out: expect.stringContaining('quiet') as string });
  });

  test('replay hands over the map, the rows and the credentials', async () => {
    const seen: unknown[] = [];
    const simulator: Simulator = {
      ...noSimulator,
      replay: async ({ rows, map, secrets, speed, window, url }) => {
        for await (const row of rows()) seen.push(row);
        seen.push({ map, secrets: [...secrets], speed, window, url });
        return { kind: 'done', report: { rows: 2 } };
      },
    };
    await put('week.csv.gz', gzipSync('﻿at,x\n2020-01-01T00:00:00Z,1\n2020-01-01T00:01:00Z,\n'));
    await put('keys.json', '{"d1":"one","bad":3}');
    const said = await anlan(['replay', 'week.csv.gz', '--map', '{time: {column: at}}', '--credentials', 'keys.json', '--speed', '60'], {
      simulator,
      env: { ANLAN_MQTT_PORT: '2883' },
    });
    expect(said).toMatchObject({ code: 0, out: 'rows           2\n' });
    expect(seen).toEqual([
      { at: '2020-01-01T00:00:00Z', x: '1' },
      { at: '2020-01-01T00:01:00Z', x: '' },
      { map: { time: { column: 'at' } }, secrets: [['d1', 'one']], speed: 60, window: 100, url: 'mqtt://127.0.0.1:2883' },
    ]);
  });

  test('a missing table, missing credentials and a faulty map are told', async () => {
    expect((await anlan(['replay', 'no.csv', '--map', '{}'])).err).toBe('no such file: no.csv\n');
    await put('a.csv', 'at\n');
    expect((await anlan(['replay', 'a.csv', '--map', '{}'])).err).toContain('demo-secrets.json');
    await put('keys.json', '{}');
    const simulator: Simulator = {
      ...noSimulator,
      replay: () => Promise.resolve({ kind: 'bad_map', faults: [{ path: '/columns', code: 'bad_map', message: 'name one' }] }),
    };
    expect(await anlan(['replay', 'a.csv', '--map', 'columns: {}', '--credentials', 'keys.json'], { simulator })).toMatchObject({
      code: 1,
      err: expect.stringContaining('line 1  /columns') as string,
    });
  });

  test('load registers its devices first, and a lost message is a failure', async () => {
    const url = await serve(() => ({ body: {} }));
    const report = { acked: 10, lost: 0, latencyMs: { p50: 1.5 } };
    const simulator = (lost: number): Simulator => ({
      ...noSimulator,
      load: () => Promise.resolve({ kind: 'done', report: { ...report, lost } }),
    });
    expect(await anlan(['load', '--url', url], { simulator: simulator(0) })).toMatchObject({
      code: 0,
      out: expect.stringContaining('p50 1.5') as string,
    });
    expect(requests).toMatchObject([{ method: 'POST', url: '/api/v1/imports' }]);
    expect(await anlan(['load', '--url', url], { simulator: simulator(1) })).toMatchObject({
      code: 1,
      err: expect.stringContaining('1 messages were not acknowledged') as string,
    });
    expect(JSON.parse((await anlan(['load', '--url', url, '--json'], { simulator: simulator(0) })).out)).toEqual(report);
  });

  test('--bundle-out writes the bundle and nothing else; short secrets are refused', async () => {
    expect((await anlan(['load', '--devices', '3', '--secret', 'sixteen-letters!', '--bundle-out', 'load.json'])).code).toBe(0);
    expect(JSON.parse(await readFile(join(folder, 'load.json'), 'utf8'))).toEqual({ version: 1, devices: 3 });
    expect((await anlan(['load', '--secret', 'short'])).code).toBe(1);
    expect((await anlan(['load', '--no-register'])).code).toBe(1);
  });
});

describe('user', () => {
  const USER = {
    id: 'u1',
    username: 'chen',
    name: '陈',
    personId: null,
    roles: ['admin'],
    scope: { regionCodes: null },
    disabled: false,
    mustChangePassword: false,
    createdAt: '2026-01-01T00:00:00.000Z',
  };

  test('all pages are listed', async () => {
    const url = await serve((request) => ({
      body: request.url.includes('cursor')
        ? { items: [{ ...USER, id: 'u2', username: 'li' }], nextCursor: null }
        : { items: [USER], nextCursor: 'n' },
    }));
    const { out } = await anlan(['user', 'list', '--json', '--url', url]);
    expect((JSON.parse(out) as { username: string }[]).map((user) => user.username)).toEqual(['chen', 'li']);
  });

  test('add makes a password and shows it once, or takes one from stdin and shows none', async () => {
    const url = await serve(() => ({ status: 201, body: USER }));
    const made = await anlan(['user', 'add', 'chen', '--role', 'duty_officer', '--region', '349902', '--url', url]);
    const [, password] = /shown once\): (\w{20})/.exec(made.out) ?? [];
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      username: 'chen',
      name: 'chen',
      password,
      roles: ['duty_officer'],
      scope: { regionCodes: ['349902'] },
    });
    const given = await anlan(['user', 'add', 'li', '--role', 'admin', '--password-stdin', '--url', url], { stdin: 'from stdin\n' });
    expect(given.out).toBe('added li\n');
    expect(JSON.parse(requests[1]?.body ?? '')).toMatchObject({ password: 'from stdin', scope: { regionCodes: null } });
  });

  test('an unknown role is told before anybody is asked', async () => {
    expect(await anlan(['user', 'add', 'x', '--role', 'king'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no role king') as string,
    });
  });

  test('password finds the account by its name', async () => {
    const url = await serve(({ method }) => ({ body: method === 'GET' ? { items: [USER], nextCursor: null } : USER }));
    expect((await anlan(['user', 'password', 'chen', '--password-stdin', '--url', url], { stdin: 'a new one' })).code).toBe(0);
    expect(requests[1]).toMatchObject({ method: 'PATCH', url: '/api/v1/users/u1', body: '{"password":"a new one"}' });
    expect((await anlan(['user', 'password', 'nobody', '--url', url])).code).toBe(1);
  });
});

describe('doctor', () => {
  const header = (pageSize: number): Buffer => {
    const bytes = Buffer.alloc(100);
    bytes.write('SQLite format 3\0', 'latin1');
    bytes.writeUInt16BE(pageSize, 16);
    return bytes;
  };
  const found = async (env: Io['env']): Promise<{ code: number; states: Record<string, string> }> => {
    const { code, out } = await anlan(['doctor', '--json'], { env: { ANLAN_URL: 'http://127.0.0.1:9', ...env } });
    const body = JSON.parse(out) as { check: string; state: string }[] | { data: { check: string; state: string }[] };
    return { code, states: Object.fromEntries((Array.isArray(body) ? body : body.data).map(({ check, state }) => [check, state])) };
  };

  test('a stopped server and no folder are no failure', async () => {
    expect(await found({})).toEqual({ code: 0, states: { node: 'ok', server: 'warn', 'data folder': 'warn' } });
  });

  test('open modes, foreign files and cut files are found', async () => {
    await mkdir(join(folder, 'data'), { mode: 0o700 });
    await chmod(join(folder, 'data'), 0o700);
    await writeFile(join(folder, 'data/cli-token'), 'x', { mode: 0o600 });
    await put('data/good.db', Buffer.concat([header(4096), Buffer.alloc(3996)]));
    expect(await found({})).toMatchObject({ code: 0, states: { 'data folder': 'ok', 'cli-token': 'ok', 'good.db': 'ok' } });
    await put('data/cut.db', header(4096));
    await put('data/foreign.db', 'hello, this is not a database at all'.repeat(4));
    await chmod(join(folder, 'data/cli-token'), 0o644);
    await chmod(join(folder, 'data'), 0o755);
    expect(await found({})).toMatchObject({
      code: 1,
      states: { 'data folder': 'fail', 'cli-token': 'fail', 'cut.db': 'fail', 'foreign.db': 'fail', 'good.db': 'ok' },
    });
  });

  test('a fault inside a database is a failure, a running server none', async () => {
    await mkdir(join(folder, 'data'), { mode: 0o700 });
    const check = (found: Awaited<ReturnType<Storage['check']>>): Promise<Said> =>
      anlan(['doctor'], { env: { ANLAN_URL: 'http://127.0.0.1:9' }, storage: { ...noStorage, check: () => Promise.resolve(found) } });
    expect(await check({ kind: 'checked', files: [{ name: 'log.db', fault: null }] })).toMatchObject({ code: 0 });
    expect(await check({ kind: 'in_use' })).toMatchObject({ code: 0 });
    expect(await check({ kind: 'checked', files: [{ name: 'log.db', fault: 'log.db is damaged' }] })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/fail {2}log\.db content +log\.db is damaged/) as string,
    });
    expect(await check({ kind: 'failed', why: 'belongs to user 7' })).toMatchObject({ code: 1 });
  });

  test('a server that is alive but not ready is a failure', async () => {
    const url = await serve((request) =>
      request.url === '/health/ready' ? { status: 503, body: { detail: 'log is full' } } : { body: {} },
    );
    expect(await found({ ANLAN_URL: url })).toMatchObject({ code: 1, states: { server: 'ok', ready: 'fail', token: 'ok' } });
  });
});

describe('migrate', () => {
  test('what was done, and who may do what, is told; a refusal is exit 1 with its reason', async () => {
    const env = { ANLAN_POSTGRES_OWNER_URL: 'postgres://o@h/d' };
    const asked: unknown[] = [];
    const done = (applied: readonly string[], apps: string | null): RecordsTool => ({
      migrate(environment) {
        asked.push(environment);
        return Promise.resolve({ kind: 'done', applied, owner: 'o', apps });
      },
    });
    expect(await anlan(['migrate'], { env, records: done(['0001-first'], 'a') })).toMatchObject({
      code: 0,
      out: 'done: 0001-first\n"a" may read and write rows, and append to history; "o" owns the tables\n',
    });
    expect(await anlan(['migrate'], { records: done([], null) })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^the tables are those of this release\n.*could rewrite history/) as string,
    });
    expect(asked).toEqual([env, {}]);
    expect(await anlan(['migrate'])).toMatchObject({ code: 1, err: 'ANLAN_POSTGRES_OWNER_URL is not set\n' });
  });
});

describe('backup and restore', () => {
  const files = [{ name: 'log.db', bytes: 2_000_000, sha256: 'aa' }];

  test('the folders are those of the person, and what was kept and left out is told', async () => {
    const asked: unknown[] = [];
    const storage: Storage = {
      ...noStorage,
      backup: (options) => {
        asked.push(options);
        return Promise.resolve({ kind: 'done', folder: options.target, files, skipped: ['old'] });
      },
      restore: (options) => {
        asked.push(options);
        return Promise.resolve({ kind: 'done', folder: options.folder, files, skipped: [] });
      },
    };
    const made = await anlan(['backup', 'b'], { storage, env: { ANLAN_DATA_DIR: 'd' } });
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/log\.db +2\.0 MB\nleft out, no plain file: old\n/) as string });
    expect((await anlan(['restore', 'b', '--json'], { storage })).code).toBe(0);
    expect(asked).toEqual([
      { folder: join(folder, 'd'), target: join(folder, 'b') },
      { from: join(folder, 'b'), folder: join(folder, 'data') },
    ]);
  });

  test('a refusal is exit 1 with its reason', async () => {
    expect(await anlan(['backup', 'b'])).toMatchObject({ code: 1, err: 'in use: stop the server first\n' });
    expect(await anlan(['restore', 'b', '--json'])).toMatchObject({ code: 1, out: '{\n  "error": "not empty"\n}\n' });
  });
});

test('a broken gzip is an error, not a hang', async () => {
  await put('x.csv.gz', 'not gzip');
  const read = async (): Promise<void> => {
    for await (const row of csvRows(join(folder, 'x.csv.gz'))) expect(row).toBeUndefined();
  };
  await expect(read()).rejects.toThrow('incorrect header check');
});
