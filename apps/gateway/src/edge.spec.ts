import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROLES } from '@anlan/ports';
import { START, makeWorld, type World } from './contract/world.js';
import { measureJson } from './http/body.js';
import { knownHosts } from './http/edge.js';
import { allowedSources, sourceOf } from '@anlan/shell';

describe('the edge', () => {
  let world: World;
  let token: string;
  let consoleDir: string;
  beforeAll(async () => {
    consoleDir = mkdtempSync(join(tmpdir(), 'console-'));
    mkdirSync(join(consoleDir, 'assets'));
    writeFileSync(join(consoleDir, 'index.html'), '<!doctype html><title>安澜</title>');
    writeFileSync(join(consoleDir, 'assets', 'main-AbCdEf12.js'), 'export {};'.repeat(200));
    writeFileSync(join(consoleDir, 'worker.mjs'), 'export {};');
    writeFileSync(join(consoleDir, '.secret.json'), 'SECRET');
    world = await makeWorld({ settings: { consoleDir, publicUrl: 'https://alarm.example.org:8443' } });
    token = await world.user('boss', ROLES);
  });
  afterAll(async () => {
    await world.close();
    rmSync(consoleDir, { recursive: true });
  });

  test('S-23: a credential in the address is 400, and nothing of it is logged', async () => {
    for (const name of ['access_token', 'token', 'TICKET', 'password', 'api_key', 'Authorization']) {
      const answer = await world.ask('GET', `/api/v1/alarms?${name}=CANARY-${token}`);
      expect([name, answer.status, answer.json.code]).toEqual([name, 400, 'credential_in_url']);
    }
    expect((await world.ask('GET', `/api/v1/stream?access_token=${token}`)).status).toBe(400);
    await world.ask('POST', '/api/v1/auth/login', { body: { username: 'boss', password: 'CANARY-word' } });
    expect(world.logged.join('\n')).not.toMatch(/CANARY/);
    expect(world.logged.join('\n')).not.toContain(token);
  });

  test('S-35: headers of every answer, whatever its kind', async () => {
    for (const path of ['/', '/api/v1/alarms', '/api/v1/nothing', '/a/nothing', '/health/live', '/api/docs', '/assets/main-AbCdEf12.js']) {
      const { headers } = await world.ask('GET', path);
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(headers['content-security-policy']).toContain(
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types anlan",
      );
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['server']));
      for (const name of ['x-powered-by', 'server', 'access-control-allow-origin', 'strict-transport-security'])
        expect([path, name, headers[name]]).toEqual([path, name, undefined]);
      if (!path.startsWith('/assets') && path !== '/') expect([path, headers['cache-control']]).toEqual([path, 'no-store']);
    }
  });

  test('S-35: a form of another site does nothing: JSON with a bearer token only, no CORS', async () => {
    const form = await world.ask('POST', '/api/v1/auth/login', {
      raw: 'username=boss&password=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' },
    });
    expect(form.status).toBe(415);
    const plain = await world.ask('POST', '/api/v1/auth/login', {
      raw: '{"username":"boss","password":"x"}',
      headers: { 'content-type': 'text/plain' },
    });
    expect(plain.status).toBe(415);
    const preflight = await world.ask('OPTIONS', '/api/v1/alarms', {
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([404, undefined]);
  });

  test('S-36: an unknown Host is 421, a forged forwarding header changes nothing, links come from ANLAN_PUBLIC_URL', async () => {
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'alarm.example.org.evil', '', 'localhost@evil'])
      expect([host, (await world.ask('GET', '/api/v1/alarms', { headers: { host } })).status]).toEqual([host, expect.any(Number)]);
    expect((await world.ask('GET', '/api/v1/alarms', { headers: { host: 'evil.example' } })).json).toMatchObject({
      status: 421,
      code: 'misdirected',
    });
    for (const host of ['localhost:9', '127.0.0.1', '[::1]:8080', 'ALARM.example.org', 'alarm.example.org:1'])
      expect([host, (await world.ask('GET', '/api/docs', { headers: { host } })).status]).toEqual([host, 200]);
    expect(
      (await world.ask('GET', '/api/docs', { headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' } })).text,
    ).not.toContain('evil');
    expect((await world.ask('GET', '/health/live', { headers: { host: 'probe' } })).status).toBe(200);
    expect((await world.ask('GET', '/a/nothing', { headers: { host: 'evil.example' } })).status).toBe(421);
    expect([...knownHosts({ host: 'ops.city', publicUrl: null })]).toContain('ops.city');
  });

  test('S-37: a limit that is too large is clamped, one that is no number is refused', async () => {
    const { series } = world.deps;
    await series.write(
      Array.from({ length: 1_200 }, (_, at) => ({
        reading: { pointId: 'north-dev.ch4', t: START + at, v: 1, q: 'good' as const },
        origin: `0:${at}:0`,
        receivedAt: START,
      })),
    );
    const items = async (query: string): Promise<number> =>
      (await world.ask('GET', `/api/v1/points/north-dev.ch4/series${query}`, { token })).json.items.length;
    expect([
      await items(''),
      await items('?limit=99999999'),
      await items('?limit=0'),
      await items('?limit=-5'),
      await items('?to=2999-01-01T00:00:00Z&limit=3'),
    ]).toEqual([1_000, 1_200, 1, 1, 3]);
    expect((await world.ask('GET', '/api/v1/alarms?limit=1e9', { token })).status).toBe(422);
    expect((await world.ask('GET', '/api/v1/alarms?limit=100000', { token })).status).toBe(200);
    expect((await world.ask('GET', '/api/v1/alarms?cursor=nonsense', { token })).json).toMatchObject({
      status: 422,
      errors: [{ path: '/cursor' }],
    });
    expect((await world.ask('GET', '/api/v1/alarms?colour=red', { token })).json).toMatchObject({
      status: 422,
      errors: [{ path: '/colour', code: 'unknown_field' }],
    });
    expect((await world.ask('GET', '/api/v1/points/north-dev.ch4/series?every=1ms', { token })).status).toBe(422);
  });

  test('S-38: JSON bombs are refused before they are parsed', async () => {
    const post = (raw: string, path = '/api/v1/users') =>
      world.ask('POST', path, { token, raw, headers: { 'content-type': 'application/json' } });
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect((await post(nested(20))).json.code).toBe('invalid');
    expect((await post(nested(21))).json.code).toBe('too_deep');
    expect((await post(nested(200_000))).json.code).toBe('too_deep');
    const wide = (keys: number): string => `{${Array.from({ length: keys }, (_, at) => `"k${at}":1`).join(',')}}`;
    expect((await post(wide(2_000))).json.code).toBe('invalid');
    expect((await post(wide(2_001))).json.code).toBe('too_deep');
    expect((await post(wide(3_000), '/api/v1/imports')).json.code).toBe('invalid');
    expect((await post(nested(21), '/api/v1/imports')).json.code).toBe('too_deep');
    expect(measureJson('{"a:{[\\"":"]}:","b":[{}]}')).toEqual({ depth: 3, keys: 2 });
  });

  test('S-38: sizes at the limit, and one above', async () => {
    const body = (bytes: number): string => `{"username":"${'x'.repeat(bytes - 30)}","password":"p"}`;
    const post = (raw: string) => world.ask('POST', '/api/v1/auth/login', { raw, headers: { 'content-type': 'application/json' } });
    expect([body(1_000_000).length, (await post(body(1_000_000))).status]).toEqual([1_000_000, 422]);
    expect((await post(body(1_000_001))).json.code).toBe('too_large');
    const path = (chars: number): string => `/api/v1/alarms?x=${'x'.repeat(chars - 18)}`.slice(0, chars).padEnd(chars, 'x');
    expect((await world.ask('GET', path(4_096))).status).toBe(401);
    expect((await world.ask('GET', path(4_097))).status).toBe(414);
    expect((await world.ask('GET', '/api/v1/alarms', { headers: { 'x-big': 'x'.repeat(17_000) } })).status).toBe(431);
  });

  test('S-38: an import may have 20 MB, and not one byte more', async () => {
    const small = await makeWorld({ limits: { importBytes: 5_000 } });
    const admin = await small.user('boss', ROLES);
    const raw = (bytes: number): string => JSON.stringify({ version: 1 }).padEnd(bytes, ' ');
    const post = async (bytes: number): Promise<number> =>
      (await small.ask('POST', '/api/v1/imports', { token: admin, raw: raw(bytes), headers: { 'content-type': 'application/json' } }))
        .status;
    expect([await post(4_999), await post(5_000), await post(5_001)]).toEqual([200, 200, 413]);
    expect(
      (await small.ask('POST', '/api/v1/imports', { token: admin, raw: 'PK', headers: { 'content-type': 'application/zip' } })).status,
    ).toBe(415);
    expect(
      (
        await small.ask('POST', '/api/v1/imports', {
          token: admin,
          raw: 'x',
          headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        })
      ).status,
    ).toBe(415);
    await small.close();
  });

  test('S-39: malformed and cut bodies end in a problem or a closed socket, never in the process', async () => {
    const bodies = [
      '',
      '{',
      '{"a":',
      'null',
      '[]',
      '"x"',
      '123',
      '{"username":1}',
      '\u0000',
      '{"username":"a","password":"b"}}',
      '{"username":"a","username":"b"}',
      '\ufeff{}',
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
    ];
    for (const raw of bodies)
      expect([
        raw,
        [400, 422].includes(
          (await world.ask('POST', '/api/v1/auth/login', { raw, headers: { 'content-type': 'application/json' } })).status,
        ),
      ]).toEqual([raw, true]);
    const invalid = await world.ask('POST', '/api/v1/auth/login', {
      raw: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
      headers: { 'content-type': 'application/json' },
    });
    expect(invalid.json.code).toBe('not_json');
    const whole =
      'POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{"username":"a","password":"b"}';
    for (let cut = 1; cut < whole.length; cut += 7) await sendAndCut(world.server.port, whole.slice(0, cut));
    expect((await world.ask('GET', '/health/live')).status).toBe(200);
  });

  test('S-43: a failure tells its id and nothing else; metrics answer only whom they should', async () => {
    const broken = await makeWorld({
      deps: { series: { ...world.deps.series, read: () => Promise.reject(new TypeError('secret detail at /srv/app.js')) } },
      settings: { metricsAllow: ['10.0.0.0/8'] },
    });
    const admin = await broken.user('boss', ROLES);
    const answer = await broken.ask('GET', '/api/v1/points/north-dev.ch4/series', { token: admin });
    expect(answer.json).toEqual({
      type: 'urn:anlan:problem:internal',
      title: 'Internal error',
      status: 500,
      code: 'internal',
      detail: expect.any(String),
      requestId: answer.headers['x-request-id'],
    });
    expect(answer.text).not.toMatch(/secret|TypeError|app\.js/);
    expect(broken.logged.join('\n')).toContain('secret detail');
    expect((await broken.ask('GET', '/metrics')).status).toBe(404);
    await broken.close();
    expect((await world.ask('GET', '/metrics')).status).toBe(200);
    expect((await world.ask('GET', '/metrics')).text).not.toMatch(/north|boss/);
  });

  test('TRACE is 405', async () => expect((await world.ask('TRACE', '/api/v1/alarms')).status).toBe(405));

  test('the rate of a user: the burst goes through, then 429 with Retry-After, and time heals it', async () => {
    const strict = await makeWorld({ limits: { apiPerMinute: 60, apiBurst: 5, importsPerMinute: 2 } });
    const one = await strict.user('one', ROLES);
    const two = await strict.user('two', ROLES);
    const statuses = [];
    for (let at = 0; at < 6; at++) statuses.push((await strict.ask('GET', '/api/v1/auth/me', { token: one })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await strict.ask('GET', '/api/v1/auth/me', { token: one })).headers['retry-after']).toBe('1');
    expect((await strict.ask('GET', '/api/v1/auth/me', { token: two })).status).toBe(200);
    await strict.clock.advance(1_000);
    expect((await strict.ask('GET', '/api/v1/auth/me', { token: one })).status).toBe(200);
    await strict.clock.advance(5_000);
    const imports = [];
    for (let at = 0; at < 3; at++) imports.push((await strict.ask('POST', '/api/v1/imports', { token: two, body: { version: 1 } })).status);
    expect(imports).toEqual([200, 200, 429]);
    await strict.close();
  });

  test('the console: hashed files for a year, the start page for its own addresses, nothing outside the folder', async () => {
    const asset = await world.ask('GET', '/assets/main-AbCdEf12.js', { headers: { 'accept-encoding': 'gzip' } });
    expect(asset.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      'content-encoding': 'gzip',
    });
    expect((await world.ask('GET', '/worker.mjs')).headers['content-type']).toBe('text/javascript; charset=utf-8');
    for (const path of ['/', '/alarms', '/alarms/some-id', '/devices?x=1'])
      expect((await world.ask('GET', path)).text).toContain('<title>安澜');
    expect(
      (await world.ask('GET', '/', { headers: { 'if-none-match': String((await world.ask('GET', '/')).headers['etag']) } })).status,
    ).toBe(304);
    for (const path of [
      '/.secret.json',
      '/%2esecret.json',
      '/assets/../.secret.json',
      '/../../../etc/passwd.txt',
      '/assets/..%2f.secret.json',
      '/assets/none.js',
      '/api',
      '/a',
      '/health',
    ]) {
      const { status, text } = await world.ask('GET', path);
      expect([path, status, text.includes('SECRET')]).toEqual([path, 404, false]);
    }
    expect((await world.ask('POST', '/alarms')).status).toBe(404);
  });
});

test.each([
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['192.168.1.1', '192.168.1.1'],
  ['2001:db8:1:2ff:3:4:5:6', '2001:db8:1:200::/56'],
  ['2001:db8::1', '2001:db8:0:0::/56'],
  ['::1', '0:0:0:0::/56'],
  [undefined, ''],
])('attempts from %s are counted under %s', (address, source) => expect(sourceOf(address)).toBe(source));

test('lists of sources: words, addresses, ranges, both families; nonsense matches nothing', () => {
  const check = allowedSources(['loopback', '203.0.113.0/24', '2001:db8::/32', '198.51.100.7', 'nonsense', '300.1.1.1']);
  const shown = [
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '203.0.113.9',
    '203.0.114.9',
    '2001:db8::5',
    '2001:db9::5',
    '198.51.100.7',
    '198.51.100.8',
    undefined,
  ].map(check);
  expect(shown).toEqual([true, true, true, true, false, true, false, true, false, false]);
  expect(allowedSources(['private'])('192.168.7.7')).toBe(true);
  expect(allowedSources([])('127.0.0.1')).toBe(false);
});

function sendAndCut(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text, () => socket.destroy());
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}
