import { createHash } from 'node:crypto';
import {
  perKind,
  planImport,
  readBundle,
  snapshotOf,
  type BundlePlan,
  type Collections,
  type Fault,
  type PlainEntity,
  type RegistrySnapshot,
  type Rule,
} from '@anlan/contracts';
import type { Packs } from '@anlan/packs';
import { compileRegistered, rulePointsOf } from '@anlan/rules';

/** What an import into an empty registry, which knows the metrics of the packs, would do. */
export type OfflinePlan = Readonly<{ registry: RegistrySnapshot; rules: readonly Rule[]; faults: readonly Fault[] }>;

export function offlinePlan(bundle: unknown, packs: Pick<Packs, 'metrics'>): OfflinePlan {
  const catalogue = new Map<string, PlainEntity>([...packs.metrics].map(([code, metric]) => [code, { ...metric }]));
  const stored: Collections = { ...perKind(() => new Map<string, PlainEntity>()), metrics: catalogue };
  const plan = planImport(stored, readBundle(bundle), (text) => createHash('sha256').update(text).digest('hex'));
  const registry = snapshotOf(0, plan.next);
  const { rules, faults } = compiled(plan, registry);
  return { registry, rules, faults: [...plan.faults, ...faults] };
}

/** Bodies of rules, with their scopes and references resolved in what the file comes to. */
function compiled(
  { next, rulePaths }: BundlePlan,
  registry: RegistrySnapshot,
): Readonly<{ rules: readonly Rule[]; faults: readonly Fault[] }> {
  const ground = { registry, points: rulePointsOf(registry), bodies: next.rules };
  const outcomes = [...rulePaths].map(([id, path]) => compileRegistered(next.rules.get(id) ?? {}, path, ground));
  return {
    rules: outcomes.flatMap((outcome) => ('rules' in outcome ? outcome.rules : [])),
    faults: outcomes.flatMap((outcome) => ('faults' in outcome ? outcome.faults : [])),
  };
}
