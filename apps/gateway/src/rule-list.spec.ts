import { makeWorld, type Answer, type World } from './contract/world.js';

const levels = (red: number) => [
  { level: 'blue', at: 0.5 },
  { level: 'red', at: red },
];

describe('the list of rules', () => {
  let world: World;
  let ann: string;
  let ben: string;
  beforeEach(async () => {
    world = await makeWorld();
    ann = await world.user('ann', ['analyst'], { personId: 'p-north' });
  });
  afterEach(() => world.close());
  const second = async (): Promise<void> => void (ben = await world.user('ben', ['shift_leader']));
  const raise = (red: number): Promise<Answer> =>
    world.ask('PATCH', '/api/v1/rules/r-north', { token: ann, body: { levels: levels(red), reason: '季节调整' } });

  const list = async (query: string, token = ann): Promise<Answer> => world.ask('GET', `/api/v1/rules?${query}`, { token });
  const ids = async (query: string): Promise<readonly string[]> => (await list(query)).json.items.map(({ id }: { id: string }) => id);

  test('a row says what the rule watches, by which limits, and where it stands', async () => {
    const { json } = await list('q=r-north');
    expect(json.total).toBe(1);
    expect(json.items[0]).toMatchObject({
      id: 'r-north',
      enabled: true,
      draft: false,
      watch: { points: 1, siteCount: 1, metrics: [{ unit: expect.any(String) as unknown }] },
      limits: [
        { level: 'blue', at: 0.5 },
        { level: 'red', at: 5 },
      ],
      pendingChange: null,
      unapproved: true,
      authorName: null,
    });
    const one = (await world.ask('GET', '/api/v1/rules/r-north', { token: ann })).json;
    expect(one.points).toEqual([expect.objectContaining({ id: one.pointId, siteName: expect.any(String) as unknown })]);
  });

  test('rules are found by kind, level, place, words and state', async () => {
    expect(await ids('kind=threshold&level=red')).toContain('r-north');
    expect(await ids('kind=rate')).toEqual([]);
    expect(await ids('level=orange')).not.toContain('r-north');
    const { pointId } = (await world.ask('GET', '/api/v1/rules/r-north', { token: ann })).json;
    const [{ siteId, siteName }] = (await world.ask('GET', '/api/v1/rules/r-north', { token: ann })).json.points;
    expect(await ids(`pointId=${pointId}&siteId=${siteId}`)).toEqual(['r-north']);
    expect(await ids(`q=${encodeURIComponent(siteName)}`)).toContain('r-north');
    expect(await ids('siteId=nowhere')).toEqual([]);
    expect(await ids('domain=nothing')).toEqual([]);
    expect((await list('state=odd')).status).toBe(422);
    await world.ask('PATCH', '/api/v1/rules/r-north', { token: ann, body: { enabled: false, reason: '检修' } });
    expect(await ids('state=disabled')).toEqual(['r-north']);
    expect(await ids('state=enabled')).not.toContain('r-north');
  });

  test('a waiting change and a missing second person are states to be found by; approval takes the latter away', async () => {
    await second();
    const id: string = (await raise(6)).json.pending[0].changeId;
    expect((await list('state=pending')).json.items).toMatchObject([{ id: 'r-north', pendingChange: id }]);
    expect(await ids('state=unapproved')).toContain('r-north');
    await world.ask('POST', '/api/v1/rules/approvals', { token: ben, body: { ruleIds: ['r-north'] } });
    expect(await ids('state=unapproved')).not.toContain('r-north');
    expect((await list('q=r-north')).json.items).toMatchObject([{ approvedByName: 'ben' }]);
  });

  test('a rule written switched off is a draft until it has another version', async () => {
    const { json } = await world.ask('GET', '/api/v1/rules/r-north', { token: ann });
    const body = { id: 'r-draft', kind: 'threshold', pointId: json.pointId, levels: levels(5), enabled: false };
    expect((await world.ask('POST', '/api/v1/rules', { token: ann, body })).status).toBe(201);
    expect(await ids('state=draft')).toEqual(['r-draft']);
  });

  test('hours stand beside whether the version is active, and null takes a key away', async () => {
    const active = { days: [1], from: '08:00', to: '18:00' };
    await world.ask('PATCH', '/api/v1/rules/r-north', { token: ann, body: { active, source: '设计院', reason: '试验' } });
    expect((await list('q=r-north')).json.items).toMatchObject([{ active: true, schedule: active, source: '设计院' }]);
    const { status } = await world.ask('PATCH', '/api/v1/rules/r-north', {
      token: ann,
      body: { active: null, source: null, reason: '取消' },
    });
    expect(status).toBe(200);
    const { json } = await world.ask('GET', '/api/v1/rules/r-north', { token: ann });
    expect([json.schedule, json.source, json.active]).toEqual([undefined, undefined, true]);
  });

  test('a removal that waits keeps its reason', async () => {
    await second();
    const { json } = await world.ask('DELETE', `/api/v1/rules/r-north?reason=${encodeURIComponent('重复')}`, { token: ann });
    const change = await world.ask('GET', `/api/v1/rules/changes/${json.pending[0].changeId as string}`, { token: ben });
    expect(change.json).toMatchObject({ body: null, reason: '重复' });
  });

  test('templates of the packs are listed with what they rest on and need', async () => {
    const { json } = await world.ask('GET', '/api/v1/templates', { token: ann });
    const template = json.items.find(({ id }: { id: string }) => id === 'tsf_phreatic_depth');
    expect(template).toMatchObject({
      pack: 'tsf',
      metric: 'tsf_phreatic_depth',
      unit: 'm',
      needs: { control: expect.any(String) as unknown },
    });
    expect(template.levels.find(({ level }: { level: string }) => level === 'orange').limit).toMatch(/ × 1\.1$/);
  });
});
