import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { city } from '../rig/city.js';
import { beside, runAnlan } from '../rig/cli.js';
import { Device } from '../rig/device.js';
import { startPhone } from '../rig/phone.js';
import { MAIN, Platform, temporaryFolder, until } from '../rig/platform.js';

/** Secrets that a run of everything touches. None may be seen anywhere but where it belongs. */
const CANARY = {
  admin: 'CANARY-admin-password-61f0',
  device: 'CANARY-device-credential-2b77',
  wrong: 'CANARY-mistyped-secret-90d3',
  officer: 'CANARY-first-passphrase-5ae1',
  renewed: 'CANARY-renewed-passphrase-c4f9',
  pepper: 'CANARY-pepper-of-at-least-32-characters',
  webhook: 'whsec_Q0FOQVJZLXdlYmhvb2stc2VjcmV0LTc3',
};

/** Exit code, see docs/operations.md. */
const WRONG_SETTINGS = 78;

const READS = [
  '/auth/me',
  '/users',
  '/audit',
  '/overview',
  '/alarms',
  '/alarms/counts',
  '/ledger',
  '/dead-letters',
  '/notifications',
  '/devices',
  '/devices/d-0',
  '/people',
  '/points',
  '/rules',
  '/routes',
  '/units',
  '/regions',
  '/exports',
  '/exports?personal=true',
];

