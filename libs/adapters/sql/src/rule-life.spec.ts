/** The life of a rule in the records: limits with versions, changes that wait for a second person, versions and who approved them. */
import type { Actor, Metric, PlainEntity, Rule } from '@anlan/contracts';
import type { DecisionOutcome, ImportOptions, ImportOutcome } from '@anlan/ports';
import { onBothEngines, openRecords, SPEC_AT as now, type Place } from './contract/records-on.js';
import type { Records } from './index.js';

const DAY = 86_400_000;
const METRIC: Metric = { code: 'level', name: '水位', unit: 'm', min: 0, max: 100 };
const ANN: Actor = { kind: 'user', id: 'ann' };
const BEN: Actor = { kind: 'user', id: 'ben' };
const HOLD: ImportOptions = { hold: true };
const limit = (...versions: readonly object[]) => ({ id: 'dam-1', assetId: 'a', metric: 'level', versions });
const V1 = { from: now, orange: 8, red: 10, source: '设计' };
const V2 = { from: now + 10 * DAY, orange: 7, red: 9, source: '复核' };
const rule = (...levels: readonly object[]) => ({ id: 'r', kind: 'threshold', pointId: 'p', levels });
const city = (more: object = {}) => ({
  version: 1,
  regions: [{ code: '1', name: '市' }],
  units: [{ id: 'u', name: '单位', role: 'owner' }],
  sites: [{ id: 's', name: '库', domain: 'tsf', regionCode: '1', unitId: 'u', lon: 117, lat: 31 }],
  assets: [{ id: 'a', siteId: 's', name: '坝' }],
  devices: [{ id: 'd', assetId: 'a', credential: 'secret-of-device' }],
  points: [{ id: 'p', deviceId: 'd', metric: 'level' }],
  rules: [rule({ level: 'yellow', at: 5 }, { level: 'orange', at: { times: 0.8, of: 'red' } }, { level: 'red', at: 10 })],
  ...more,
});
type Applied = Extract<ImportOutcome, { kind: 'applied' }>;
function applied(outcome: DecisionOutcome): Applied {
  if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
  return outcome;
}
const limitsOf = (rules: readonly Rule[]) =>
  rules.map((one) => [one.version, one.validFrom, ...(one.kind === 'health' ? [] : one.levels.map(({ at }) => at))]);

