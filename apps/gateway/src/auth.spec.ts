import { ROLES } from '@anlan/ports';
import { PASSWORD, START, eventually, makeWorld, type World } from './contract/world.js';
import { passwordFault, passwords } from './auth/passwords.js';
import { ensureAdministrator, hashToken, newToken } from './index.js';

const MINUTE = 60_000;

describe('logins and sessions', () => {
  let world: World;
  let admin: string;
  beforeEach(async () => {
    world = await makeWorld();
    admin = await world.user('boss', ['admin', 'shift_leader', 'analyst', 'auditor']);
  });
  afterEach(() => world.close());

  test('S-24: five failures lock the pair of account and source for fifteen minutes', async () => {
    for (let at = 0; at < 5; at++) expect((await world.login('boss', 'wrong password')).status).toBe(401);
    const locked = await world.login('boss', PASSWORD);
    expect([locked.status, locked.json.code, locked.headers['retry-after']]).toEqual([429, 'locked', '900']);
    world.clock.jumpWall(15 * MINUTE + 1);
    expect((await world.login('boss')).status).toBe(200);
  });

  test('S-24: fifty wrong tries at once count one after another', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => world.login('boss', 'wrong password')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(35);
  });

  test('S-24: thirty tries a minute from one source, then 429; beyond fifty waiting, 503', async () => {
    const strict = await makeWorld({ limits: { loginsPerMinute: 30 } });
    const answers = [];
    for (let at = 0; at < 31; at++) answers.push((await strict.login(`nobody-${at}`, 'wrong')).status);
    expect(answers).toEqual([...Array.from({ length: 30 }, () => 401), 429]);
    expect((await strict.login('nobody', 'wrong', '127.0.0.2')).status).toBe(401);
    await strict.close();
    const dear = await makeWorld({ limits: { scryptLog2N: 13 } });
    const flood = await Promise.all(Array.from({ length: 120 }, (_, at) => dear.login(`other-${at}`, 'wrong')));
    expect(new Set(flood.map(({ status }) => status))).toEqual(new Set([401, 503]));
    await dear.close();
  }, 30_000);

  test('S-25: an unknown name and a wrong password answer alike, in body and in time', async () => {
    const [unknown, wrong] = [await world.login('nobody-here', PASSWORD), await world.login('boss', 'wrong password')];
    const { requestId: _one, ...left } = unknown.json;
    const { requestId: _two, ...right } = wrong.json;
    expect([unknown.status, left]).toEqual([wrong.status, right]);
    const hashing = passwords(14);
    const stored = await hashing.hash(PASSWORD);
    const median = async (hash: string | undefined): Promise<number> => {
      const times = [];
      for (let at = 0; at < 9; at++) {
        const begun = performance.now();
        await hashing.verify('some password', hash);
        times.push(performance.now() - begun);
      }
      return times.sort((a, b) => a - b)[4]!;
    };
    const [known, none] = [await median(stored), await median(undefined)];
    expect(none / known).toBeGreaterThan(0.5);
    expect(none / known).toBeLessThan(2);
  }, 30_000);

  test('S-26: who locks an account from elsewhere neither ends its sessions nor keeps it from its own place', async () => {
    for (let at = 0; at < 6; at++) await world.login('boss', 'wrong password', '127.0.0.66');
    expect((await world.login('boss', PASSWORD, '127.0.0.66')).status).toBe(429);
    expect((await world.ask('GET', '/api/v1/auth/me', { token: admin })).status).toBe(200);
    expect((await world.login('boss')).status).toBe(200);
  });

  test('S-27: a token is dead after logout, refresh, expiry and for another token', async () => {
    const alive = async (token: string): Promise<number> => (await world.ask('GET', '/api/v1/auth/me', { token })).status;
    const refreshed = await world.ask('POST', '/api/v1/auth/refresh', { token: admin });
    const next: string = refreshed.json.accessToken;
    expect([await alive(admin), await alive(next), await alive(newToken())]).toEqual([401, 200, 401]);
    expect((await world.ask('POST', '/api/v1/auth/logout', { token: next })).status).toBe(204);
    expect(await alive(next)).toBe(401);
    const last: string = (await world.login('boss')).json.accessToken;
    world.clock.jumpWall(12 * 60 * MINUTE - 1);
    expect(await alive(last)).toBe(200);
    world.clock.jumpWall(1);
    expect(await alive(last)).toBe(401);
  });

  test('S-27: a change of roles, scope, password or status ends the sessions of that user', async () => {
    const officer = await world.user('officer', ['duty_officer']);
    const changes = [
      { roles: ['duty_officer', 'analyst'] },
      { scope: { regionCodes: ['110000'] } },
      { password: 'another good password' },
      { disabled: true },
    ];
    let token = officer;
    for (const change of changes) {
      expect((await world.ask('GET', '/api/v1/auth/me', { token })).status).toBe(200);
      expect((await world.ask('PATCH', '/api/v1/users/u-officer', { token: admin, body: change })).status).toBe(200);
      expect((await world.ask('GET', '/api/v1/auth/me', { token })).status).toBe(401);
      const again = await world.login('officer', 'password' in change || 'disabled' in change ? 'another good password' : PASSWORD);
      if ('disabled' in change) expect(again.status).toBe(401);
      else token = again.json.accessToken;
    }
  });

  test('S-27: a fourth session ends the oldest, and only hashes of tokens are kept', async () => {
    const tokens = [admin];
    for (let at = 0; at < 3; at++) {
      await world.clock.advance(1_000);
      tokens.push((await world.login('boss')).json.accessToken);
    }
    const alive = await Promise.all(tokens.map(async (token) => (await world.ask('GET', '/api/v1/auth/me', { token })).status));
    expect(alive).toEqual([401, 200, 200, 200]);
    const session = await world.records.accounts.sessionByTokenHash(hashToken(tokens[3]!));
    expect(JSON.stringify(session)).not.toContain(tokens[3]);
  });

  test('the own password: the old one is asked, the new one judged, all other sessions end', async () => {
    const other: string = (await world.login('boss')).json.accessToken;
    const change = (oldPassword: string, newPassword: string) =>
      world.ask('POST', '/api/v1/auth/password', { token: admin, body: { oldPassword, newPassword } });
    expect((await change('wrong password', 'quite another secret')).status).toBe(401);
    expect((await change(PASSWORD, 'short')).json).toMatchObject({ status: 422, code: 'weak_password' });
    const done = await change(PASSWORD, 'quite another secret');
    expect(done.status).toBe(200);
    expect((await world.ask('GET', '/api/v1/auth/me', { token: other })).status).toBe(401);
    expect((await world.ask('GET', '/api/v1/auth/me', { token: done.json.accessToken })).status).toBe(200);
  });

  test('S-42: the last administrator cannot go, and cannot be shut out', async () => {
    expect((await world.ask('PATCH', '/api/v1/users/u-boss', { token: admin, body: { disabled: true } })).json.code).toBe(
      'last_administrator',
    );
    expect((await world.ask('PATCH', '/api/v1/users/u-boss', { token: admin, body: { roles: ['auditor'] } })).json.code).toBe(
      'last_administrator',
    );
    await world.user('second', ['admin']);
    expect((await world.ask('PATCH', '/api/v1/users/u-boss', { token: admin, body: { roles: ['auditor'] } })).status).toBe(200);
  });

  test('S-42: orange and red are shelved by two people, not by two accounts of one', async () => {
    const leader = await world.user('leader', ['shift_leader'], { personId: 'p-north' });
    await world.user('leader-too', ['shift_leader'], { personId: 'p-north' });
    await world.user('other-leader', ['shift_leader'], { personId: 'p-south' });
    await world.user('officer', ['duty_officer']);
    const alarm = await world.raise('north-dev.ch4', 'red');
    const shelve = (second?: object) =>
      world.ask('POST', `/api/v1/alarms/${alarm.id}/commands`, {
        token: leader,
        body: {
          type: 'shelve',
          until: new Date(START + 30 * MINUTE).toISOString(),
          reason: '检修',
          ...(second && { secondPerson: second }),
        },
      });
    expect((await shelve()).json).toMatchObject({ status: 403, code: 'second_person_required' });
    for (const username of ['leader', 'leader-too', 'officer', 'nobody'])
      expect((await shelve({ username, password: PASSWORD })).json).toMatchObject({ status: 403, code: 'second_person_required' });
    expect((await shelve({ username: 'other-leader', password: 'wrong password' })).status).toBe(403);
    const done = await shelve({ username: 'other-leader', password: PASSWORD });
    expect(done.json).toMatchObject({ suppression: 'shelved', shelf: { reason: '检修', permitLevel: 'red' } });
    const officer: string = (await world.login('officer')).json.accessToken;
    expect(
      (
        await world.ask('POST', `/api/v1/alarms/${alarm.id}/commands`, {
          token: officer,
          body: { type: 'shelve', until: new Date(START + 30 * MINUTE).toISOString(), reason: 'x' },
        })
      ).json.code,
    ).toBe('forbidden');
  });

  test('S-40: each act leaves one audit row with its outcome, and no secret', async () => {
    const alarm = await world.raise('north-dev.ch4', 'blue');
    await world.login('boss', 'wrong password');
    const steps = [
      () => world.ask('POST', `/api/v1/alarms/${alarm.id}/commands`, { token: admin, body: { type: 'acknowledge' } }),
      () => world.ask('POST', `/api/v1/alarms/${alarm.id}/commands`, { token: admin, body: { type: 'reset' } }),
      () => world.ask('PATCH', '/api/v1/assets/north-well', { token: admin, body: { name: '井' } }),
      () =>
        world.ask('POST', '/api/v1/users', {
          token: admin,
          body: { username: 'new', name: 'New', password: 'a fine long secret', roles: ['auditor'] },
        }),
      () => world.ask('GET', '/api/v1/exports', { token: admin }),
      () => world.ask('POST', '/api/v1/auth/logout', { token: admin }),
    ];
    for (const step of steps) await step();
    const rows = [...(await world.deps.audit.page(100)).items].reverse();
    expect(rows.map(({ action, outcome, actor }) => [action, outcome, actor.id])).toEqual([
      ['auth.login', 'ok', 'u-boss'],
      ['auth.login', 'refused', 'anonymous'],
      ['alarm.command', 'ok', 'u-boss'],
      ['alarm.command', 'refused', 'u-boss'],
      ['registry.change', 'ok', 'u-boss'],
      ['user.create', 'ok', 'u-boss'],
      ['registry.export', 'ok', 'u-boss'],
      ['auth.logout', 'ok', 'u-boss'],
    ]);
    expect(rows[3]).toMatchObject({
      objectKind: 'alarm',
      objectId: alarm.id,
      regionCode: '110100',
      reason: 'condition_stands',
      after: 'reset',
      source: '127.0.0.1',
    });
    expect(JSON.stringify(rows)).not.toMatch(/correct horse|wrong password|a fine long secret/);
    expect(await world.deps.audit.verify()).toBeNull();
  });

  test('an audit trail that cannot be written stops every change but an acknowledgement', async () => {
    const broken = await makeWorld({
      deps: {
        audit: {
          write: () => Promise.reject(new Error('disk')),
          page: async () => ({ items: [], nextCursor: null }),
          verify: async () => null,
        },
      },
    });
    const token = await broken.user('boss', ROLES);
    const alarm = await broken.raise('north-dev.ch4', 'red');
    expect((await broken.ask('PATCH', '/api/v1/assets/north-well', { token, body: { name: '井' } })).json.code).toBe('audit_unavailable');
    expect((await broken.ask('POST', `/api/v1/alarms/${alarm.id}/commands`, { token, body: { type: 'acknowledge' } })).status).toBe(200);
    await broken.close();
  });

  test('S-44: a stream of an ended session is closed with the next heartbeat', async () => {
    const stream = await world.watch(admin);
    await world.ask('POST', '/api/v1/auth/logout', { token: admin });
    await world.clock.advance(5_000);
    await eventually(() => stream.ended());
  });
});

