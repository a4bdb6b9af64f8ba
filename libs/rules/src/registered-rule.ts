import type { Fault, PlainEntity, RegistrySnapshot } from '@anlan/contracts';
import { compileRule, type CompiledRule } from './compile-rule.js';
import type { RulePoint } from './rule-ground.js';
import { namesUnknown, resolveScope } from './rule-scope.js';

/** What a rule stands in: the registry, and the bodies of all rules by id. */
export type RuleGround = Readonly<{
  registry: RegistrySnapshot;
  points: ReadonlyMap<string, RulePoint>;
  bodies: ReadonlyMap<string, PlainEntity>;
}>;

/**
 * A rule body as it stands in a registry: scope and references resolved, numbered from version 1 on. What leads nowhere is not said
 * here (whoever checks the references of the bundle says it), nor is an empty scope that only follows from that.
 */
export function compileRegistered(body: PlainEntity, path: string, { registry, points, bodies }: RuleGround): CompiledRule {
  const scope = resolveScope(body, registry, path);
  const compiled = compileRule(body, { path, version: 1, points, pointIds: scope.pointIds, limits: registry.limits, rules: bodies });
  if (!('faults' in compiled)) return scope.faults.length > 0 ? { faults: scope.faults } : compiled;
  const isExplained = scope.faults.length > 0 || namesUnknown(body, registry);
  const isNew = ({ code, path: at }: Fault): boolean => code !== 'limit_unknown' && !(isExplained && code === 'scope' && at === path);
  return { faults: [...scope.faults, ...compiled.faults.filter(isNew)] };
}

/** What rules must know of every point of a registry. */
export function rulePointsOf(registry: RegistrySnapshot): ReadonlyMap<string, RulePoint> {
  const points = new Map<string, RulePoint>();
  for (const point of registry.points.values()) {
    const metric = registry.metrics.get(point.metric);
    const device = registry.devices.get(point.deviceId);
    if (!metric || !device) continue;
    const min = point.min ?? metric.min;
    const max = point.max ?? metric.max;
    const span = min !== undefined && max !== undefined ? { metricSpan: max - min } : {};
    points.set(point.id, {
      intervalMs: device.intervalMs,
      unit: metric.unit,
      ...span,
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
    });
  }
  return points;
}
