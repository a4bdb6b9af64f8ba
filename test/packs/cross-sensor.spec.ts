/** Stories that one sensor alone cannot tell, with the shipped formulas and rules and made-up readings. */
import { parseDerived, type PointSpec, type Reading, type Rule, type Verdict } from '@anlan/contracts';
import { loadPacks, pointFrom, ruleFrom, type Placement } from '@anlan/packs';
import { createEngine, parseRule } from '@anlan/rules';

const { metrics, derived, templates } = loadPacks();
const MIN = 60_000;
const HOUR = 60 * MIN;
const T = 1_760_000_000_000;

const measured = (pointId: string, metric: string, intervalMs: number): PointSpec => {
  const { unit = '', min, max } = metrics.get(metric) ?? {};
  const range = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  return { pointId, deviceId: pointId, siteId: 's', metric, unit, ...range, intervalMs, reorderMs: 0, liveHorizonMs: null };
};

type Inputs = Readonly<{ refs: Readonly<Record<string, string | readonly string[]>>; references?: Readonly<Record<string, number>> }>;
function computed(pointId: string, templateId: string, intervalMs: number, { refs, references = {} }: Inputs): PointSpec {
  const template = derived.get(templateId);
  if (!template) throw new Error(`no derived point ${templateId}`);
  const point = pointFrom(template, { id: pointId, deviceId: 'd', refs, references });
  const parsed = parseDerived(point.derived);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return { ...measured(pointId, template.metric, intervalMs), derived: parsed.derived };
}

/** A shipped rule, or a body written here. */
function ruleOn(points: readonly PointSpec[], body: object): Rule {
  const known = new Map(
    points.map(
      ({ pointId, intervalMs, min, max }) =>
        [pointId, { intervalMs, ...(min !== undefined && max !== undefined && { metricSpan: max - min }) }] as const,
    ),
  );
  const parsed = parseRule(body, { path: '', version: 1, points: known });
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.rule;
}
function shipped(points: readonly PointSpec[], templateId: string, placement: Placement): Rule {
  const template = templates.get(templateId);
  if (!template) throw new Error(`no template ${templateId}`);
  return ruleOn(points, ruleFrom(template, placement));
}

type Row = Readonly<{ t: number; values: Readonly<Record<string, number>> }>;
type Told = Readonly<{ verdicts: readonly Verdict[]; values: readonly Reading[] }>;

function play(points: readonly PointSpec[], rules: readonly Rule[], rows: readonly Row[]): Told {
  const engine = createEngine({ partition: 0, digest: (text) => text });
  const verdicts: Verdict[] = [];
  const values: Reading[] = [];
  engine.step({ offset: 0, at: T, value: { kind: 'activation', version: 1, at: T } }, [
    { version: 1, rules, removedRuleIds: [], points, removedPointIds: [] },
  ]);
  rows.forEach(({ t, values: given }, i) => {
    const readings = Object.entries(given).map(([pointId, v]) => ({ pointId, t: T + t, v, q: 'good' as const }));
    const value = { kind: 'readings', deviceId: 'd', siteId: 's', arrivedAt: T + t, readings, rejected: 0, quarantined: 0 } as const;
    verdicts.push(...engine.step({ offset: i + 1, at: T + t, value }));
    values.push(...engine.computed().flatMap(({ readings: found }) => found));
  });
  return { verdicts, values };
}

/** Hours after T at which a rule showed each level first. */
const raised = ({ verdicts }: Told, ruleId: string): readonly string[] => {
  const seen = new Map<string, number>();
  for (const { key, process, level, t } of verdicts)
    if (key.ruleId === ruleId && process === 'active' && !seen.has(level)) seen.set(level, (t - T) / HOUR);
  return [...seen].map(([level, hours]) => `${level} ${hours}`);
};
const rowsOf = (count: number, everyMs: number, values: (i: number, hours: number) => Row['values']): readonly Row[] =>
  Array.from({ length: count }, (_, i) => ({ t: (i + 1) * everyMs, values: values(i, ((i + 1) * everyMs) / HOUR) }));
