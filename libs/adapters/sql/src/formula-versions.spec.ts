/** Formulas of derived points in the records: versions, and changes that wait for a second person. */
import type { Actor, Metric } from '@anlan/contracts';
import type { DecisionOutcome, ImportOptions, ImportOutcome } from '@anlan/ports';
import { onBothEngines, openRecords, SPEC_AT as now, type Place } from './contract/records-on.js';
import type { Records } from './index.js';

const METRIC: Metric = { code: 'level', name: '水位', unit: 'm', min: 0, max: 100 };
const ANN: Actor = { kind: 'user', id: 'ann' };
const BEN: Actor = { kind: 'user', id: 'ben' };
const HOLD: ImportOptions = { hold: true };
const times = (factor: number) => ({ value: { op: 'mix', of: [{ op: 'last', point: 'p' }], times: [factor] } });
const twice = { value: { op: 'mix', of: [{ op: 'last', point: 'q' }], times: [2] } };
const point = (id: string, more: object = {}) => ({ id, deviceId: 'd', metric: 'level', ...more });
const rule = (id: string, pointId: string, level: string) => ({ id, kind: 'threshold', pointId, levels: [{ level, at: 5 }] });
const city = (more: object = {}) => ({
  version: 1,
  regions: [{ code: '1', name: '市' }],
  units: [{ id: 'u', name: '单位', role: 'owner' }],
  sites: [{ id: 's', name: '库', domain: 'tsf', regionCode: '1', unitId: 'u', lon: 117, lat: 31 }],
  assets: [{ id: 'a', siteId: 's', name: '坝' }],
  devices: [{ id: 'd', assetId: 'a', credential: 'secret-of-device' }],
  points: [point('p'), point('q', { derived: times(1), reason: '2025 年率定' }), point('r', { derived: twice })],
  ...more,
});
type Applied = Extract<ImportOutcome, { kind: 'applied' }>;
function applied(outcome: DecisionOutcome): Applied {
  if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
  return outcome;
}

