/** Tests of rules in YAML: points and rules (or a bundle), what the points read, and which alarms that must give. docs/rule-tests.md */
import { durationMs, pointSpecsOf, type Fault } from '@anlan/contracts';
import { parseRuleTest, runRuleTest } from '@anlan/flows';
import { parseYaml, ruleFrom, type Packs, type Placement } from '@anlan/packs';
import { offlinePlan, type OfflinePlan } from '../offline-plan.js';

export type RuleTestsOutcome = Readonly<{ passed: number; faults: readonly Fault[] }>;
export type Box = Readonly<Record<string, unknown>>;
/** `read` gives the text of a file beside the tests. */
export type Around = Readonly<{ read(file: string): Promise<string | undefined>; packs: Packs }>;

const KEYS = ['ruleTests', 'bundle', 'metrics', 'points', 'rules', 'limits'];

/** Files with `ruleTests` are rule tests. */
export function isRuleTests(value: unknown): value is Box {
  return isBox(value) && 'ruleTests' in value;
}

/** Runs every test of a file. */
export async function checkRuleTests(value: Box, around: Around): Promise<RuleTestsOutcome> {
  const unknown = Object.keys(value).filter((key) => !KEYS.includes(key));
  const strange = unknown.map((key): Fault => ({ path: `/${key}`, code: 'unknown_key', message: `rule tests have ${KEYS.join(', ')}` }));
  const tests = value['ruleTests'];
  if (!Array.isArray(tests) || tests.length === 0)
    return { passed: 0, faults: [...strange, { path: '/ruleTests', code: 'empty', message: 'must be a list of tests' }] };
  const plan = await planOf(value, around);
  if (plan.faults.length > 0) return { passed: 0, faults: [...strange, ...plan.faults] };
  const points = [...pointSpecsOf(plan.registry).values()];
  const intervals = new Map(points.map(({ pointId, intervalMs }) => [pointId, intervalMs]));
  const outcomes = tests.map((test: unknown, i): readonly Fault[] => {
    const parsed = parseRuleTest(test, { path: `/ruleTests/${i}`, intervalOf: (id) => intervals.get(id) });
    return 'faults' in parsed ? parsed.faults : runRuleTest(parsed.test, { points, rules: plan.rules }).faults;
  });
  return { passed: outcomes.filter((faults) => faults.length === 0).length, faults: [...strange, ...outcomes.flat()] };
}

/** Points and rules that a file names, or those of the bundle that it names. */
export async function planOf(value: Box, { read, packs }: Around): Promise<OfflinePlan> {
  const { bundle } = value;
  if (bundle === undefined) return inline(value, packs);
  const text = typeof bundle === 'string' ? await read(bundle) : undefined;
  if (text === undefined)
    return refused(packs, {
      path: '/bundle',
      code: 'no_file',
      message: typeof bundle === 'string' ? `no such file: ${bundle}` : 'must be the name of a file',
    });
  const { value: parsed, faults } = parseYaml(text);
  const plan = offlinePlan(parsed ?? {}, packs);
  const [first] = [...faults, ...plan.faults];
  return first ? refused(packs, { path: '/bundle', code: 'bundle_faulty', message: `${first.path} ${first.message}` }) : plan;
}

/** Points and rules of the file itself: each point is a device of one made-up site. Faults keep the places of the file. */
function inline(value: Box, packs: Packs): OfflinePlan {
  const given = isBox(value['points']) ? Object.entries(value['points']) : [];
  if (given.length === 0) return refused(packs, { path: '/points', code: 'empty', message: 'name points, or a bundle' });
  const rules: unknown[] = [];
  for (const [i, rule] of listOf(value['rules']).entries()) {
    const body = fromTemplate(rule, packs);
    if (typeof body === 'string') return refused(packs, { path: `/rules/${i}`, code: 'template', message: body });
    rules.push(body);
  }
  const plan = offlinePlan(
    {
      regions: [{ code: 'test', name: '测试区' }],
      units: [{ id: 'test', name: '测试单位', role: 'owner' }],
      sites: [{ id: 'test', name: '测试站点', domain: 'test', regionCode: 'test', unitId: 'test', lon: 0, lat: 0 }],
      assets: [{ id: 'test', siteId: 'test', name: '测试' }],
      devices: given.map(([id, point]) => ({ id, assetId: 'test', ...(isBox(point) && intervalOf(point)) })),
      points: given.map(([id, point]) => ({ ...without(point, 'interval'), id, deviceId: id })),
      ...Object.fromEntries(['metrics', 'limits'].flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]]))),
      rules,
    },
    packs,
  );
  const ids = given.map(([id]) => id);
  return { ...plan, faults: plan.faults.map((fault) => ({ ...fault, path: ownPath(fault.path, ids) })) };
}

function intervalOf({ interval }: Box): Box {
  return interval === undefined ? {} : { intervalMs: durationMs(interval) ?? interval };
}

/** `/devices/2/intervalMs` stands in the file as `/points/<id>/interval`. */
function ownPath(path: string, ids: readonly string[]): string {
  const [, kind, index, ...rest] = path.split('/');
  const id = ids[Number(index)];
  if ((kind !== 'devices' && kind !== 'points') || id === undefined) return path;
  return `/points/${[id, ...rest].join('/')}`.replace('/intervalMs', '/interval');
}

/** A rule as it stands, or a shipped template put on points: `{template, id, pointIds, references}`. A text says what is wrong. */
function fromTemplate(rule: unknown, packs: Packs): unknown {
  if (!isBox(rule) || rule['template'] === undefined) return rule;
  const { template: name, pointId, ...placement } = rule;
  const template = typeof name === 'string' ? packs.templates.get(name) : undefined;
  if (!template) return 'no pack has a template of this name';
  try {
    return ruleFrom(template, { ...placement, ...(pointId !== undefined && { pointIds: [pointId] }) } as unknown as Placement);
  } catch (error) {
    return error instanceof Error ? error.message : 'the template cannot be placed so';
  }
}

function refused(packs: Packs, fault: Fault): OfflinePlan {
  return { ...offlinePlan({}, packs), faults: [fault] };
}

function without(value: unknown, key: string): Box {
  return isBox(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export function isBox(value: unknown): value is Box {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