/** Reproducible noise in −1…1. */
const noise = (i: number): number => {
  const x = Math.sin(i * 12.9898) * 43_758.5453;
  return 2 * (x - Math.floor(x)) - 1;
};

test('mass balance: filling and emptying the pipe is no loss; a leak is called within a day', () => {
  const refs = { gas_flow_in: 'in', gas_flow_out: 'out', gas_pipe_pressure: 'p' };
  const points = [
    measured('in', 'gas_flow_rate', 15 * MIN),
    measured('out', 'gas_flow_rate', 15 * MIN),
    measured('p', 'gas_pipe_pressure', 15 * MIN),
    computed('loss', 'gas_mass_balance', 15 * MIN, { refs, references: { pack: 10 } }),
  ];
  const rules = [shipped(points, 'gas_flow_imbalance', { id: 'leak', pointIds: ['loss'], references: { resolution: 2 } })];
  const pressure = (hours: number): number => 300 + 20 * Math.sin((hours / 24) * 2 * Math.PI);
  const story = (leak: number): Told =>
    play(
      points,
      rules,
      rowsOf(24 * 96, 15 * MIN, (i, hours) => {
        // 10 Nm³/h for each kPa in half an hour: what goes into the pipe does not come out.
        const stored = 10 * (pressure(hours) - pressure(hours - 0.5));
        const used = 200 + 80 * Math.sin(((hours - 7) / 24) * 2 * Math.PI);
        const lost = hours >= 18 * 24 ? leak : 0;
        return { p: pressure(hours), in: used + stored + lost + noise(i), out: used + noise(i + 7_919) };
      }),
    );
  const quiet = story(0);
  expect(Math.max(...quiet.values.map(({ v }) => Math.abs(v)))).toBeLessThan(3);
  expect(raised(quiet, 'leak')).toEqual([]);
  const [first = ''] = raised(story(15), 'leak');
  expect(first).toMatch(/^yellow /);
  const hours = Number(first.split(' ')[1]);
  expect(hours).toBeGreaterThan(18 * 24);
  expect(hours).toBeLessThan(19 * 24);
});

describe('a leak against biogas in a well', () => {
  const points = (withEthane: boolean): readonly PointSpec[] => [
    measured('ch4', 'uspace_ch4_vol', 30 * MIN),
    measured('temp', 'uspace_temp', 30 * MIN),
    measured('flow', 'gas_flow_rate', 30 * MIN),
    ...(withEthane ? [measured('c2', 'uspace_c2h6_ppm', 30 * MIN)] : []),
    computed('rest', 'uspace_ch4_unexplained', 30 * MIN, { refs: { uspace_ch4_vol: 'ch4', uspace_temp: 'temp', gas_flow_rate: 'flow' } }),
    computed('signs', 'uspace_leak_signs', 30 * MIN, {
      refs: { uspace_ch4_vol: 'ch4', uspace_c2h6_ppm: 'c2', uspace_ch4_unexplained: 'rest' },
    }),
  ];
  const story = (leak: (hours: number, i: number) => number, withEthane: boolean): Told => {
    const all = points(withEthane);
    return play(
      all,
      [shipped(all, 'uspace_leak_signs', { id: 'leak', pointIds: ['signs'] })],
      rowsOf(40 * 48, 30 * MIN, (i, hours) => {
        const temp = 18 + 6 * Math.sin((hours / 24) * 2 * Math.PI) + 0.1 * noise(i);
        const flow = 100 + 40 * Math.sin(((hours - 5) / 24) * 2 * Math.PI);
        const leaked = hours >= 30 * 24 ? leak(hours, i) : 0;
        // Biogas: 0.1 to 0.6 %VOL with warmth and sewage. Pipeline gas has one part of ethane in fifty.
        const ch4 = 0.35 + 0.03 * (temp - 18) + 0.001 * (flow - 100) + leaked + 0.02 * noise(i + 31);
        return { temp, flow, ch4, ...(withEthane && { c2: leaked * 200 }) };
      }),
    );
  };

  test('biogas that follows warmth and consumption raises nothing, though it passes 0.5 %VOL each day', () => {
    const told = story(() => 0, true);
    expect(raised(told, 'leak')).toEqual([]);
    const rest = told.values.filter(({ pointId }) => pointId === 'rest');
    expect(Math.max(...rest.map(({ v }) => Math.abs(v)))).toBeLessThan(0.1);
  });

  test('with ethane a steady leak is orange within hours', () => {
    const told = raised(
      story(() => 0.8, true),
      'leak',
    );
    expect(told.map((one) => one.split(' ')[0])).toContain('orange');
    expect(Number(told[0]?.split(' ')[1])).toBeLessThan(30 * 24 + 4);
  });

  test('without an ethane probe a leak is told by what is not explained and by its fluctuation', () => {
    const told = raised(
      story((_, i) => 0.8 + 0.4 * noise(i), false),
      'leak',
    );
    expect(told.map((one) => one.split(' ')[0])).toEqual(['yellow']);
    expect(Number(told[0]?.split(' ')[1])).toBeLessThan(30 * 24 + 4);
  });
});

