import { derivedInputs, durationMs, parseDerived } from '@anlan/contracts';
import { loadPacks, pointFrom, ruleFrom, type DerivedTemplate, type Template } from '@anlan/packs';
import { parseRule, type RulePoint } from '@anlan/rules';

const { packs, metrics, derived, templates } = loadPacks();

/** Made-up numbers for names in `needs`, in the order that an asset has them; 10 for all others. */
const NUMBERS: Readonly<Record<string, number>> = {
  built: 1000,
  capacity: 800,
  collar: 200,
  control: 5,
  crown: 1,
  design: 100,
  designFlood: 188.2,
  ground: 3,
  guaranteed: 6,
  highHigh: 11,
  limit: 100,
  low: 2,
  lowLow: 1,
  minimum: 50,
  nominal: 220,
  operating: 186,
  overflow: 12,
  preFlood: 186.8,
  relief: 90,
  resolution: 0.1,
  set: 300,
  start: 1,
  trickle: 1,
  warning: 5,
  workMax: 40,
};

const numbersFor = ({ needs = {} }: Template | DerivedTemplate): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.keys(needs).map((name) => [name, NUMBERS[name] ?? 10]));

const INTERVALS = new Map(packs.flatMap((pack) => pack.metrics.map(({ code, intervalMs }) => [code, intervalMs] as const)));
const MINUTE_MS = 60_000;

/** The point that a template stands on: of its metric, as often as the metric usually is or the template wants. */
function pointOf({ id, metric, interval }: Template): readonly [string, RulePoint] {
  const { min, max, unit } = metrics.get(metric) ?? {};
  const span = min !== undefined && max !== undefined ? { min, max, metricSpan: max - min } : {};
  const intervalMs = interval === undefined ? (INTERVALS.get(metric) ?? MINUTE_MS) : durationMs(interval);
  if (intervalMs === undefined) throw new Error(`${id}: ${interval ?? ''}`);
  return [`point-of-${id}`, { intervalMs, ...span, ...(unit !== undefined && { unit }) }];
}

/** A vote needs members. */
const MEMBERS = 4;
const points = new Map(
  [...templates.values()].flatMap((template) => {
    const [id, point] = pointOf(template);
    return Array.from({ length: template.kind === 'vote' ? MEMBERS : 1 }, (_, i) => [i === 0 ? id : `${id}-${i}`, point] as const);
  }),
);
const pointIdsOf = ({ id }: Template): readonly string[] =>
  [...points.keys()].filter((name) => name === `point-of-${id}` || name.startsWith(`point-of-${id}-`));
const several = (name: string): readonly string[] => Array.from({ length: MEMBERS }, (_, i) => `${name}-${i}`);
const isListed = (template: Template, name: string): boolean =>
  template.kind === 'vote' && JSON.stringify(template.body['items'] ?? []).includes(`@${name}`);
/** Every template as a rule on its point. A ref is the rule of the template, or the point of the metric, that it is called after. */
const bodies = new Map(
  [...templates.values()].map((template) => {
    const refs = Object.fromEntries(
      Object.keys(template.refs ?? {}).map((name) => [name, isListed(template, name) ? several(name) : name]),
    );
    const placement = { id: template.id, pointIds: pointIdsOf(template), references: numbersFor(template), refs };
    return [template.id, ruleFrom(template, placement)];
  }),
);

describe('P2: every template is a rule that the engine takes', () => {
  test.each([...bodies.keys()])('%s', (id) => {
    const parsed = parseRule(bodies.get(id), { path: '', version: 1, points, rules: bodies });
    expect('faults' in parsed ? parsed.faults : []).toEqual([]);
  });
});

describe('P2: every formula is one that the registry takes, on points of the metrics that its inputs are called after', () => {
  test.each([...derived.values()].map((one) => [one.id, one] as const))('%s', (_id, one) => {
    const refs = Object.fromEntries(Object.keys(one.refs ?? {}).map((name) => [name, name]));
    const point = pointFrom(one, { id: 'p', deviceId: 'd', refs, references: numbersFor(one) });
    const parsed = parseDerived(point.derived);
    expect('faults' in parsed ? parsed.faults : derivedInputs(parsed.derived).filter(({ pointId }) => !(pointId in refs))).toEqual([]);
  });
});

test('P2: what a template refers to is called after a template or a metric, or is the limits of whatever stands there', () => {
  const strange = [...templates.values()].flatMap(({ id, refs = {} }) =>
    Object.keys(refs)
      .filter((name) => name !== 'limits' && !templates.has(name) && !metrics.has(name))
      .map((name) => `${id}: ${name}`),
  );
  expect(strange).toEqual([]);
});
