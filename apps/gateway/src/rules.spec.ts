import { START, makeWorld, type Answer, type World } from './contract/world.js';

const DAY = 86_400_000;
const levels = (red: number) => [
  { level: 'blue', at: 0.5 },
  { level: 'red', at: red },
];

describe('the life of a rule over HTTP', () => {
  let world: World;
  let ann: string;
  let ben: string;
  beforeEach(async () => {
    world = await makeWorld();
    ann = await world.user('ann', ['analyst'], { personId: 'p-north' });
  });
  afterEach(() => world.close());
  const second = async (): Promise<void> => void (ben = await world.user('ben', ['shift_leader']));
  const raise = (red: number, token = ann, query = ''): Promise<Answer> =>
    world.ask('PATCH', `/api/v1/rules/r-north${query}`, { token, body: { levels: levels(red), reason: '季节调整' } });
  const redOf = async (): Promise<number> => (await world.ask('GET', '/api/v1/rules/r-north', { token: ann })).json.levels[1].at;
  const decide = (id: string, word: 'approve' | 'reject', token: string, comment?: string): Promise<Answer> =>
    world.ask('POST', `/api/v1/rules/changes/${id}/${word}`, { token, body: comment === undefined ? {} : { comment } });

  test('while there is nobody else, every change is active at once, and each version is kept with its author', async () => {
    expect((await raise(6)).json).toMatchObject({ applied: { rules: 1 }, pending: [] });
    const { json } = await world.ask('GET', '/api/v1/rules/r-north/versions', { token: ann });
    expect(json.items).toMatchObject([
      { version: 2, active: true, author: 'u-ann', reason: '季节调整', approvedBy: null, levels: levels(6) },
      { version: 1, active: false, author: 'spec', reason: null, levels: levels(5) },
    ]);
    expect((await world.ask('GET', '/api/v1/rules/nothing/versions', { token: ann })).status).toBe(404);
  });

  test('S-58: once there is a second person, raising red waits for them; lowering it does not', async () => {
    await second();
    const { status, json } = await raise(6);
    expect([status, json.applied.rules, json.pending]).toEqual([
      200,
      0,
      [{ ruleId: 'r-north', levels: ['red'], changeId: expect.any(String) as unknown, kind: 'rules', id: 'r-north' }],
    ]);
    expect(await redOf()).toBe(5);
    expect((await world.ask('GET', '/api/v1/overview', { token: ben })).json.notices).toEqual(['unapproved_rules', 'changes_waiting']);
    expect((await raise(4)).json).toMatchObject({ applied: { rules: 1 }, pending: [] });
    expect(await redOf()).toBe(4);
  });

  test('the author gets 403, the second person approves, and the audit trail names both', async () => {
    await second();
    const id: string = (await raise(6)).json.pending[0].changeId;
    const list = await world.ask('GET', '/api/v1/rules/changes?state=pending', { token: ben });
    expect(list.json.items).toMatchObject([
      {
        id,
        entityId: 'r-north',
        author: 'u-ann',
        authorName: 'ann',
        reason: '季节调整',
        expiresAt: new Date(START + 7 * DAY).toISOString(),
      },
    ]);
    expect((await decide(id, 'approve', ann)).json).toMatchObject({ status: 403, code: 'second_person_required' });
    expect((await decide(id, 'approve', ben, '已核对')).json).toMatchObject({ applied: { rules: 1 }, pending: [] });
    expect(await redOf()).toBe(6);
    expect((await decide(id, 'reject', ben)).json).toMatchObject({ status: 409, code: 'conflict' });
    expect((await world.ask('GET', `/api/v1/rules/changes/${id}`, { token: ben })).json).toMatchObject({
      state: 'approved',
      decidedBy: 'u-ben',
      decidedByName: 'ben',
      comment: '已核对',
    });
    const { items } = await world.records.audit.page(50);
    expect(
      items
        .filter(({ action }) => action.startsWith('rule'))
        .map(({ action, outcome, actor, reason }) => [action, outcome, actor.id, reason]),
    ).toEqual([
      ['rule_change.reject', 'refused', 'u-ben', 'conflict'],
      ['rule_change.approve', 'ok', 'u-ben', '已核对'],
      ['rule_change.approve', 'refused', 'u-ann', 'second_person_required'],
    ]);
    expect(items.find(({ action }) => action === 'registry.change')?.reason).toContain(`waits: r-north ${id}`);
    const { json } = await world.ask('GET', '/api/v1/rules/r-north/versions', { token: ann });
    expect(json.items[0]).toMatchObject({ version: 2, author: 'u-ann', approvedBy: 'u-ben' });
  });

  test('S-42: two accounts of one person are one person', async () => {
    await second();
    const other = await world.user('ann2', ['shift_leader'], { personId: 'p-north' });
    const id: string = (await raise(6)).json.pending[0].changeId;
    expect((await decide(id, 'approve', other)).json).toMatchObject({ status: 403, code: 'second_person_required' });
  });

  test('a rejected change leaves what stands', async () => {
    await second();
    const id: string = (await raise(6)).json.pending[0].changeId;
    expect((await decide(id, 'reject', ben, '依据不足')).json).toMatchObject({ state: 'rejected', comment: '依据不足' });
    expect(await redOf()).toBe(5);
  });

  test('taking a rule away and importing over it wait too, and the rest of the import applies', async () => {
    await second();
    const gone = await world.ask('DELETE', '/api/v1/rules/r-north', { token: ann });
    expect(gone.json).toMatchObject({ applied: { rules: 0 }, pending: [{ ruleId: 'r-north', levels: ['red'] }] });
    const bundle = {
      units: [{ id: 'new', name: '新单位', role: 'owner' }],
      rules: [{ id: 'r-south', kind: 'threshold', pointId: 'south-dev.ch4', levels: levels(9) }],
    };
    const imported = await world.ask('POST', '/api/v1/imports', { token: ann, body: bundle });
    expect(imported.json).toMatchObject({ applied: { units: 1, rules: 0 }, pending: [{ ruleId: 'r-south' }] });
    const id: string = gone.json.pending[0].changeId;
    expect((await decide(id, 'approve', ben)).json).toMatchObject({ applied: { rules: 1 } });
    expect((await world.ask('GET', '/api/v1/rules/r-north', { token: ann })).status).toBe(404);
  });

  test('a change outside of one’s regions is neither seen nor decided', async () => {
    await second();
    const south = await world.user('south', ['shift_leader'], { regionCodes: ['220000'] });
    const id: string = (await raise(6)).json.pending[0].changeId;
    expect((await world.ask('GET', '/api/v1/rules/changes', { token: south })).json.items).toEqual([]);
    expect((await decide(id, 'approve', south)).status).toBe(404);
    expect((await world.ask('GET', '/api/v1/rules/r-north/versions', { token: south })).status).toBe(404);
  });

  test('a dry run tells the difference and changes nothing', async () => {
    const { json } = await raise(6, ann, '?dryRun=true');
    expect(json).toMatchObject({
      applied: { rules: 1 },
      version: 1,
      rules: [{ ruleId: 'r-north', from: 1, to: 2, levels: [{ level: 'red', from: 5, to: 6 }] }],
    });
    expect(await redOf()).toBe(5);
  });

  test('a second person says that they have seen the rules that stand', async () => {
    await second();
    const approve = (token: string): Promise<Answer> =>
      world.ask('POST', '/api/v1/rules/approvals', { token, body: { ruleIds: ['r-north', 'r-south', 'gone'] } });
    expect((await approve(ben)).json).toEqual({ approved: 2 });
    expect((await approve(ben)).json).toEqual({ approved: 0 });
    await world.clock.advance(1_000);
    expect((await world.ask('GET', '/api/v1/overview', { token: ben })).json.notices).toEqual([]);
  });

  test('a limit of an asset is an entry like any other, and a new version of it makes a new version of the rule', async () => {
    const limit = { id: 'lim', assetId: 'north-well', metric: 'ch4', versions: [{ from: START, red: 5, source: '设计' }] };
    expect((await world.ask('POST', '/api/v1/limits', { token: ann, body: limit })).status).toBe(201);
    await world.ask('PATCH', '/api/v1/rules/r-north', { token: ann, body: { levels: [{ level: 'red', limit: 'lim' }] } });
    const versions = [...limit.versions, { from: new Date(START + DAY).toISOString(), red: 4, source: '复核' }];
    const patched = await world.ask('PATCH', '/api/v1/limits/lim', { token: ann, body: { versions, reason: '汛期控制值' } });
    expect(patched.json).toMatchObject({ applied: { limits: 1 } });
    const { json } = await world.ask('GET', '/api/v1/rules/r-north/versions', { token: ann });
    expect(json.items[0]).toMatchObject({
      version: 3,
      reason: '汛期控制值',
      validFrom: new Date(START + DAY).toISOString(),
      limits: [{ level: 'red', at: 4 }],
    });
  });
});

