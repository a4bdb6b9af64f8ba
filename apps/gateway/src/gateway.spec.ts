import { START, makeWorld, type World } from './contract/world.js';

describe('the gateway as a whole', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await makeWorld();
    token = await world.user('boss', ['admin', 'shift_leader', 'analyst', 'auditor']);
  });
  afterAll(() => world.close());

  test('login answers a token, and the token opens the API', async () => {
    const answer = await world.login('boss');
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ expiresAt: '2026-03-01T16:00:00.000Z', mustChangePassword: false, user: { username: 'boss' } });
    const me = await world.ask('GET', '/api/v1/auth/me', { token: answer.json.accessToken });
    expect(me.json).toMatchObject({ user: { username: 'boss' }, serverTime: new Date(START).toISOString() });
  });

  test('alarms: list, counts, one, timeline, notifications, command', async () => {
    const alarm = await world.raise('north-dev.ch4', 'yellow');
    const list = await world.ask('GET', '/api/v1/alarms?open=true&sort=urgency', { token });
    expect(list.json.items).toEqual([
      expect.objectContaining({
        id: alarm.id,
        level: 'yellow',
        suppression: 'none',
        reason: '超过限值',
        reasonEn: 'above the limit',
        firstBreachAt: '2026-03-01T04:00:00.000Z',
        endedAt: null,
        place: expect.objectContaining({ site: '北网', deviceId: 'north-dev' }),
      }),
    ]);
    expect(JSON.stringify(list.json)).not.toMatch(/"(told|generation|key)"/);
    const counts = await world.ask('GET', '/api/v1/alarms/counts', { token });
    expect(counts.json).toMatchObject({
      total: 1,
      byLevel: { blue: 0, yellow: 1, orange: 0, red: 0 },
      bySite: { 'north-net': 'yellow' },
      byDomain: { gas: { yellow: 1 } },
    });
    expect((await world.ask('GET', `/api/v1/alarms/${alarm.id}`, { token })).json.version).toBe(1);
    expect((await world.ask('GET', '/api/v1/alarms?regionCode=110000', { token })).json.items).toHaveLength(1);
    expect((await world.ask('GET', '/api/v1/alarms?regionCode=220000', { token })).json.items).toHaveLength(0);
    const acked = await world.ask('POST', `/api/v1/alarms/${alarm.id}/commands`, {
      token,
      body: { type: 'acknowledge', expectedVersion: 1, idempotencyKey: 'k-1', comment: '收到' },
    });
    expect([acked.status, world.logged]).toEqual([200, []]);
    expect(acked.json).toMatchObject({ id: alarm.id, version: 2, ack: 'acked', ackTrust: 'login', work: 'confirmed' });
    const again = await world.ask('POST', `/api/v1/alarms/${alarm.id}/commands`, {
      token,
      body: { type: 'acknowledge', expectedVersion: 1, idempotencyKey: 'k-1', comment: '收到' },
    });
    expect(again.json).toEqual(acked.json);
    const stale = await world.ask('POST', `/api/v1/alarms/${alarm.id}/commands`, {
      token,
      body: { type: 'comment', expectedVersion: 1, comment: '看到' },
    });
    expect(stale.status).toBe(409);
    expect(stale.json).toMatchObject({
      type: 'urn:anlan:problem:version_conflict',
      code: 'version_conflict',
      status: 409,
      currentVersion: 2,
    });
    const timeline = await world.ask('GET', `/api/v1/alarms/${alarm.id}/timeline`, { token });
    expect(timeline.json.items).toEqual([
      expect.objectContaining({ type: 'raised' }),
      expect.objectContaining({ type: 'acknowledged', actor: expect.objectContaining({ kind: 'user', name: 'boss' }), comment: '收到' }),
    ]);
    const page = async (query: string) => (await world.ask('GET', `/api/v1/alarms/${alarm.id}/timeline?${query}`, { token })).json;
    const newest = await page('order=newest&limit=1');
    expect(newest).toEqual({ items: [timeline.json.items[1]], nextCursor: expect.any(String) });
    expect(await page(`order=newest&limit=1&cursor=${newest.nextCursor}`)).toEqual({ items: [timeline.json.items[0]], nextCursor: null });
    expect(await page('order=sideways')).toMatchObject({ status: 422 });
    expect(await page('cursor=nonsense')).toMatchObject({ status: 422, errors: [{ code: 'bad_cursor' }] });
    expect((await world.ask('GET', `/api/v1/alarms/${alarm.id}/notifications`, { token })).json).toEqual({ items: [], nextCursor: null });
  });

  test('a step that is known but not to be had answers 409, an unknown one 422', async () => {
    const alarm = await world.raise('north-dev.ch4', 'blue');
    const path = `/api/v1/alarms/${alarm.id}/commands`;
    expect((await world.ask('POST', path, { token, body: { type: 'dispatch' } })).json).toMatchObject({
      status: 409,
      code: 'command_unavailable',
    });
    expect((await world.ask('POST', path, { token, body: { type: 'explode' } })).json).toMatchObject({ status: 422, code: 'invalid' });
  });

  test('series: pages oldest first, and buckets', async () => {
    const { series } = world.deps;
    await series.write(
      Array.from({ length: 5 }, (_, at) => ({
        reading: { pointId: 'north-dev.ch4', t: START + at * 1_000, v: at, q: 'good' as const },
        origin: `0:${at}:0`,
        receivedAt: START,
      })),
    );
    const first = await world.ask('GET', '/api/v1/points/north-dev.ch4/series?limit=3', { token });
    expect(first.json).toMatchObject({ unit: '%VOL', items: [{ t: '2026-03-01T04:00:00.000Z', v: 0, q: 'good' }, { v: 1 }, { v: 2 }] });
    const second = await world.ask('GET', `/api/v1/points/north-dev.ch4/series?limit=3&cursor=${first.json.nextCursor}`, { token });
    expect([second.json.items.map((item: { v: number }) => item.v), second.json.nextCursor]).toEqual([[3, 4], null]);
    const window = await world.ask('GET', `/api/v1/points/north-dev.ch4/series?from=2026-03-01T12:00:01%2B08:00&to=${START + 3_000}`, {
      token,
    });
    expect(window.json.items.map((item: { v: number }) => item.v)).toEqual([1, 2]);
    const buckets = await world.ask('GET', '/api/v1/points/north-dev.ch4/series?every=2s&limit=2', { token });
    expect(buckets.json.items).toEqual([
      { t: '2026-03-01T04:00:00.000Z', min: 0, max: 1, mean: 0.5, count: 2 },
      { t: '2026-03-01T04:00:02.000Z', min: 2, max: 3, mean: 2.5, count: 2 },
    ]);
    const rest = await world.ask('GET', `/api/v1/points/north-dev.ch4/series?every=2s&limit=2&cursor=${buckets.json.nextCursor}`, {
      token,
    });
    expect(rest.json).toMatchObject({ items: [{ min: 4, count: 1 }], nextCursor: null });
    expect((await world.ask('GET', '/api/v1/points/north-dev.ch4/series?cursor=abc', { token })).status).toBe(422);
    expect((await world.ask('GET', '/api/v1/points/nobody/series', { token })).status).toBe(404);
  });

  test('ledger: what is acknowledged and not yet counted is in flight, and the sum holds', async () => {
    const { log, ledger } = world.deps;
    await ledger.apply(0, { from: 0, next: 1 }, [
      { deviceId: 'north-dev', hour: START, counts: { received: 3, stored: 2, rejected: 1, duplicate: 0, quarantined: 0 } },
    ]);
    const bounds = await log.bounds('anlan.readings.v1', 0);
    expect(bounds.next).toBe(1);
    await log.append([
      {
        topic: 'anlan.readings.v1',
        key: 'north-net',
        value: JSON.stringify({
          kind: 'readings',
          deviceId: 'north-dev',
          siteId: 'north-net',
          arrivedAt: START,
          readings: [{ pointId: 'north-dev.ch4', t: START, v: 1, q: 'good' }],
          rejected: 1,
          quarantined: 0,
        }),
      },
    ]);
    const answer = await world.ask('GET', '/api/v1/ledger', { token });
    expect(answer.json.items).toEqual([
      { deviceId: 'north-dev', received: 5, stored: 2, rejected: 1, duplicate: 0, quarantined: 0, inFlight: 2, gaps: [] },
    ]);
  });

  test('registry: list, one, create, change, remove, faults with their paths', async () => {
    expect((await world.ask('GET', '/api/v1/sites', { token })).json.items.map((site: { id: string }) => site.id)).toEqual([
      'north-net',
      'south-net',
    ]);
    const asset = { id: 'north-well-2', siteId: 'north-net', name: '二号井' };
    const made = await world.ask('POST', '/api/v1/assets', { token, body: asset });
    expect([made.status, made.json.applied.assets]).toEqual([201, 1]);
    expect((await world.ask('POST', '/api/v1/assets', { token, body: asset })).json).toMatchObject({ status: 409, code: 'exists' });
    expect((await world.ask('PATCH', '/api/v1/assets/north-well-2', { token, body: { name: '贰号井' } })).status).toBe(200);
    expect((await world.ask('GET', '/api/v1/assets/north-well-2', { token })).json).toMatchObject({ ...asset, name: '贰号井' });
    const bad = await world.ask('POST', '/api/v1/assets', { token, body: { id: 'x', siteId: 'nowhere', name: '', version: 7 } });
    expect(bad.status).toBe(422);
    expect(bad.json.errors.map((fault: { path: string }) => fault.path)).toEqual(expect.arrayContaining(['/siteId', '/name', '/version']));
    expect((await world.ask('DELETE', '/api/v1/assets/north-well-2', { token })).status).toBe(200);
    expect((await world.ask('GET', '/api/v1/assets/north-well-2', { token })).status).toBe(404);
    const rule = await world.ask('PATCH', '/api/v1/rules/r-north', { token, body: { levels: [{ level: 'blue', at: 0.7 }] } });
    expect(rule.status).toBe(200);
    expect((await world.ask('GET', '/api/v1/rules?pointId=north-dev.ch4', { token })).json.items).toEqual([
      expect.objectContaining({ id: 'r-north', version: 2, levels: [expect.objectContaining({ at: 0.7 })] }),
    ]);
  });

  test('devices show state and newest readings, never a credential', async () => {
    const said = { online: true, since: START, at: START, by: START, connectedAt: START };
    await world.deps.deviceStatus.save([{ deviceId: 'north-dev', lastMessageAt: START, said }]);
    const answer = await world.ask('GET', '/api/v1/devices', { token });
    expect(answer.json.items[0]).toMatchObject({
      id: 'north-dev',
      online: true,
      siteName: '北网',
      newest: [{ pointId: 'north-dev.ch4', v: 4, unit: '%VOL' }],
    });
    expect(answer.json.items[1]).toMatchObject({ id: 'south-dev', online: null });
    expect(answer.text).not.toContain('credential');
  });

  test('imports take JSON and YAML, and the same again changes nothing', async () => {
    const yaml = 'version: 1\nunits:\n  - id: new-unit\n    name: 新单位\n    role: owner\n';
    const first = await world.ask('POST', '/api/v1/imports', { token, raw: yaml, headers: { 'content-type': 'application/yaml' } });
    expect([first.status, first.json.applied.units]).toEqual([200, 1]);
    const second = await world.ask('POST', '/api/v1/imports', {
      token,
      body: { version: 1, units: [{ id: 'new-unit', name: '新单位', role: 'owner' }] },
    });
    expect([second.json.unchanged, Object.values(second.json.applied as Record<string, number>).every((n) => n === 0)]).toEqual([1, true]);
    const alias = await world.ask('POST', '/api/v1/imports', {
      token,
      raw: 'version: 1\na: &x [1]\nb: *x\n',
      headers: { 'content-type': 'application/yaml' },
    });
    expect(alias.json).toMatchObject({ status: 422, errors: [{ code: 'not_yaml' }] });
    const bundle = await world.ask('GET', '/api/v1/exports', { token });
    expect(bundle.text).not.toMatch(/credential|13800000001/);
    expect((await world.ask('GET', '/api/v1/exports?personal=true', { token })).text).toContain('13800000001');
  });

  test('overview', async () => {
    const { json } = await world.ask('GET', '/api/v1/overview', { token });
    expect(json).toMatchObject({ devices: { total: 2, online: 1, offline: 0, unknown: 1 }, ledger: { received: 5, inFlight: 2 } });
    expect(json.regions.find((region: { code: string }) => region.code === '110000').level).toBe('yellow');
    expect(json.sites.find((site: { id: string }) => site.id === 'north-net')).toMatchObject({ level: 'yellow', devices: 1, online: 1 });
    expect(json.notices).toEqual(['single_administrator']);
  });

  test('dead letters: list, retry', async () => {
    await world.deps.deadLetters.put([
      {
        id: 'dl-1',
        deviceId: 'north-dev',
        receivedAt: START,
        code: 'not_json',
        reason: 'not JSON',
        payload: '{',
        topic: 'anlan/v1/devices/north-dev/telemetry',
      },
    ]);
    expect((await world.ask('GET', '/api/v1/dead-letters?code=not_json', { token })).json.items).toEqual([
      expect.objectContaining({ id: 'dl-1', receivedAt: '2026-03-01T04:00:00.000Z', retriedAt: null }),
    ]);
    expect((await world.ask('POST', '/api/v1/dead-letters/dl-1/retry', { token })).json).toEqual({
      id: 'dl-1',
      accepted: 1,
      refused: 0,
      outcome: 'accepted',
    });
    expect((await world.ask('POST', '/api/v1/dead-letters/nothing/retry', { token })).status).toBe(404);
  });

  test('health, OpenAPI, docs', async () => {
    expect((await world.ask('GET', '/health/live')).json).toEqual({ status: 'live' });
    expect((await world.ask('GET', '/health/ready')).json).toEqual({ status: 'ready', checks: { log: { ok: true, detail: '' } } });
    const { json } = await world.ask('GET', '/api/openapi.json');
    expect(json.openapi).toBe('3.1.0');
    expect(
      json.paths['/api/v1/alarms/{id}/commands'].post.requestBody.content['application/json'].schema.oneOf ??
        json.paths['/api/v1/alarms/{id}/commands'].post.requestBody.content['application/json'].schema.anyOf,
    ).toHaveLength(7);
    expect((await world.ask('GET', '/api/docs')).text).toContain('POST /api/v1/auth/login');
    expect((await world.ask('GET', '/metrics')).text).toContain('anlan_http_requests_total');
  });

  test('what is not there is a problem document too', async () => {
    const answer = await world.ask('GET', '/api/v1/nothing', { token });
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json).toMatchObject({
      type: 'urn:anlan:problem:not_found',
      status: 404,
      code: 'not_found',
      requestId: answer.headers['x-request-id'],
    });
  });
});
