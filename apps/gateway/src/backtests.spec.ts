import { memorySeries } from '@anlan/adapter-memory';
import { TOPICS, type Reading } from '@anlan/contracts';
import { START, makeWorld, type Answer, type World } from './contract/world.js';

const MINUTE = 60_000;
const isoAt = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString();
const draft = (red: number, more: object = {}): object => ({
  id: 'r-north',
  kind: 'threshold',
  pointId: 'north-dev.ch4',
  side: 'high',
  levels: [{ level: 'red', at: red }],
  ...more,
});

describe('back-tests over HTTP', () => {
  let world: World;
  let ann: string;
  beforeEach(async () => {
    world = await makeWorld();
    ann = await world.user('ann', ['analyst'], { regionCodes: ['110000'] });
    const valueAt = (i: number): number => (i >= 60 && i < 70 ? 6 : i >= 120 && i < 130 ? 4 : 0.1);
    const rows = Array.from({ length: 200 }, (_, i) => {
      const reading: Reading = { pointId: 'north-dev.ch4', t: START + i * MINUTE, v: valueAt(i), q: 'good' };
      return { reading, origin: `0:${i}:0`, receivedAt: START };
    });
    await world.deps.series.write(rows);
  });
  afterEach(() => world.close());

  const order = (body: object, token = ann): Promise<Answer> =>
    world.ask('POST', '/api/v1/backtests', { token, body: { from: isoAt(0), to: isoAt(200), ...body } });
  const finished = async ({ json }: Answer): Promise<Answer['json']> => {
    for (let asked = 0; asked < 100; asked += 1) {
      const answer = await world.ask('GET', `/api/v1/backtests/${(json as { id: string }).id}`, { token: ann });
      if (answer.json.state === 'done') return answer.json;
    }
    throw new Error('it was never done');
  };
  const raises = (episodes: readonly { raisedAt: string }[]): readonly number[] =>
    episodes.map(({ raisedAt }) => (Date.parse(raisedAt) - START) / MINUTE);

  test('a draft is tried beside the version that stands, with lead and misses of what really happened', async () => {
    const events = [
      { from: isoAt(65), to: isoAt(80), name: '泄漏', warnFrom: isoAt(50) },
      { from: isoAt(150), to: isoAt(160) },
    ];
    const accepted = await order({ rule: draft(3), events });
    expect([accepted.status, accepted.json.ruleId, accepted.json.report]).toEqual([202, 'r-north', null]);
    const { state, progress, report, difference } = await finished(accepted);
    expect([state, progress, report.readings, report.byLevel.red]).toEqual([expect.stringMatching('done'), 1, 200, 2]);
    expect(raises(report.episodes)).toEqual([60, 120]);
    expect(report.events).toMatchObject({ found: [{ name: '泄漏', leadS: 300, alarms: 1 }], missed: [{ name: null }], falseAlarms: 1 });
    expect(report.load).toMatchObject({ announcements: 2, most: 1 });
    expect([difference.before.red, difference.now.red, difference.onlyNow.length]).toEqual([1, 2, 0]);
  });

  test('a rule that stands is tried by its id, on other points if wanted', async () => {
    const { report, difference } = await finished(await order({ rule: 'r-north', pointIds: ['north-dev.ch4'] }));
    expect([raises(report.episodes), difference]).toEqual([[60, 120], null]);
  });

  test('what cannot be tried is said at its place', async () => {
    const faults = async (body: object): Promise<unknown> => {
      const { status, json } = await order(body);
      return [status, json.errors?.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`)];
    };
    expect(await faults({ rule: draft(3, { levels: [] }) })).toEqual([422, ['/rule/levels levels']]);
    expect(await faults({ rule: 'nothing' })).toEqual([404, undefined]);
    expect(await faults({ rule: 'r-north', from: isoAt(5), to: isoAt(5) })).toEqual([422, ['/to bad_range']]);
  });

  test('S-30: points of another region are not there, and neither are the back-tests of others', async () => {
    expect((await order({ rule: draft(3, { pointId: 'south-dev.ch4' }) })).status).toBe(404);
    expect((await order({ rule: 'r-south' })).status).toBe(404);
    const { json } = await order({ rule: 'r-north' });
    const ben = await world.user('ben', ['analyst']);
    expect((await world.ask('GET', `/api/v1/backtests/${json.id as string}`, { token: ben })).status).toBe(404);
  });

  test('one a person at a time', async () => {
    const slow = await makeWorld({ deps: { series: { ...memorySeries(), read: () => new Promise(() => undefined) } } });
    const token = await slow.user('cy', ['analyst']);
    const body = { rule: 'r-north', from: isoAt(0), to: isoAt(200) };
    const first = await slow.ask('POST', '/api/v1/backtests', { token, body });
    const { status, json, headers } = await slow.ask('POST', '/api/v1/backtests', { token, body });
    expect([first.json.state, status, json.code, headers['retry-after']]).toEqual(['queued', 429, 'backtest_running', '5']);
    await slow.close();
  });

  test('nothing is sent and nothing stays', async () => {
    await finished(await order({ rule: draft(3) }));
    expect((await world.ask('GET', '/api/v1/alarms', { token: ann })).json.items).toEqual([]);
    expect((await world.ask('GET', '/api/v1/rules/r-north', { token: ann })).json.version).toBe(1);
  });

  test('a shadow run judges a draft on what comes, is seen by its owner, and ends', async () => {
    const ben = await world.user('ben', ['analyst']);
    const started = await world.ask('POST', '/api/v1/shadows', { token: ann, body: { rule: draft(3), warmUp: '1h', for: '1d' } });
    expect([started.status, started.json.state, started.json.pointIds]).toEqual([201, 'warming', ['north-dev.ch4']]);
    await world.clock.advance(MINUTE);
    const record = {
      ...{ kind: 'readings', deviceId: 'north-dev', siteId: 'north-net', arrivedAt: START + MINUTE, rejected: 0, quarantined: 0 },
      readings: [{ pointId: 'north-dev.ch4', t: START + MINUTE, v: 4, q: 'good' }],
    };
    await world.deps.log.append([{ topic: TOPICS.readings, key: 'north-net', value: JSON.stringify(record) }]);
    await world.clock.advance(MINUTE);
    const { json } = await world.ask('GET', '/api/v1/shadows', { token: ann });
    expect(json.items).toMatchObject([
      { state: 'running', report: { byLevel: { red: 1 } }, difference: { shared: [{ before: 'blue', now: 'red' }] } },
    ]);
    expect((await world.ask('GET', '/api/v1/shadows', { token: ben })).json.items).toEqual([]);
    const path = `/api/v1/shadows/${started.json.id as string}`;
    expect((await world.ask('POST', '/api/v1/shadows', { token: ann, body: { rule: draft(3) } })).json.code).toBe('shadow_running');
    expect((await world.ask('DELETE', path, { token: ben })).status).toBe(404);
    expect((await world.ask('DELETE', path, { token: ann })).status).toBe(204);
    expect((await world.ask('GET', '/api/v1/alarms', { token: ann })).json.items).toEqual([]);
  });

  test('S-30: no shadow run over points of another region, nor longer than a month', async () => {
    const ask = (body: object): Promise<Answer> => world.ask('POST', '/api/v1/shadows', { token: ann, body });
    expect((await ask({ rule: 'r-south' })).status).toBe(404);
    expect((await ask({ rule: 'r-north', for: '31d' })).status).toBe(422);
  });
});