describe('formulas of derived points over HTTP', () => {
  let world: World;
  let ann: string;
  let ben: string;
  beforeAll(async () => {
    world = await makeWorld();
    ann = await world.user('ann', ['analyst']);
    ben = await world.user('ben', ['shift_leader']);
    const derived = { id: 'twice', deviceId: 'north-dev', metric: 'ch4', derived: formula(2), reason: '率定' };
    expect((await world.ask('POST', '/api/v1/points', { token: ann, body: derived })).status).toBe(201);
  });
  afterAll(() => world.close());
  const formula = (factor: number) => ({ value: { op: 'mix', of: [{ op: 'last', point: 'north-dev.ch4' }], times: [factor] } });
  const patch = (factor: number): Promise<Answer> =>
    world.ask('PATCH', '/api/v1/points/twice', { token: ann, body: { derived: formula(factor), reason: `改为 ${factor} 倍` } });
  const versions = async (): Promise<readonly object[]> =>
    (await world.ask('GET', '/api/v1/points/twice/formulas', { token: ben })).json.items;

  test('every formula is told with author and reason, newest first', async () => {
    expect((await patch(3)).json).toMatchObject({ applied: { points: 1 }, pending: [] });
    expect(await versions()).toMatchObject([
      { version: 2, derived: formula(3), authorName: 'ann', reason: '改为 3 倍', approvedBy: null },
      { version: 1, derived: formula(2), authorName: 'ann', reason: '率定' },
    ]);
    expect((await world.ask('GET', '/api/v1/points/nothing/formulas', { token: ann })).status).toBe(404);
    const south = await world.user('south', ['analyst'], { regionCodes: ['220000'] });
    expect((await world.ask('GET', '/api/v1/points/twice/formulas', { token: south })).status).toBe(404);
  });

  test('S-58: under a red rule another formula waits for a second person', async () => {
    const red = { id: 'r-twice', kind: 'threshold', pointId: 'twice', levels: levels(9) };
    await world.ask('POST', '/api/v1/rules', { token: ann, body: red });
    const { json } = await patch(4);
    expect(json).toMatchObject({ applied: { points: 0 }, pending: [{ ruleId: 'r-twice', levels: ['red'], kind: 'points', id: 'twice' }] });
    const approved = await world.ask('POST', `/api/v1/rules/changes/${json.pending[0].changeId}/approve`, { token: ben, body: {} });
    expect(approved.json).toMatchObject({ applied: { points: 1 } });
    expect((await versions())[0]).toMatchObject({ version: 3, reason: '改为 4 倍', authorName: 'ann', approvedByName: 'ben' });
  });
});

