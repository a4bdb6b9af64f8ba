/** The demo city's rules on what its simulator would send, in virtual time. */
import { perKind, planImport, pointSpecsOf, readBundle, snapshotOf, type Millis, type Reading, type Rule } from '@anlan/contracts';
import { backtest, type Episode } from '@anlan/flows';
import { demoCity, loadPacks } from '@anlan/packs';
import { compileRule } from '@anlan/rules';
import { fleetOf, scenarioNamed, storyOf, type FleetDevice } from '@anlan/simulator-app';

const packs = loadPacks();
const city = demoCity(packs);
const EPOCH = Date.UTC(2026, 0, 5, 2);
const SEED = 20_260_105;
const MINUTE = 60_000;
const TICK = 5_000;

const metrics = new Map([...packs.metrics].map(([code, metric]) => [code, { ...metric }]));
const plan = planImport({ ...perKind(() => new Map()), metrics }, readBundle(JSON.parse(JSON.stringify(city))), (text) => text);
const specs = pointSpecsOf(snapshotOf(0, plan.next));
const fleet = fleetOf(city, packs.metrics);

/** The city's rules, compiled as the registry does. */
const rules = city.rules.flatMap((body): readonly Rule[] => {
  const group = city.groups.find(({ id }) => id === body['group']);
  const compiled = compileRule(body, {
    path: body.id,
    version: 1,
    points: specs,
    ...(group && { pointIds: group.pointIds }),
    rules: new Map(city.rules.map((one) => [one.id, one])),
    limits: new Map(),
  });
  if ('faults' in compiled) throw new Error(JSON.stringify(compiled.faults));
  return compiled.rules;
});

/** What the city would have been warned of in a scenario's first minutes. */
function played(name: string, minutes: number): readonly Episode[] {
  const scenario = scenarioNamed(name);
  if (!scenario) throw new Error(name);
  const story = storyOf(scenario, fleet, { seed: SEED, epoch: EPOCH });
  const run = backtest({ activation: { rules, points: [...specs.values()] } });
  const readingsOf = (device: FleetDevice, atMs: Millis): readonly Reading[] =>
    (story.momentOf(device, atMs)?.values ?? []).map(({ point, value }) => ({ pointId: point.id, t: EPOCH + atMs, v: value, q: 'good' }));
  for (let atMs = 0; atMs < minutes * MINUTE; atMs += TICK)
    run.feed(fleet.filter(({ intervalMs }) => atMs % intervalMs === 0).flatMap((device) => readingsOf(device, atMs)));
  return run.outcome().episodes;
}

test('a quiet hour of the demo city warns of nothing', () => {
  expect(played('quiet', 60)).toEqual([]);
}, 60_000);

describe('the first half hour of the demo', () => {
  let episodes: readonly Episode[] = [];
  beforeAll(() => {
    episodes = played('demo', 35);
  }, 60_000);
  const first = (kind: string, pointId?: string): Episode | undefined =>
    episodes.find(({ key }) => key.kind === kind && (pointId === undefined || key.pointId === pointId));

  test.each(['haz_tank_level', 'tsf_phreatic_depth'])(
    'a forecast on %s speaks minutes before a limit of that point is passed',
    (metric) => {
      const forecast = episodes.find(({ key }) => key.kind === 'forecast' && key.pointId.endsWith(metric));
      const limit = first('threshold', forecast?.key.pointId);
      expect(forecast?.reason.zh).toMatch(/约 .*后可能达到/);
      expect((limit?.raisedAt ?? 0) - (forecast?.raisedAt ?? 0)).toBeGreaterThan(5 * MINUTE);
    },
  );

  test('two wells of one street are graver than each, and a pressure that falls fast is told before it is low', () => {
    const together = episodes.find(({ key }) => key.ruleId.endsWith('.neighbours'));
    expect(together?.peak).toBe('orange');
    expect(together?.reason.zh).toMatch(/至少 2 个/);
    const drop = first('rate');
    expect(drop?.key.pointId).toMatch(/gas_regulator_outlet_pressure$/);
    expect(drop?.raisedAt).toBeLessThan(first('threshold', drop?.key.pointId)?.raisedAt ?? 0);
  });

  test('that is all worth an operator: fewer than one alarm a minute', () => {
    expect(episodes.length).toBeLessThan(35);
  });
});
