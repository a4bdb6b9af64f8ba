import { CREDENTIAL, city } from '../rig/city.js';
import { Device } from '../rig/device.js';
import { PASSWORD, Platform, temporaryFolder, until } from '../rig/platform.js';
import { rawHttp } from '../rig/raw-http.js';

const INSIDE = /node_modules|\.(js|ts):\d+|\bat \w+ \(|\/apps\/|\/libs\/|express|SQLITE|kysely|X-Powered-By/i;

/** What people, browsers and scanners may do at the real server. Metrics are for another network here. */
describe('the side of people', () => {
  const folder = temporaryFolder();
  let platform: Platform;
  let device: Device;
  let token: string;

  beforeAll(async () => {
    platform = await Platform.start({ dataDir: folder.path, env: { ANLAN_METRICS_ALLOW: '203.0.113.0/24', ANLAN_LOG_LEVEL: 'info' } });
    await platform.import(city({ devices: 2 }));
    token = await platform.login();
    device = await Device.connect(platform.mqttPort, 'd-0', CREDENTIAL);
  }, 60_000);
  afterAll(async () => {
    await device.end();
    await platform.kill9();
    folder.remove();
  });

  const ask = (method: string, path: string, options: Parameters<typeof rawHttp>[3] = {}) =>
    rawHttp(platform.httpPort, method, path, options);
  const output = (): string => platform.output.join('');
  const codeOf = (text: string): string => (JSON.parse(text) as { code: string }).code;

  test('S-23: a token in the address is 400 wherever it is put, and no output holds it', async () => {
    for (const path of ['/api/v1/alarms', '/api/v1/stream', '/', '/a/AAAAAAAAAAAAAAAAAAAAAA', '/health/live', '/api/v1/nothing']) {
      for (const name of ['access_token', 'Token', 'password', 'api_key']) {
        const answer = await ask('GET', `${path}?x=1&${name}=${token}`);
        expect([path, name, answer.status, codeOf(answer.text)]).toEqual([path, name, 400, 'credential_in_url']);
        expect(answer.text).not.toContain(token);
      }
    }
    expect((await platform.raw('/api/v1/auth/me', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect(output()).not.toContain(token);
  }, 30_000);

  test('S-35: another site cannot act for a person: no form, no CORS, no frame', async () => {
    const origin = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      const answer = await ask('POST', '/api/v1/auth/login', {
        headers: { ...origin, 'content-type': type },
        body: JSON.stringify({ username: 'admin', password: PASSWORD }),
      });
      expect([type, answer.status]).toEqual([type, 415]);
    }
    for (const path of ['/', '/api/v1/alarms', '/api/docs', '/a/AAAAAAAAAAAAAAAAAAAAAA']) {
      const answer = await ask('GET', path, { headers: origin });
      const names = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-') || name === 'set-cookie');
      expect([path, names]).toEqual([path, []]);
      expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    }
    expect(
      (await ask('OPTIONS', '/api/v1/alarms', { headers: { ...origin, 'access-control-request-method': 'POST' } })).headers[
        'access-control-allow-origin'
      ],
    ).toBeUndefined();
  }, 30_000);

  test('S-36: an unknown Host is 421, whatever a forwarding header says', async () => {
    for (const host of ['evil.example', `evil.example:${platform.httpPort}`, '127.0.0.1.evil.example', 'localhost.evil']) {
      const answer = await ask('GET', '/api/v1/alarms', { headers: { host, 'x-forwarded-host': '127.0.0.1' } });
      expect([host, answer.status, codeOf(answer.text)]).toEqual([host, 421, 'misdirected']);
    }
    for (const host of ['127.0.0.1', 'localhost:1', '[::1]'])
      expect([host, (await ask('GET', '/api/docs', { headers: { host } })).status]).toEqual([host, 200]);
    expect(
      (await ask('GET', '/api/docs', { headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' } })).text,
    ).not.toContain('evil');
    expect((await ask('GET', '/health/ready', { headers: { host: 'a-probe' } })).status).toBe(200);
  }, 30_000);

  test('S-43: no answer shows the inside: no stack, path, product or version; metrics are not for everybody', async () => {
    const answers = [
      await ask('GET', '/metrics'),
      await ask('GET', '/api/v1/%ff'),
      await ask('GET', '/api/v1/alarms/%00', { headers: { authorization: `Bearer ${token}` } }),
      await ask('GET', '/api/v1/points/none/series?every=0', { headers: { authorization: `Bearer ${token}` } }),
      await ask('POST', '/api/v1/imports', {
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{"version":1,"rules":[{"id":"x","kind":"threshold","levels":7}]}',
      }),
      await ask('POST', '/api/v1/imports', {
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/yaml' },
        body: 'a: &a [*a]',
      }),
      await ask('POST', '/api/v1/auth/login', { headers: { 'content-type': 'application/json' }, body: '{"username":' }),
      await ask('DELETE', '/api/v1/people/none', { headers: { authorization: `Bearer ${token}` } }),
      await ask('PUT', '/api/v1/alarms'),
      await ask('GET', '/health/live'),
    ];
    for (const { text, headers, status } of answers) {
      expect(text).not.toMatch(INSIDE);
      expect(JSON.stringify(headers)).not.toMatch(INSIDE);
      if (status >= 400)
        expect(JSON.parse(text)).toMatchObject({
          type: expect.stringMatching(/^urn:anlan:problem:/) as string,
          requestId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        });
    }
    expect(answers[0]?.status).toBe(404);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  }, 30_000);

  const INJECTIONS = [
    "' OR 1=1 --",
    "'; DROP TABLE alarms; --",
    '"; DELETE FROM users; --',
    '%27%20OR%201=1',
    "\\'; SELECT 1; --",
    '1) UNION SELECT password_hash FROM users --',
    '${7*7}',
    '{{7*7}}',
    '<script>alert(1)</script>',
    "x'||(SELECT 1)||'",
    '\u02bc OR 1=1',
    '%',
    '_',
    '*',
  ];
  test('S-33: what looks like a query is a text like any other, in names, filters and searches', async () => {
    for (const [i, text] of INJECTIONS.entries()) {
      await platform.import({ version: 1, people: [{ id: `p-inj-${i}`, name: text, unitId: 'u-1' }] });
      expect((await platform.get(`/people/p-inj-${i}`)).name).toBe(text);
      const search = await platform.api('GET', `/devices?q=${encodeURIComponent(text)}`);
      expect([
        text,
        search.status,
        search.body.items
          .map((item: { id: string }) => item.id)
          .filter((id: string) => !id.includes(text) && !['%', '_', '*'].includes(text)),
      ]).toEqual([text, 200, []]);
      for (const path of [
        `/alarms?pointId=${encodeURIComponent(text)}`,
        `/dead-letters?deviceId=${encodeURIComponent(text)}`,
        `/alarms/${encodeURIComponent(text)}`,
        `/points/${encodeURIComponent(text)}/series`,
        `/alarms?cursor=${encodeURIComponent(text)}`,
      ]) {
        const answer = await platform.api('GET', path);
        expect([path, answer.status < 500, answer.body.items ?? []]).toEqual([path, true, []]);
      }
      const login = await ask('POST', '/api/v1/auth/login', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: text, password: text }),
      });
      expect([401, 429]).toContain(login.status);
    }
    // As a pattern, % and _ would find every device.
    expect((await platform.get('/devices?q=%25')).items).toEqual([]);
    expect((await platform.get('/devices?q=_')).items).toEqual([]);
    expect((await platform.get('/users')).items.length).toBe(1);
  }, 60_000);

  test('S-45 S-49: scanners and previews that open a link change nothing; its path is in no log and no cache', async () => {
    await device.telemetry({ t: Date.now(), values: { test_ch4: 3.5 } });
    const alarm = await until(
      'an orange alarm',
      async () => (await platform.get('/alarms?open=true&pointId=d-0.ch4&level=orange')).items[0],
    );
    const link = await until(
      'its link',
      async () => (await platform.get(`/alarms/${alarm.id}/notifications`)).items.find((item: { link: string | null }) => item.link)?.link,
      20_000,
    );
    const { pathname } = new URL(link as string);
    const before = await platform.get(`/alarms/${alarm.id}`);
    for (const agent of [
      'Slackbot-LinkExpanding 1.0',
      'WhatsApp/2.23',
      'facebookexternalhit/1.1',
      'Mozilla/5.0 (compatible; bingbot/2.0)',
      'curl/8.0',
    ]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) await ask(method, pathname, { headers: { 'user-agent': agent } });
      const page = await ask('GET', `${pathname}?action=acknowledge`, {
        headers: { 'user-agent': agent, 'x-http-method-override': 'POST', 'x-method': 'POST' },
      });
      expect([agent, page.status, page.headers['cache-control'], page.headers['referrer-policy']]).toEqual([
        agent,
        200,
        'no-store',
        'no-referrer',
      ]);
    }
    expect(await platform.get(`/alarms/${alarm.id}`)).toEqual(before);
    const secret = pathname.slice('/a/'.length);
    expect(secret.length).toBeGreaterThanOrEqual(20);
    expect(output()).not.toContain(secret);
  }, 60_000);

  test('R-27 S-40: each command leaves one audit row with who and how it ended, in an unbroken count', async () => {
    const alarm = await until('an alarm', async () => (await platform.get('/alarms?open=true&pointId=d-0.ch4')).items[0]);
    const send = async (body: unknown): Promise<number> => (await platform.api('POST', `/alarms/${alarm.id}/commands`, body)).status;
    const rows = async () => (await platform.all('/audit')).filter((row) => row.action.startsWith('alarm.'));
    expect(await rows()).toEqual([]);
    const statuses = [
      await send({ type: 'comment', comment: '已知悉' }),
      await send({ type: 'comment', comment: '旧版本', expectedVersion: 0 }),
      await send({ type: 'shelve' }),
      await send({ type: 'comment', comment: '再看' }),
    ];
    expect(statuses).toEqual([200, 409, 422, 200]);
    expect((await rows()).map((row) => [row.outcome, row.actor.name])).toEqual(
      ['ok', 'refused', 'refused', 'ok'].map((outcome) => [outcome, expect.any(String)]),
    );
    const numbers = (await platform.all('/audit')).map((row) => row.n as number);
    expect(numbers).toEqual(numbers.map((_, i) => numbers.length - i));
  }, 60_000);

  test('S-72: what is made deaf stands on the overview within 5 s', async () => {
    await device.telemetry({ t: Date.now() + 1, values: { test_ch4: 0.1 } });
    const other = await Device.connect(platform.mqttPort, 'd-1', CREDENTIAL);
    await other.telemetry({ t: Date.now(), values: { test_ch4: 1.5 } });
    await other.end();
    const alarm = await until('a blue alarm', async () => (await platform.get('/alarms?open=true&pointId=d-1.ch4&level=blue')).items[0]);
    const shelved = await platform.api('POST', `/alarms/${alarm.id}/commands`, {
      type: 'shelve',
      until: new Date(Date.now() + 600_000).toISOString(),
      reason: '检修',
    });
    expect(shelved.status).toBe(200);
    await platform.import({
      version: 1,
      devices: [{ id: 'd-1', assetId: 'a-0', zone: 'Asia/Shanghai', intervalMs: 60_000, enabled: false }],
    });
    const seen = await until(
      'both on the overview',
      async () => {
        const overview = await platform.get('/overview');
        return overview.alarms.shelved.blue === 1 && overview.devices.disabled === 1 ? overview : undefined;
      },
      5_000,
    );
    expect(seen.alarms.byLevel.blue + seen.alarms.shelved.blue).toBeGreaterThan(0);
    expect((await platform.api('POST', `/alarms/${alarm.id}/commands`, { type: 'shelve', reason: '无期限' })).status).toBe(422);
  }, 60_000);
});