test('pressure that falls while flow rises is a burst; pressure that falls alone is not', () => {
  const points = [measured('p', 'gas_regulator_outlet_pressure', 10_000), measured('flow', 'gas_flow_rate', 10_000)];
  const rules = [
    shipped(points, 'gas_outlet_pressure_drop', { id: 'drop', pointIds: ['p'], references: { set: 300 } }),
    ruleOn(points, { id: 'high-flow', kind: 'threshold', pointId: 'flow', levels: [{ level: 'blue', at: 150 }] }),
    shipped(points, 'gas_leak_by_flow', {
      id: 'burst',
      pointIds: ['p'],
      refs: { gas_outlet_pressure_drop: 'drop', gas_flow_usual: 'high-flow' },
    }),
  ];
  const story = (flowAfter: number): Told =>
    play(
      points,
      rules,
      rowsOf(120, 10_000, (i) => ({ p: (i < 90 ? 300 : 240) + 0.5 * noise(i), flow: i < 90 ? 100 : flowAfter })),
    );
  expect(raised(story(60), 'drop').length).toBeGreaterThan(0);
  expect(raised(story(60), 'burst')).toEqual([]);
  expect(raised(story(220), 'burst').map((one) => one.split(' ')[0])).toEqual(['red']);
});

test('methane that rises from well to well is one leak; wells that rise at random are not', () => {
  const wells = ['w1', 'w2', 'w3', 'w4'];
  const points = [
    ...wells.map((id) => measured(id, 'uspace_ch4_vol', 30 * MIN)),
    computed('spread', 'uspace_spread_of_wells', 30 * MIN, { refs: { uspace_ch4_vol: wells } }),
  ];
  const rules = [shipped(points, 'uspace_spread', { id: 'spread', pointIds: ['spread'] })];
  const story = (begin: Readonly<Record<string, number>>): readonly string[] =>
    raised(
      play(
        points,
        rules,
        rowsOf(96, 30 * MIN, (_, hours) => Object.fromEntries(wells.map((id) => [id, hours >= (begin[id] ?? Infinity) ? 0.8 : 0.1]))),
      ),
      'spread',
    );
  expect(story({ w2: 10, w3: 14, w4: 20 })).toEqual(['yellow 14', 'orange 20']);
  expect(story({ w4: 10, w3: 14 })).toEqual(['yellow 14']);
  expect(story({ w1: 10, w3: 14 })).toEqual([]);
  expect(story({ w1: 2, w2: 30 })).toEqual([]);
});