describe('the first administrator', () => {
  test('is made once; a random password is told once and should be replaced, a given one counts as chosen', async () => {
    const world = await makeWorld();
    const deps = { accounts: world.records.accounts, clock: world.clock, scryptLog2N: 4 };
    const made = await ensureAdministrator(deps, null);
    if (made.kind !== 'made' || made.printed === null) throw new Error('no password was told');
    expect(made.printed).toMatch(/^[A-Za-z2-9]{20}$/);
    expect(await ensureAdministrator(deps, null)).toEqual({ kind: 'there' });
    expect((await world.login('admin', made.printed)).json).toMatchObject({
      mustChangePassword: true,
      user: { roles: ['admin', 'shift_leader', 'analyst', 'auditor'], scope: { regionCodes: null } },
    });
    await world.close();
    const second = await makeWorld();
    expect(await ensureAdministrator({ ...deps, accounts: second.records.accounts }, 'demo-password')).toEqual({
      kind: 'made',
      username: 'admin',
      printed: null,
    });
    expect((await second.login('admin', 'demo-password')).json.mustChangePassword).toBe(false);
    await second.close();
  });

  test('the real cost: scrypt N 2^17 r 8 p 1', async () => {
    const hash = await passwords(17).hash(PASSWORD);
    expect(hash).toMatch(/^scrypt\$17\$[\w-]{22}\$[\w-]{43}$/);
    expect(await passwords(4).verify(PASSWORD, hash)).toBe(true);
    expect(await passwords(4).verify(`${PASSWORD} `, hash)).toBe(false);
  }, 60_000);

  test('the token of the command line opens the API while the process lives', async () => {
    const token = newToken();
    const world = await makeWorld({ settings: { localTokenHash: hashToken(token) } });
    expect((await world.ask('GET', '/api/v1/users', { token })).status).toBe(200);
    expect((await world.ask('POST', '/api/v1/auth/logout', { token })).status).toBe(403);
    await world.close();
  });
});

test.each([
  ['short', 'boss', false, 'must have 12 to 128 characters'],
  ['fourteen chars', 'boss', true, 'must have 15 to 128 characters'],
  ['fifteen  chars!', 'boss', true, undefined],
  ['twelve chars', 'boss', false, undefined],
  ['x'.repeat(129), 'boss', false, 'must have 12 to 128 characters'],
  ['aaaaaaaaaaaa', 'boss', false, 'repeats too few characters'],
  ['password1234', 'x', false, 'is one of the most used passwords'],
  ['i am boss of it', 'boss', false, 'must not contain the name of the user or of the product'],
  ['anlan is mine', 'boss', false, 'must not contain the name of the user or of the product'],
  ['口令口令一二三四五六七八', 'boss', false, undefined],
])('a new password %s of %s (admin %s): %s', (password, username, isAdmin, fault) =>
  expect(passwordFault(password, username, isAdmin)).toBe(fault),
);