describe('templates', () => {
  let world: World;
  let ann: string;
  beforeAll(async () => {
    world = await makeWorld();
    ann = await world.user('ann', ['analyst']);
    const numbers = [1, 2, 3];
    const bundle = {
      metrics: [{ code: 'uspace_h2s', name: '硫化氢', unit: 'mg/m³', min: 0, max: 150 }],
      assets: numbers.map((n) => ({ id: `w${n}`, siteId: 'north-net', name: `井${n}` })),
      devices: numbers.map((n) => ({ id: `g${n}`, assetId: `w${n}` })),
      points: numbers.map((n) => ({ id: `g${n}.h2s`, deviceId: `g${n}`, metric: 'uspace_h2s' })),
    };
    expect((await world.ask('POST', '/api/v1/imports', { token: ann, body: bundle })).status).toBe(200);
  });
  afterAll(() => world.close());
  const apply = (body: object, query = ''): Promise<Answer> =>
    world.ask('POST', `/api/v1/rules/apply${query}`, {
      token: ann,
      body: { template: 'uspace_h2s', id: 'h2s', select: { siteId: 'north-net' }, ...body },
    });
  const rule = async (id: string): Promise<any> => (await world.ask('GET', `/api/v1/rules/${id}`, { token: ann })).json;

  test('one order covers every point of the selection', async () => {
    expect((await apply({}, '?dryRun=true')).json).toMatchObject({ applied: { rules: 1 }, rules: [{ ruleId: 'h2s', from: null, to: 1 }] });
    expect((await rule('h2s')).status).toBe(404);
    expect((await apply({})).json).toMatchObject({ applied: { rules: 1 } });
    expect(await rule('h2s')).toMatchObject({
      pointCount: 3,
      template: 'uspace_h2s h2s',
      select: { siteId: 'north-net', metric: 'uspace_h2s' },
    });
    expect((await apply({})).json).toMatchObject({ applied: { rules: 0 }, unchanged: 1 });
  });

  test('what differs at an asset is a rule of its own, and goes when it no longer differs', async () => {
    const overrides = { w2: { levels: [{ level: 'red', at: 30 }] }, w3: { enabled: false } };
    const { json } = await apply({ overrides });
    expect(json.applied.rules).toBe(3);
    expect(await rule('h2s')).toMatchObject({ pointCount: 1, pointId: 'g1.h2s' });
    const own = await rule('h2s.w2');
    expect(own.levels.map(({ level, at }: { level: string; at: number }) => [level, at])).toContainEqual(['red', 30]);
    expect(await rule('h2s.w3')).toMatchObject({ enabled: false });
    expect((await apply({}, '?dryRun=true')).json.rules.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual(['h2s', 'h2s.w2']);
    await apply({});
    expect(await rule('h2s')).toMatchObject({ pointCount: 3 });
    expect(await rule('h2s.w2')).toMatchObject({ enabled: false });
  });

  test('every fault of an order is named', async () => {
    const codes = async (body: object): Promise<unknown> =>
      (await apply(body)).json.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`);
    expect(await codes({ template: 'none' })).toEqual(['/template unknown']);
    expect(await codes({ pointIds: ['g1.h2s'] })).toEqual(['/ scope']);
    expect(await codes({ select: { siteId: 'south-net' } })).toEqual(['/ scope']);
    expect(await codes({ overrides: { gone: {} } })).toEqual(['/overrides/gone asset_unknown']);
    expect(await codes({ select: undefined, pointIds: ['g1.h2s', 'gone', 'north-dev.ch4'] })).toEqual([
      '/pointIds/1 point_unknown',
      '/pointIds/2 metric',
    ]);
    expect(await codes({ levels: [{ level: 'red', at: 'x' }] })).toEqual(['/rules/0/levels/3/at number']);
    expect(await codes({ template: 'tsf_phreatic_depth', select: undefined, pointIds: ['g1.h2s'] })).toEqual([
      '/pointIds/0 metric',
      '/references needs',
    ]);
  });
});
