import { canonicalJson, type Fault, type PlainEntity, type RegistrySnapshot, type Rule } from '@anlan/contracts';
import { parseRule, type ParsedRule, type RulePoint } from '@anlan/rules';
import { namesUnknown, resolveScope } from './rule-scope.js';

/** A rule that stands: its body as the bundle wrote it and what the engine runs. */
export type ActiveRule = Readonly<{ body: PlainEntity; rule: Rule }>;
/** A new version of a rule. `fromBundle`: somebody wrote it; otherwise it only follows a change of what it refers to. */
export type RuleChange = Readonly<{ active: ActiveRule; fromBundle: boolean }>;
export type CompileInput = Readonly<{
  registry: RegistrySnapshot;
  bodies: ReadonlyMap<string, PlainEntity>;
  standing: ReadonlyMap<string, ActiveRule>;
  /** Highest version that each id ever had, removed rules included. */
  lastVersions: ReadonlyMap<string, number>;
  /** Where the rules of the bundle stand in it. */
  paths: ReadonlyMap<string, string>;
  /** Did anything change that scopes and default values depend on, so that all rules must be looked at again. */
  all: boolean;
}>;
export type Compiled = Readonly<{ next: ReadonlyMap<string, ActiveRule>; changes: readonly RuleChange[]; faults: readonly Fault[] }>;

/** Compiles the rules that an import touches. A rule whose compiled form and body stay the same keeps its version. */
export function compileRules({ registry, bodies, standing, lastVersions, paths, all }: CompileInput): Compiled {
  const next = new Map<string, ActiveRule>();
  const changes: RuleChange[] = [];
  const faults: Fault[] = [];
  const points = rulePoints(registry);

  for (const [id, body] of bodies) {
    const before = standing.get(id);
    const path = paths.get(id);
    if (before && path === undefined && !all) {
      next.set(id, before);
      continue;
    }
    const outcome = compile(body, path ?? `/rules/${id}`, (lastVersions.get(id) ?? 0) + 1);
    if ('faults' in outcome) {
      faults.push(...outcome.faults);
    } else if (before && canonicalJson(before.body) === canonicalJson(body) && sameRule(before.rule, outcome.rule)) {
      next.set(id, before);
    } else {
      const active = { body, rule: outcome.rule };
      next.set(id, active);
      changes.push({ active, fromBundle: path !== undefined });
    }
  }
  return { next, changes, faults };

  function compile(body: PlainEntity, path: string, version: number): ParsedRule {
    const scope = resolveScope(body, registry, path);
    const parsed = parseRule(body, { path, version, points, pointIds: scope.pointIds });
    // An empty scope is said once: by what is wrong with naming the points, or by the reference that leads nowhere.
    const isExplained = scope.faults.length > 0 || namesUnknown(body, registry);
    if (!('faults' in parsed)) return scope.faults.length > 0 ? { faults: scope.faults } : parsed;
    return {
      faults: [...scope.faults, ...parsed.faults.filter(({ code, path: at }) => !(isExplained && code === 'scope' && at === path))],
    };
  }
}

function sameRule(a: Rule, b: Rule): boolean {
  return canonicalJson({ ...a, version: 0 }) === canonicalJson({ ...b, version: 0 });
}

function rulePoints(registry: RegistrySnapshot): ReadonlyMap<string, RulePoint> {
  const points = new Map<string, RulePoint>();
  for (const point of registry.points.values()) {
    const metric = registry.metrics.get(point.metric);
    const device = registry.devices.get(point.deviceId);
    if (!metric || !device) continue;
    const min = point.min ?? metric.min;
    const max = point.max ?? metric.max;
    const span = min !== undefined && max !== undefined ? { metricSpan: max - min } : {};
    points.set(point.id, { intervalMs: device.intervalMs, ...span, ...(min !== undefined && { min }), ...(max !== undefined && { max }) });
  }
  return points;
}
