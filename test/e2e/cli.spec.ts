import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CREDENTIAL, city } from '../rig/city.js';
import { beside, runAnlan, type CliOptions } from '../rig/cli.js';
import { Device } from '../rig/device.js';
import { testOfTheFolder } from '../rig/distributed.js';
import { Platform, temporaryFolder, until } from '../rig/platform.js';

/** The command line as a person uses it, against the real server. */
describe('npx anlan', () => {
  const work = temporaryFolder();
  const file = (name: string): string => join(work.path, name);
  let platform: Platform;
  const ledger = async (): Promise<readonly Readonly<{ deviceId: string; received: number; stored: number; rejected: number }>[]> =>
    (await platform.get('/ledger')).items;
  const run = (args: readonly string[], options: CliOptions = {}) =>
    runAnlan(args, { cwd: work.path, ...options, env: { ...beside(platform), ...options.env } });

  beforeAll(async () => {
    platform = await Platform.start({ dataDir: file('data') });
    writeFileSync(file('city.json'), JSON.stringify(city({ devices: 3, device: { intervalMs: 1_000 } })));
  }, 60_000);
  afterAll(async () => {
    await platform.kill9();
    work.remove();
  });

  test('check, import, export, import again: the round trip changes nothing', async () => {
    expect(await run(['check', 'city.json'])).toEqual({ code: 0, out: 'city.json: bundle, no faults\n', err: '' });
    const first = await run(['import', 'city.json', '--json']);
    expect([first.code, first.err]).toEqual([0, '']);
    expect(JSON.parse(first.out)).toMatchObject({ applied: { devices: 3, points: 3, rules: 3 } });
    for (const name of ['out.yaml', 'out.json']) {
      expect((await run(['export', '--personal', '-o', name])).code).toBe(0);
      expect(await run(['check', name])).toMatchObject({ code: 0 });
      const again = await run(['import', name, '--json']);
      expect([
        name,
        again.code,
        Object.values(JSON.parse(again.out).applied as Record<string, number>).filter((count) => count > 0),
      ]).toEqual([name, 0, []]);
    }
    expect(readFileSync(file('out.yaml'), 'utf8')).not.toContain(CREDENTIAL);
    expect(JSON.parse((await run(['export'])).out)).toMatchObject({ version: 1 });
  }, 60_000);

  test('a faulty bundle: exit 1, each fault with its line, and nothing of it is there', async () => {
    writeFileSync(
      file('bad.yaml'),
      'version: 1\nunits:\n  - { id: u-9, name: 乙, role: owner }\npeople:\n  - { id: p-9, name: 丙, unitId: nowhere }\n',
    );
    const refused = await run(['import', 'bad.yaml']);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/line 5 {2}\/people\/0\/unitId/);
    expect((await platform.api('GET', '/units/u-9')).status).toBe(404);
    const [cut, nobody, nothing] = await Promise.all([
      run(['import', '-'], { stdin: 'version: [1' }),
      run(['import', 'city.json', '--url', 'http://127.0.0.1:9']),
      run(['import']),
    ]);
    expect([cut.code, cut.out, nobody.code, nothing.code]).toEqual([1, '', 1, 2]);
  }, 60_000);

  test('accounts: add, list, password, and what the account may do', async () => {
    const added = await run(['user', 'add', 'chen', '--role', 'duty_officer', '--name', '陈值班', '--region', '990101', '--json']);
    expect([added.code, added.err]).toEqual([0, '']);
    const { password } = JSON.parse(added.out) as { password: string };
    const token = await platform.login('chen', password);
    const listed = await run(['user', 'list', '--json']);
    expect((JSON.parse(listed.out) as { username: string }[]).map((user) => user.username).sort()).toEqual(['admin', 'chen']);
    expect(listed.out).not.toMatch(/hash|scrypt/i);
    expect(await run(['user', 'add', 'chen', '--role', 'admin'])).toMatchObject({ code: 1, out: '' });
    expect((await run(['user', 'password', 'chen', '--password-stdin'], { stdin: 'quite another long word\n' })).code).toBe(0);
    expect((await platform.raw('/api/v1/auth/me', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    const renewed = await platform.login('chen', 'quite another long word');
    expect((await run(['export'], { env: { ANLAN_TOKEN: renewed } })).err).toContain('403 forbidden');
    expect((await run(['user', 'password', 'chen', '--password-stdin'], { stdin: 'short' })).code).toBe(1);
  }, 60_000);

  test('a stranger without the token file gets no further than the login', async () => {
    mkdirSync(file('elsewhere'));
    const refused = await run(['user', 'list'], { env: { ANLAN_DATA_DIR: file('elsewhere') } });
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('ANLAN_TOKEN');
  }, 30_000);

  test('load: every message is acknowledged and counted by the server', async () => {
    const { code, out, err } = await run(['load', '--devices', '5', '--rate', '50', '--seconds', '2', '--sites', '2', '--json']);
    expect([code, err]).toEqual([0, '']);
    const report = JSON.parse(out) as { acked: number; lost: number };
    expect(report).toMatchObject({ lost: 0 });
    expect(report.acked).toBeGreaterThanOrEqual(90);
    await until('the ledger to hold them', async () => {
      const items = (await ledger()).filter((item) => item.deviceId.startsWith('load'));
      return items.reduce((sum, item) => sum + item.stored, 0) === report.acked ? true : undefined;
    });
  }, 60_000);

  test('simulate: the scenarios are listed, and a story publishes until it is interrupted', async () => {
    const listed = await run(['simulate', '--list', '--json']);
    const [scenario] = JSON.parse(listed.out) as { name: string }[];
    expect([listed.code, typeof scenario?.name]).toEqual([0, 'string']);
    writeFileSync(file('keys.json'), JSON.stringify(Object.fromEntries(['d-0', 'd-1', 'd-2'].map((id) => [id, CREDENTIAL]))), {
      mode: 0o600,
    });
    const timed = await run(['simulate', scenario?.name ?? '', '--minutes', '0.05', '--credentials', 'keys.json', '--json']);
    expect([timed.code, timed.err]).toEqual([0, '']);
    expect((JSON.parse(timed.out) as { acked: number }).acked).toBeGreaterThan(0);
    const received = async (): Promise<number> => (await ledger()).reduce((sum, item) => sum + item.received, 0);
    const before = await received();
    const interrupted = await run(['simulate', scenario?.name ?? '', '--credentials', 'keys.json', '--json'], {
      interruptWhen: () => until('readings of the story', async () => (await received()) > before || undefined, 60_000),
    });
    expect([interrupted.code, (JSON.parse(interrupted.out) as { acked: number }).acked > 0]).toEqual([0, true]);
    expect(await run(['simulate', 'no-such-story', '--credentials', 'keys.json'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no scenario') as string,
    });
  }, 90_000);

  test('replay: a table becomes readings of a device', async () => {
    writeFileSync(
      file('week.csv'),
      `at,a\n${Array.from({ length: 30 }, (_, i) => `2026-01-01T00:${String(i).padStart(2, '0')}:00Z,${i / 100}`).join('\n')}\n`,
    );
    const map = '{time: {column: at, format: iso}, columns: {a: {device: d-1, metric: test_ch4, factor: 2}}}';
    const { code, out, err } = await run(['replay', 'week.csv', '--map', map, '--credentials', 'keys.json', '--json']);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ rows: 30 });
    await until('the last row', async () => {
      const items = await platform.all(`/points/d-1.ch4/series?from=${new Date(Date.now() - 3_600_000).toISOString()}`);
      return items.some((sample) => sample.v === 0.58) ? true : undefined;
    });
  }, 60_000);

  const doctor = async (): Promise<Readonly<Record<string, string>>> => {
    const { code, out } = await run(['doctor', '--json']);
    const findings = JSON.parse(out) as { check: string; state: string }[];
    expect([code, findings.filter(({ state }) => state === 'fail')]).toEqual([0, []]);
    return Object.fromEntries(findings.map(({ check, state }) => [check, state]));
  };

  test('doctor beside a running server: all well', async () => {
    expect(await doctor()).toMatchObject({ server: 'ok', ready: 'ok', token: 'ok', 'cli-token': 'ok' });
  }, 30_000);

  testOfTheFolder(
    'doctor and backup leave the files of a running server alone',
    async () => {
      expect(await doctor()).toMatchObject({ pepper: 'ok', content: 'ok' });
      expect(await run(['backup', 'too-early'])).toMatchObject({
        code: 1,
        err: expect.stringContaining('stop the server first') as string,
      });
      expect(existsSync(file('too-early'))).toBe(false);
    },
    30_000,
  );

  testOfTheFolder(
    'R-32 S-67: backup, wipe, restore, start: the same readings, alarms, registry and log; nobody is still logged in',
    async () => {
      const device = await Device.connect(platform.mqttPort, 'd-2', CREDENTIAL);
      await device.telemetry({ t: Date.now(), values: { test_ch4: 4.4 } });
      await device.end();
      await until('the red alarm', async () =>
        (await platform.get('/alarms?open=true&pointId=d-2.ch4&level=red')).items.length === 1 ? true : undefined,
      );
      const token = await platform.login();
      // Killed, not stopped: what stands in the write-ahead files only must be in the backup.
      await platform.kill9();
      const read = Object.keys(await doctor()).filter((check) => check.endsWith(' content'));
      expect(read).toEqual(['log.db content', 'records.db content', 'series.db content', 'state.db content']);
      const saved = await run(['backup', 'saved', '--json']);
      expect([saved.code, saved.err]).toEqual([0, '']);
      expect(readdirSync(file('saved')).sort()).toEqual(
        expect.arrayContaining(['log.db', 'manifest.json', 'pepper', 'records.db', 'series.db', 'state.db']),
      );

      const before = await state('data');
      expect(await run(['restore', 'saved'])).toMatchObject({ code: 1, err: expect.stringContaining('not empty') as string });
      const back = await run(['restore', 'saved'], { env: { ANLAN_DATA_DIR: file('again') } });
      expect([back.code, back.err]).toEqual([0, '']);
      const after = await state('again');
      expect(after).toEqual(before);
      expect((await platform.raw('/api/v1/auth/me', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    },
    120_000,
  );

  /** Starts the platform on a folder and reads what people see of it. */
  async function state(folder: string): Promise<unknown> {
    await platform.kill9();
    platform = await Platform.start({ dataDir: file(folder), httpPort: platform.httpPort, mqttPort: platform.mqttPort });
    const alarms = (await platform.all('/alarms')).filter((alarm) => alarm.kind === 'threshold');
    return {
      alarms: alarms.map(({ id, level, ack, firstBreachAt }) => ({ id, level, ack, firstBreachAt })),
      series: await platform.all('/points/d-2.ch4/series'),
      registry: await platform.get('/exports?personal=true'),
      ledger: (await ledger()).map(({ deviceId, received, stored, rejected }) => ({ deviceId, received, stored, rejected })),
    };
  }
});