onBothEngines('formulas of derived points', (engine) => {
  const opened: Records[] = [];
  const places: Place[] = [];
  async function open(): Promise<Records> {
    const place = await engine.place();
    places.push(place);
    const records = await openRecords(place.dialect(), { catalogue: new Map([[METRIC.code, METRIC]]) });
    opened.push(records);
    return records;
  }
  afterAll(async () => {
    await Promise.allSettled(opened.map((records) => records.close()));
    for (const place of places) await place.drop();
  });
  const put = async ({ registry }: Records, bundle: unknown, options?: ImportOptions, at = now): Promise<Applied> =>
    applied(await registry.importBundle(bundle, ANN, at, options));

  test('each formula is a version with author and reason; the same again, a name and a reason alone are none', async () => {
    const records = await open();
    await put(records, city());
    await put(records, city());
    await put(records, { points: [point('q', { name: '水头', reason: '改名' })] }, {}, now + 1);
    await put(records, { points: [point('q', { derived: times(1.5), reason: '复核' })] }, {}, now + 2);
    await put(records, { points: [point('q', { derived: null })] }, {}, now + 3);
    expect(await records.registry.formulaVersions('q')).toEqual([
      { version: 1, derived: times(1), author: 'ann', reason: '2025 年率定', approvedBy: null, createdAt: now },
      { version: 2, derived: times(1.5), author: 'ann', reason: '复核', approvedBy: null, createdAt: now + 2 },
      { version: 3, derived: null, author: 'ann', reason: null, approvedBy: null, createdAt: now + 3 },
    ]);
    expect(await records.registry.formulaVersions('p')).toEqual([]);
    expect((await records.registry.exportBundle({ personal: true }))['points']).toEqual(
      expect.not.arrayContaining([expect.objectContaining({ reason: expect.anything() as unknown })]),
    );
  });

  test('the going of a derived point ends its versions, and does not forget them', async () => {
    const records = await open();
    await put(records, city());
    applied(await records.registry.remove('points', ['r'], BEN, now + 1, { reason: '停用' }));
    expect(await records.registry.formulaVersions('r')).toMatchObject([
      { version: 1, derived: twice },
      { version: 2, derived: null, author: 'ben', reason: '停用' },
    ]);
    await put(records, { points: [point('r', { derived: twice })] }, {}, now + 2);
    expect((await records.registry.formulaVersions('r')).at(-1)).toMatchObject({ version: 3, derived: twice, author: 'ann' });
  });

  test('S-58: another formula waits while orange or red rest on it, also by what is computed from it', async () => {
    const records = await open();
    await put(records, city({ rules: [rule('on-r', 'r', 'red'), rule('mild', 'q', 'yellow')] }), HOLD);
    const asked = await put(
      records,
      { points: [point('q', { derived: times(0.5), reason: '新公式' }), point('p', { name: '水位计' })] },
      HOLD,
      now + 1,
    );
    expect(asked.applied).toMatchObject({ points: 1 });
    expect(asked.pending).toEqual([{ ruleId: 'on-r', levels: ['red'], kind: 'points', id: 'q', changeId: asked.pending[0]?.changeId }]);
    expect((await records.registry.entity('points', 'q'))?.['derived']).toEqual(times(1));
    const id = asked.pending[0]?.changeId ?? '';
    expect(await records.registry.ruleChange(id, now)).toMatchObject({ kind: 'points', entityId: 'q', reason: '新公式', author: 'ann' });
    const { activation } = applied(await records.registry.decide(id, { approve: true, comment: null }, BEN, now + 2));
    expect(activation?.points).toMatchObject([{ pointId: 'q', derived: times(0.5) }]);
    expect((await records.registry.formulaVersions('q')).at(-1)).toMatchObject({
      version: 2,
      author: 'ann',
      reason: '新公式',
      approvedBy: 'ben',
      createdAt: now + 2,
    });
  });

  test('S-58: a formula under milder rules, a new point, and one without a second person do not wait', async () => {
    const records = await open();
    await put(records, city({ rules: [rule('mild', 'q', 'yellow')] }), HOLD);
    expect(await put(records, { points: [point('q', { derived: times(3) })] }, HOLD)).toMatchObject({
      applied: { points: 1 },
      pending: [],
    });
    const young = { points: [point('y', { derived: times(1) })], rules: [rule('on-y', 'y', 'red')] };
    expect(await put(records, young, HOLD)).toMatchObject({ applied: { points: 1, rules: 1 }, pending: [] });
    expect(await put(records, { points: [point('y', { derived: times(2) })] })).toMatchObject({ applied: { points: 1 }, pending: [] });
    const dry = await put(records, { points: [point('y', { derived: times(4) })] }, { ...HOLD, dryRun: true });
    expect(dry.pending).toMatchObject([{ kind: 'points', id: 'y', changeId: null }]);
  });

  test('why a limit was changed is said by the versions of the rules that rest on it', async () => {
    const records = await open();
    const limit = (red: number, more: object = {}) => ({
      id: 'l',
      assetId: 'a',
      metric: 'level',
      versions: [{ from: now, red, source: '设计' }],
      ...more,
    });
    const rests = { id: 'on-l', kind: 'threshold', pointId: 'p', levels: [{ level: 'red', limit: 'l' }] };
    await put(records, city({ limits: [limit(10)], rules: [rests] }));
    await put(records, { limits: [limit(9, { reason: '汛期控制值' })] });
    const { pending } = await put(records, { limits: [limit(12, { reason: '非汛期' })] }, HOLD);
    expect(await records.registry.ruleChange(pending[0]?.changeId ?? '', now)).toMatchObject({ kind: 'limits', reason: '非汛期' });
    applied(await records.registry.decide(pending[0]?.changeId ?? '', { approve: true, comment: null }, BEN, now));
    expect((await records.registry.ruleVersions('on-l')).map(({ reason }) => reason)).toEqual([null, '汛期控制值', '非汛期']);
    expect(await records.registry.entity('limits', 'l')).not.toHaveProperty('reason');
  });
});
