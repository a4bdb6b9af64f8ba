import { Controller, Get, Module } from '@nestjs/common';
import { ROLES, type EntityKind, type Role } from '@anlan/ports';
import { CITIES } from './contract/cities.js';
import { START, makeWorld, type World } from './contract/world.js';
import { rolesFor } from './http/call.js';
import { OPERATIONS, pathsOf, type OperationName, type OperationSpec } from './http/operations.js';
import { gatewayModule } from './index.js';
import { serve } from '@anlan/shell';

const NAMES = Object.keys(OPERATIONS) as OperationName[];
/** Every real address of every operation. */
const ADDRESSES = NAMES.flatMap((name) =>
  pathsOf(name).map((path) => ({
    name,
    method: (OPERATIONS[name] as OperationSpec).method,
    path,
    url: path.replaceAll(/\{\w+\}/g, 'nothing-here'),
  })),
);
/** These end the session that asks; their rights are looked at without a session, and with one in the spec of logins. */
const ENDS_SESSION = new Set<OperationName>(['logout', 'refresh']);

describe('rights', () => {
  let world: World;
  const tokens = new Map<Role, string>();
  beforeAll(async () => {
    world = await makeWorld();
    for (const role of ROLES) tokens.set(role, await world.user(`is-${role}`, [role]));
  });
  afterAll(() => world.close());

  test('S-28: every operation but the public ones refuses the anonymous with 401', async () => {
    const open = [];
    for (const { name, method, path, url } of ADDRESSES) {
      const { status } = await world.ask(method, url, method === 'GET' || method === 'DELETE' ? {} : { body: {} });
      const isPublic = rolesFor(name, path.split('/')[3] as EntityKind) === undefined;
      if (isPublic) open.push(name);
      else expect([name, path, status]).toEqual([name, path, 401]);
    }
    expect([...new Set(open)].sort()).toEqual([
      'docs',
      'fieldAct',
      'fieldPage',
      'fieldStyle',
      'live',
      'login',
      'metrics',
      'openapi',
      'ready',
    ]);
  });

  test.each(ROLES)('S-28: every operation × %s is as the table says', async (role) => {
    const token = tokens.get(role) ?? '';
    for (const { name, method, path, url } of ADDRESSES.filter((address) => !ENDS_SESSION.has(address.name))) {
      const allowed = rolesFor(name, path.split('/')[3] as EntityKind);
      if (allowed === undefined) continue;
      const status =
        name === 'stream'
          ? await statusOfStream(world, token)
          : (await world.ask(method, url, method === 'GET' || method === 'DELETE' ? { token } : { token, body: {} })).status;
      if (allowed.includes(role)) expect([name, path, [200, 404, 422].includes(status)]).toEqual([name, path, true]);
      else expect([name, path, status]).toEqual([name, path, 403]);
    }
  });

  test('S-28: a handler without a declared right stops the start', async () => {
    class Loose {
      get(): string {
        return 'open';
      }
    }
    Controller('loose')(Loose);
    Get()(Loose.prototype, 'get', Object.getOwnPropertyDescriptor(Loose.prototype, 'get')!);
    class Host {}
    Module({ imports: [gatewayModule(world.deps)], controllers: [Loose] })(Host);
    await expect(serve(Host, { logger: world.deps.logger, host: '127.0.0.1', port: 0, tls: null })).rejects.toThrow(
      'Loose.get has no declared policy',
    );
  });

  test('S-29: no spelling of a path gets around the right of its handler', async () => {
    const spell = (path: string): readonly string[] => [
      path.toUpperCase(),
      `${path}/`,
      `/${path}`,
      path.replace('/v1/', '//v1/'),
      path.replace('/v1/', '/./v1/'),
      path.replace('/v1/', '/x/../v1/'),
      path.replace('/api', '/%61pi'),
      path.replace('/v1', '/%76%31'),
      `${path};x=1`,
      `${path}%00`,
      `${path}%20`,
      `${path}.json`,
      `${path}?`,
      `${path}#x`,
      `${path}%2f`,
      path.replace('/v1/', '/v1%2f'),
      path.replace('/v1/', '\\v1\\'),
      `${path}/..;/`,
      `/public/..${path}`,
      `/a/..${path}`,
      `/health/live/..${path}`,
      path.replace('/api/', '/API/'),
      `${path}%2e%2e`,
      `${path}%c0%af`,
      `${path}%`,
      `http://127.0.0.1${path}`,
      `${path}?access=1`,
      `${path}//`,
      `${path}%3f`,
      `${path}%ff`,
    ];
    for (const path of [
      '/api/v1/users',
      '/api/v1/alarms',
      '/api/v1/audit',
      '/api/v1/devices',
      '/api/v1/rules',
      '/api/v1/exports',
      '/api/v1/overview',
      '/api/v1/ledger',
      '/api/v1/dead-letters',
      '/api/v1/notifications',
    ]) {
      for (const spelt of spell(path))
        expect([spelt, [400, 401, 404].includes((await world.ask('GET', spelt)).status)]).toEqual([spelt, true]);
    }
  });

  test('S-30, S-31: nothing of the other region comes out of any read', async () => {
    const token = await world.user('north', ROLES, { regionCodes: ['110000'] });
    const mine = await world.raise('north-dev.ch4', 'red');
    const other = await world.raise('south-dev.ch4', 'red');
    await world.deps.deadLetters.put([
      { id: 'south-dl', deviceId: 'south-dev', receivedAt: START, code: 'not_json', reason: 'SECRET', payload: 'SECRET', topic: 'SECRET' },
    ]);
    await world.deps.ledger.apply(0, { from: 0, next: 1 }, [
      { deviceId: 'south-dev', hour: START, counts: { received: 7_654_321, stored: 7_654_321, rejected: 0, duplicate: 0, quarantined: 0 } },
    ]);
    const ids = {
      sites: 'south-net',
      assets: 'south-well',
      devices: 'south-dev',
      points: 'south-dev.ch4',
      regions: '220000',
      units: 'south-gas',
      people: 'p-south',
      rules: 'r-south',
    };
    const hidden = [
      ...Object.entries(ids).map(([kind, id]) => `/${kind}/${id}`),
      `/alarms/${other.id}`,
      `/alarms/${other.id}/timeline`,
      `/alarms/${other.id}/notifications`,
      '/points/south-dev.ch4/series',
    ];
    for (const path of hidden) expect([path, (await world.ask('GET', `/api/v1${path}`, { token })).status]).toEqual([path, 404]);
    const lists = [
      'alarms',
      'alarms?siteId=south-net',
      'alarms?pointId=south-dev.ch4',
      'alarms?regionCode=220000',
      'alarms/counts',
      'overview',
      'ledger',
      'ledger?deviceId=south-dev',
      'dead-letters',
      'dead-letters?deviceId=south-dev',
      'notifications',
      ...Object.keys(CITIES).filter((kind) => kind !== 'version'),
      'devices?siteId=south-net',
      'groups',
      'routes',
    ];
    for (const list of lists) {
      const { status, text } = await world.ask('GET', `/api/v1/${list}`, { token });
      expect([list, status, /SECRET|south|220000|7654321/.exec(text)]).toEqual([list, 200, null]);
    }
    expect((await world.ask('GET', '/api/v1/alarms', { token })).json.items.map((alarm: { id: string }) => alarm.id)).toEqual([mine.id]);
    expect((await world.ask('GET', '/api/v1/alarms/counts', { token })).json.total).toBe(1);
  });

  test('S-30: nothing in the other region can be changed', async () => {
    const { json } = await world.login('north');
    const token: string = json.accessToken;
    const other = await world.raise('south-dev.ch4', 'blue');
    const ask = async (method: string, path: string, body?: unknown): Promise<number> =>
      (await world.ask(method, `/api/v1${path}`, { token, ...(body !== undefined && { body }) })).status;
    expect(await ask('POST', `/alarms/${other.id}/commands`, { type: 'acknowledge' })).toBe(404);
    expect(await ask('POST', '/dead-letters/south-dl/retry', {})).toBe(404);
    for (const path of ['/sites/south-net', '/devices/south-dev', '/points/south-dev.ch4', '/rules/r-south']) {
      expect(await ask('PATCH', path, { name: 'mine' })).toBe(404);
      expect(await ask('DELETE', path)).toBe(404);
    }
    expect(await ask('POST', '/assets', { id: 'a-1', siteId: 'south-net', name: 'mine' })).toBe(403);
    expect(
      await ask('POST', '/rules', {
        id: 'r-1',
        kind: 'threshold',
        pointId: 'south-dev.ch4',
        side: 'high',
        levels: [{ level: 'blue', at: 1 }],
      }),
    ).toBe(403);
    expect(
      await ask('POST', '/rules', {
        id: 'r-1',
        kind: 'threshold',
        pointIds: ['north-dev.ch4', 'south-dev.ch4'],
        side: 'high',
        levels: [{ level: 'blue', at: 1 }],
      }),
    ).toBe(403);
    expect(await ask('PATCH', '/assets/north-well', { siteId: 'south-net' })).toBe(403);
    expect(await ask('POST', '/units', { id: 'u-1', name: 'unit', role: 'owner' })).toBe(403);
    expect(await ask('POST', '/imports', CITIES)).toBe(403);
    expect(await ask('GET', '/exports')).toBe(403);
    expect(await ask('PATCH', '/assets/north-well', { name: '北井甲' })).toBe(200);
  });

  test('S-32: fields that the server owns are refused wherever they are written', async () => {
    const token = await world.user('all', ROLES);
    const alarm = await world.raise('north-dev.ch4', 'blue');
    const refused = async (method: string, path: string, body: object, field: string): Promise<void> => {
      const answer = await world.ask(method, `/api/v1${path}`, { token, body });
      expect([path, field, answer.status]).toEqual([path, field, 422]);
      expect(answer.json.errors.map((fault: { path: string }) => fault.path)).toContain(`/${field}`);
    };
    for (const field of ['id', 'passwordHash', 'createdAt', 'mustChangePassword', '__proto__']) {
      await refused(
        'POST',
        '/users',
        JSON.parse(`{"username":"x","name":"x","password":"long enough words","roles":["auditor"],"${field}":1}`) as object,
        field,
      );
      await refused('PATCH', '/users/u-north', JSON.parse(`{"${field}":1}`) as object, field);
    }
    for (const field of ['actor', 'version', 'level', 'by', 'at', 'ackTrust', 'upToLevel'])
      await refused('POST', `/alarms/${alarm.id}/commands`, { type: 'acknowledge', [field]: 'red' }, field);
    for (const field of ['version', 'approvedBy', 'author', 'active', 'createdAt'])
      await refused('PATCH', '/rules/r-north', { [field]: 'x' }, field);
    for (const field of ['regionCode', 'online', 'credentialHash'])
      await refused('POST', '/devices', { id: 'd-9', assetId: 'north-well', [field]: 'x' }, field);
    await refused('POST', '/auth/login', { username: 'all', password: 'x', roles: ['admin'] }, 'roles');
  });

  test('a phone is masked for those who need not call, and a credential is set by administrators only', async () => {
    const analyst = tokens.get('analyst');
    expect((await world.ask('GET', '/api/v1/people/p-north', { token: analyst ?? '' })).json.phone).toBe('138******01');
    expect((await world.ask('GET', '/api/v1/people/p-north', { token: tokens.get('shift_leader') ?? '' })).json.phone).toBe('13800000001');
    expect(
      (await world.ask('PATCH', '/api/v1/devices/north-dev', { token: analyst ?? '', body: { credential: 'another-credential-1' } }))
        .status,
    ).toBe(403);
    expect(
      (
        await world.ask('PATCH', '/api/v1/devices/north-dev', {
          token: tokens.get('admin') ?? '',
          body: { credential: 'another-credential-1' },
        })
      ).status,
    ).toBe(200);
    expect(JSON.stringify(await world.deps.audit.page(100))).not.toMatch(/another-credential|13800000001/);
  });
});

async function statusOfStream(world: World, token: string): Promise<number> {
  const stream = await world.watch(token);
  stream.leave();
  return stream.status;
}