onBothEngines('life of a rule', (engine) => {
  const opened: Records[] = [];
  const places: Place[] = [];
  async function newPlace(): Promise<Place> {
    const place = await engine.place();
    places.push(place);
    return place;
  }
  async function open(place?: Place): Promise<Records> {
    const records = await openRecords((place ?? (await newPlace())).dialect(), { catalogue: new Map([[METRIC.code, METRIC]]) });
    opened.push(records);
    return records;
  }
  afterAll(async () => {
    await Promise.allSettled(opened.map((records) => records.close()));
    for (const place of places) await place.drop();
  });
  const put = async ({ registry }: Records, bundle: unknown, options?: ImportOptions, [by, at] = [ANN, now]): Promise<Applied> =>
    applied(await registry.importBundle(bundle, by, at, options));
  const versions = async ({ registry }: Records, id = 'r') =>
    (await registry.ruleVersions(id)).map(({ rule: { version, validFrom }, active, author, reason, approvedBy }) => ({
      version,
      validFrom: validFrom === undefined ? undefined : (validFrom - now) / DAY,
      active,
      author,
      reason,
      approvedBy,
    }));

  describe('limits of assets', () => {
    const withLimit = (...limits: readonly object[]) =>
      city({ limits: [limit(...limits)], rules: [rule({ level: 'orange', limit: 'dam-1' }, { level: 'red', limit: 'dam-1' })] });

    test('each version of a limit is a version of the rule, valid from the same moment', async () => {
      const place = await newPlace();
      const records = await open(place);
      const { activation } = await put(records, withLimit(V1, V2));
      expect(limitsOf(activation?.rules ?? [])).toEqual([
        [1, now, 8, 10],
        [2, now + 10 * DAY, 7, 9],
      ]);
      expect(await put(records, withLimit(V1, V2))).toMatchObject({ activation: null, unchanged: 8 });
      await records.close();
      const again = await open(place);
      expect(await put(again, withLimit(V1, V2))).toMatchObject({ activation: null });
      expect((await versions(again)).map(({ version, validFrom, active }) => [version, validFrom, active])).toEqual([
        [1, 0, true],
        [2, 10, true],
      ]);
      expect((await again.registry.rules()).map((one) => one.rule.version)).toEqual([2]);
    });

    test('a new version of a limit adds versions to every rule that refers to it, and keeps the older ones', async () => {
      const records = await open();
      await put(records, withLimit(V1));
      const { activation, rules } = await put(records, { limits: [limit(V1, V2)] }, {}, [BEN, now]);
      expect(limitsOf(activation?.rules ?? [])).toEqual([[2, now + 10 * DAY, 7, 9]]);
      expect(rules).toEqual([
        {
          ruleId: 'r',
          from: 1,
          to: 2,
          levels: [
            { level: 'orange', from: 8, to: 7 },
            { level: 'red', from: 10, to: 9 },
          ],
        },
      ]);
      expect((await versions(records)).map(({ version, active, author, reason }) => [version, active, author, reason])).toEqual([
        [1, true, 'ann', null],
        [2, true, 'ben', 'limit changed'],
      ]);
    });

    test('a version that is changed or taken away is covered by one said later', async () => {
      const records = await open();
      await put(records, withLimit(V1, V2));
      const changed = await put(records, { limits: [limit(V1, { ...V2, red: 9.5 })] });
      expect(limitsOf(changed.activation?.rules ?? [])).toEqual([[3, now + 10 * DAY, 7, 9.5]]);
      const gone = await put(records, { limits: [limit(V1)] });
      expect(limitsOf(gone.activation?.rules ?? [])).toEqual([[4, now, 8, 10]]);
      const later = await put(records, { limits: [limit(V1, { ...V2, from: now + 20 * DAY })] });
      expect(limitsOf(later.activation?.rules ?? [])).toEqual([[5, now + 20 * DAY, 7, 9]]);
      expect((await versions(records)).filter(({ active }) => active).map(({ version }) => version)).toEqual([4, 5]);
    });

    test('a limit that a rule refers to stays, and what leads nowhere is refused', async () => {
      const records = await open();
      await put(records, withLimit(V1));
      expect(await records.registry.remove('limits', ['dam-1'], ANN, now)).toMatchObject({
        kind: 'refused',
        errors: [
          { path: '/rules/r/levels/0/limit', code: 'in_use' },
          { path: '/rules/r/levels/1/limit', code: 'in_use' },
        ],
      });
      const bad = { ...rule({ level: 'red', limit: 'gone' }), id: 'r2' };
      const refused = await records.registry.importBundle({ rules: [bad] }, ANN, now);
      expect(refused).toMatchObject({ kind: 'refused', errors: [{ path: '/rules/0/levels/0/limit', code: 'unknown_reference' }] });
      const none = { ...rule({ level: 'blue', limit: 'dam-1' }), id: 'r2' };
      expect(await records.registry.importBundle({ rules: [none] }, ANN, now)).toMatchObject({
        kind: 'refused',
        errors: [{ path: '/rules/0/levels/0/limit', code: 'limit_level' }],
      });
    });

    test('a rule that refers to another follows it, however the other changes', async () => {
      const records = await open();
      const aims = { id: 'aims', kind: 'forecast', pointId: 'p', target: { ref: 'r', level: 'red' }, horizon: '12h', level: 'orange' };
      const withAim = withLimit(V1);
      const first = await put(records, { ...withAim, rules: [...withAim.rules, aims] });
      expect(first.activation?.rules.map(({ id, version }) => [id, version])).toEqual([
        ['r', 1],
        ['aims', 1],
      ]);
      const byLimit = await put(records, { limits: [limit(V1, V2)] });
      expect(byLimit.activation?.rules.map(({ id, version, validFrom }) => [id, version, validFrom])).toEqual([
        ['r', 2, now + 10 * DAY],
        ['aims', 2, now + 10 * DAY],
      ]);
      await put(records, { rules: [rule({ level: 'red', at: 11 })] });
      expect((await versions(records, 'aims')).at(-1)).toMatchObject({ version: 3, reason: 'what the rule refers to has changed' });
      expect(await records.registry.remove('rules', ['r'], ANN, now)).toMatchObject({
        kind: 'refused',
        errors: [{ path: '/rules/aims/target/ref', code: 'in_use' }],
      });
    });

    test('an export carries the limits, and imports as no change', async () => {
      const records = await open();
      await put(records, withLimit(V2, V1));
      const bundle = await records.registry.exportBundle({ personal: true });
      expect(bundle['limits']).toEqual([limit(V1, V2)]);
      expect(await put(records, bundle)).toMatchObject({ activation: null, changed: [] });
    });
  });

  test('what an asset is doing goes to its points', async () => {
    const records = await open();
    await put(records, city());
    const mode = { name: 'maintenance', from: now, until: now + DAY };
    const { activation } = await put(records, { assets: [{ id: 'a', siteId: 's', name: '坝', mode }] });
    expect(activation?.points).toEqual([expect.objectContaining({ pointId: 'p', mode })]);
    expect(await records.registry.entity('assets', 'a')).toMatchObject({ mode });
    const ended = await put(records, { assets: [{ id: 'a', siteId: 's', name: '坝', mode: null }] });
    expect(ended.activation?.points[0]?.mode).toBeUndefined();
  });

  describe('approval by a second person', () => {
    const raised = (red: number) => ({
      ...rule({ level: 'yellow', at: 5 }, { level: 'orange', at: 8 }, { level: 'red', at: red }),
      reason: '季节调整',
    });

    test('S-58: a change that raises a red limit waits, the rest of the import applies', async () => {
      const records = await open();
      await put(records, city());
      const outcome = await put(records, { units: [{ id: 'u2', name: '新', role: 'owner' }], rules: [raised(12)] }, HOLD);
      expect(outcome).toMatchObject({
        applied: { units: 1, rules: 0 },
        activation: null,
        pending: [{ ruleId: 'r', levels: ['red'], kind: 'rules', id: 'r', changeId: expect.any(String) as unknown }],
      });
      expect((await records.registry.rules())[0]?.rule).toMatchObject({ version: 1, levels: [{}, {}, { at: 10 }] });
      const [held] = (await records.registry.ruleChanges(now, { state: 'pending', limit: 10 })).items;
      expect(held).toMatchObject({
        id: outcome.pending[0]?.changeId,
        author: 'ann',
        reason: '季节调整',
        state: 'pending',
        createdAt: now,
        expiresAt: now + 7 * DAY,
        weakens: [{ ruleId: 'r', levels: ['red'] }],
      });
      expect(await records.registry.ruleChange(held?.id ?? '', now)).toEqual(held);
    });

    test('S-58: new rules, lower limits and milder levels do not wait, and nothing does without a second person', async () => {
      const records = await open();
      expect(await put(records, city(), HOLD)).toMatchObject({ applied: { rules: 1 }, pending: [] });
      expect(await put(records, { rules: [raised(9)] }, HOLD)).toMatchObject({ applied: { rules: 1 }, pending: [] });
      expect(await put(records, { rules: [raised(12)] })).toMatchObject({ applied: { rules: 1 }, pending: [] });
    });

    test('B6: somebody else approves, and it stands with both names; the author cannot', async () => {
      const records = await open();
      await put(records, city());
      const { pending } = await put(records, { rules: [raised(12)] }, HOLD);
      const id = pending[0]?.changeId ?? '';
      expect(await records.registry.decide(id, { approve: true, comment: null }, ANN, now + 1)).toEqual({ kind: 'own_change' });
      const { activation } = applied(await records.registry.decide(id, { approve: true, comment: '同意' }, BEN, now + 2));
      expect(limitsOf(activation?.rules ?? [])).toEqual([[2, undefined, 5, 8, 12]]);
      expect(await versions(records)).toMatchObject([
        { version: 1, active: false, author: 'ann', approvedBy: null },
        { version: 2, active: true, author: 'ann', reason: '季节调整', approvedBy: 'ben' },
      ]);
      expect(await records.registry.ruleChange(id, now)).toMatchObject({
        state: 'approved',
        decidedBy: 'ben',
        decidedAt: now + 2,
        comment: '同意',
      });
      expect(await records.registry.decide(id, { approve: true, comment: null }, BEN, now + 3)).toEqual({
        kind: 'not_pending',
        state: 'approved',
      });
      expect(await records.registry.decide('none', { approve: true, comment: null }, BEN, now)).toEqual({ kind: 'unknown' });
    });

    test('B6: rejected, expired and superseded changes are never applied', async () => {
      const records = await open();
      await put(records, city());
      const ask = async (red: number, at = now) =>
        (await put(records, { rules: [raised(red)] }, HOLD, [ANN, at])).pending[0]?.changeId ?? '';
      const decide = (id: string, approve: boolean, at: number) => records.registry.decide(id, { approve, comment: null }, BEN, at);
      const first = await ask(12);
      expect(await ask(12)).toBe(first);
      const second = await ask(13);
      expect(await decide(first, true, now + 1)).toEqual({ kind: 'not_pending', state: 'superseded' });
      expect(applied(await decide(second, false, now + 1)).activation).toBeNull();
      const third = await ask(14, now + 2);
      expect(await decide(third, true, now + 2 + 7 * DAY)).toEqual({ kind: 'not_pending', state: 'expired' });
      const fourth = await ask(15, now + 3 + 7 * DAY);
      await put(records, { rules: [raised(9)] }, HOLD, [ANN, now + 4 + 7 * DAY]);
      expect(await decide(fourth, true, now + 5 + 7 * DAY)).toEqual({ kind: 'not_pending', state: 'superseded' });
      expect(limitsOf((await records.registry.rules()).map((one) => one.rule))).toEqual([[2, undefined, 5, 8, 9]]);
      const states = await records.registry.ruleChanges(now + 6 + 7 * DAY, { limit: 2 });
      expect(states.items.map(({ state }) => state)).toEqual(['superseded', 'superseded']);
      const rest = await records.registry.ruleChanges(now + 6 + 7 * DAY, { limit: 9, cursor: states.nextCursor ?? '' });
      expect(rest.items.map(({ state }) => state).sort()).toEqual(['rejected', 'superseded']);
      expect((await records.registry.ruleChanges(now, { state: 'pending', limit: 9 })).items).toEqual([]);
    });

    test('disabling and removing wait too, and are done when approved', async () => {
      const records = await open();
      await put(records, city({ rules: [raised(10), { ...raised(10), id: 'r2' }, { ...rule({ level: 'blue', at: 1 }), id: 'mild' }] }));
      const disable = await put(records, { rules: [{ ...raised(10), enabled: false }] }, HOLD);
      expect(disable.pending).toMatchObject([{ ruleId: 'r', levels: ['orange', 'red'] }]);
      const removal = applied(await records.registry.remove('rules', ['r2', 'mild'], ANN, now, HOLD));
      expect(removal).toMatchObject({ applied: { rules: 1 }, activation: { removedRuleIds: ['mild'] }, pending: [{ ruleId: 'r2' }] });
      const [first, second] = [disable.pending[0]?.changeId ?? '', removal.pending[0]?.changeId ?? ''];
      const off = applied(await records.registry.decide(first, { approve: true, comment: null }, BEN, now));
      expect(off.activation?.rules).toMatchObject([{ id: 'r', version: 2, enabled: false }]);
      const gone = applied(await records.registry.decide(second, { approve: true, comment: null }, BEN, now));
      expect(gone.activation).toMatchObject({ removedRuleIds: ['r2'] });
      expect((await records.registry.rules()).map((one) => one.rule.id)).toEqual(['r']);
    });

    test('a limit that would weaken the rules which rest on it waits as the limit', async () => {
      const records = await open();
      const rules = ['r', 'r2'].map((id) => ({ ...rule({ level: 'orange', limit: 'dam-1' }, { level: 'red', limit: 'dam-1' }), id }));
      await put(records, city({ limits: [limit(V1)], rules }));
      const up: PlainEntity = { ...V2, orange: 8, red: 11 };
      const { pending, applied: counts } = await put(records, { limits: [limit(V1, up)] }, HOLD);
      expect(counts).toMatchObject({ limits: 0, rules: 0 });
      expect(pending).toEqual(
        ['r', 'r2'].map((ruleId) => ({ ruleId, levels: ['red'], kind: 'limits', id: 'dam-1', changeId: pending[0]?.changeId })),
      );
      const { activation } = applied(await records.registry.decide(pending[0]?.changeId ?? '', { approve: true, comment: null }, BEN, now));
      expect(activation?.rules.map(({ id, version }) => [id, version])).toEqual([
        ['r', 2],
        ['r2', 2],
      ]);
      expect((await versions(records)).at(-1)).toMatchObject({ author: 'ann', reason: 'limit changed', approvedBy: 'ben' });
    });

    test('a change that can no longer be applied is refused and goes on waiting', async () => {
      const records = await open();
      await put(
        records,
        city({
          points: [
            { id: 'p', deviceId: 'd', metric: 'level' },
            { id: 'q', deviceId: 'd', metric: 'level' },
          ],
        }),
      );
      const { pointId: _, ...wide } = raised(12);
      const { pending } = await put(records, { rules: [{ ...wide, pointIds: ['p', 'q'] }] }, HOLD);
      const id = pending[0]?.changeId ?? '';
      applied(await records.registry.remove('points', ['q'], ANN, now));
      expect(await records.registry.decide(id, { approve: true, comment: null }, BEN, now)).toMatchObject({ kind: 'refused' });
      expect(await records.registry.ruleChange(id, now)).toMatchObject({ state: 'pending', decidedBy: null });
    });

    test('a dry run writes nothing and says what would become of the rules', async () => {
      const records = await open();
      await put(records, city());
      const dry = await put(records, { rules: [raised(9)] }, { ...HOLD, dryRun: true });
      expect(dry).toMatchObject({ applied: { rules: 1 }, version: 1, activation: null, changed: [], pending: [] });
      expect(dry.rules).toEqual([{ ruleId: 'r', from: 1, to: 2, levels: [{ level: 'red', from: 10, to: 9 }] }]);
      const held = await put(records, { rules: [raised(12)] }, { ...HOLD, dryRun: true });
      expect(held).toMatchObject({ pending: [{ ruleId: 'r', changeId: null }], rules: [] });
      expect(await versions(records)).toHaveLength(1);
      expect((await records.registry.ruleChanges(now, { limit: 9 })).items).toEqual([]);
    });

    test('standing versions that nobody else has seen are counted until somebody says so', async () => {
      const place = await newPlace();
      const records = await open(place);
      await put(records, city({ rules: [raised(10), { ...rule({ level: 'blue', at: 1 }), id: 'mild' }] }));
      expect(await records.registry.unapproved()).toBe(1);
      expect(await records.registry.approveVersions(['r', 'gone'], ANN)).toBe(0);
      expect(await records.registry.approveVersions(['r', 'mild'], BEN)).toBe(2);
      expect(await records.registry.unapproved()).toBe(0);
      expect((await versions(records)).map(({ approvedBy }) => approvedBy)).toEqual(['ben']);
      expect(await (await open(place)).registry.unapproved()).toBe(0);
      await put(records, { rules: [raised(9)] });
      expect(await records.registry.unapproved()).toBe(1);
    });
  });
});