describe('S-65: a run of everything', () => {
  const folder = temporaryFolder();
  const api: string[] = [];
  const cli: string[] = [];
  const tokens: string[] = [];
  let platform: Platform;
  let posts: readonly unknown[] = [];

  beforeAll(async () => {
    const phone = await startPhone();
    const env = {
      ANLAN_ADMIN_PASSWORD: CANARY.admin,
      ANLAN_SECRET_KEY: CANARY.pepper,
      ANLAN_WEBHOOK_SECRET: CANARY.webhook,
      ANLAN_LOG_LEVEL: 'info',
      ANLAN_EGRESS_ALLOW: `127.0.0.1:${phone.port}`,
    };
    platform = await Platform.start({ dataDir: folder.path, env });
    const admin = await platform.login('admin', CANARY.admin);
    tokens.push(admin);
    const call = async (method: string, path: string, body?: unknown, token = admin): Promise<any> => {
      const answer = await platform.raw(`/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      api.push(JSON.stringify(answer.body), JSON.stringify([...answer.headers]));
      return answer.body;
    };
    const bundle = city({ devices: 2, device: { credential: CANARY.device } });
    await call('POST', '/imports', {
      ...bundle,
      people: [{ id: 'p-1', name: '值班甲', unitId: 'u-1', webhook: `http://127.0.0.1:${phone.port}/hook` }],
      routes: [{ id: 'route', levels: ['orange', 'red'], personIds: ['p-1'], channels: ['outbox', 'webhook'] }],
    });
    await call('POST', '/imports', { version: 1, devices: [{ id: 'd-9', assetId: 'nowhere', credential: CANARY.device, zone: 7 }] });
    await call('PATCH', '/devices/d-1', { credential: CANARY.device });

    await call('POST', '/users', { username: 'officer', name: '值班', password: CANARY.officer, roles: ['duty_officer'] });
    await call('POST', '/users', { username: 'other', name: '乙', password: CANARY.officer, roles: ['nonsense'] });
    await call('POST', '/auth/login', { username: 'admin', password: CANARY.wrong });
    await call('POST', '/auth/login', { username: 'nobody', password: CANARY.wrong, extra: CANARY.wrong });
    const officer = await platform.login('officer', CANARY.officer);
    await call('POST', '/auth/password', { oldPassword: CANARY.wrong, newPassword: CANARY.renewed }, officer);
    const changed = await platform.raw('/api/v1/auth/password', {
      method: 'POST',
      headers: { authorization: `Bearer ${officer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ oldPassword: CANARY.officer, newPassword: CANARY.renewed }),
    });
    tokens.push(officer, changed.body.accessToken as string);

    await Device.connect(platform.mqttPort, 'd-0', CANARY.wrong).then(
      (device) => device.end(),
      () => undefined,
    );
    const device = await Device.connect(platform.mqttPort, 'd-0', CANARY.device);
    await device.telemetry({ t: Date.now(), values: { test_ch4: 4.4, unknown: 1 } });
    await device.telemetry('not json');
    await device.end();
    const alarm = await until('a red alarm', async () => (await call('GET', '/alarms?open=true&level=red')).items[0]);
    await until('its post', () => (phone.calls.length > 0 ? true : undefined), 20_000);
    await call('POST', `/alarms/${alarm.id}/commands`, {
      type: 'shelve',
      until: new Date(Date.now() + 60_000).toISOString(),
      reason: '检修',
      secondPerson: { username: 'officer', password: CANARY.wrong },
    });
    await call('POST', `/alarms/${alarm.id}/commands`, {
      type: 'acknowledge',
      secondPerson: { username: 'officer', password: CANARY.renewed },
    });
    for (const path of [...READS, `/alarms/${alarm.id}`, `/alarms/${alarm.id}/timeline`]) await call('GET', path);
    api.push(
      (await platform.raw('/metrics')).body as string,
      JSON.stringify((await platform.raw('/api/openapi.json')).body),
      (await platform.raw('/')).body as string,
    );
    const commands = [
      ['doctor', '--json'],
      ['user', 'list'],
      ['export', '--personal'],
      ['user', 'add', 'officer', '--role', 'admin', '--password-stdin'],
    ];
    const said = await Promise.all(commands.map((args) => runAnlan(args, { env: beside(platform), stdin: CANARY.officer })));
    cli.push(...said.flatMap(({ out, err }) => [out, err]));
    posts = phone.calls;
    await phone.stop();
  }, 120_000);
  afterAll(async () => {
    await platform.kill9();
    folder.remove();
  });

  const seenIn = (text: string): readonly string[] => [...Object.values(CANARY), ...tokens].filter((secret) => text.includes(secret));

  test('the run did touch what it should', () => {
    expect(tokens.filter((token) => typeof token === 'string' && token.length > 30)).toHaveLength(3);
    expect(posts.length).toBeGreaterThan(0);
    expect(api.length).toBeGreaterThan(50);
  });

  test('S-65: no secret in anything the process prints', () => {
    expect(platform.output.join('').length).toBeGreaterThan(100);
    expect(seenIn(platform.output.join(''))).toEqual([]);
  });

  test('S-65: no secret in any answer of the API, the metrics or the pages', () => expect(api.flatMap(seenIn)).toEqual([]));

  test('S-65: no secret in what the command line prints', () => expect(cli.flatMap(seenIn)).toEqual([]));

  test('S-65: no secret in what is posted to others', () => expect(seenIn(JSON.stringify(posts))).toEqual([]));

  test('S-65 S-48: no password, token or credential in any file of the data folder', () => {
    for (const name of readdirSync(folder.path))
      expect([name, seenIn(readFileSync(join(folder.path, name)).toString('latin1'))]).toEqual([name, []]);
  });

  test('S-65: none on the command line of the process, where every user of the machine sees it', () => {
    expect(seenIn(readFileSync(`/proc/${platform.process.pid}/cmdline`, 'utf8'))).toEqual([]);
  });

  test('S-65: a start with wrong settings names them and shows no value of a secret', () => {
    const env = {
      ANLAN_SECRET_KEY: 'CANARY-short',
      ANLAN_ADMIN_PASSWORD: 'CANARY',
      ANLAN_DEMO: 'perhaps',
      ANLAN_DATA_DIR: join(folder.path, 'second'),
    };
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(status).toBe(WRONG_SETTINGS);
    for (const name of ['ANLAN_SECRET_KEY', 'ANLAN_ADMIN_PASSWORD', 'ANLAN_DEMO']) expect(stderr).toContain(name);
    expect(stdout + stderr).not.toContain('CANARY');
  }, 40_000);
});
