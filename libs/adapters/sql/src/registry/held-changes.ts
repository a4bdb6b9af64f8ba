import {
  CHANGED_KINDS,
  limitRefsOf,
  ruleRefsOf,
  type BundlePlan,
  type BundleReading,
  type ChangedKind,
  type PlainEntity,
} from '@anlan/contracts';
import { lessenedLevels, restOnFormula, type Weakened } from '@anlan/rules';
import { newestOf, type Compiled, type RuleRenewal } from './compile-rules.js';
import { formulaChanges, formulasIn } from './formula-rows.js';
import type { RegistryState } from './registry-state.js';

/** An entry of the bundle that must wait, with the rules that it would weaken. */
export type HeldEntry = Readonly<{ kind: ChangedKind; id: string; weakens: readonly Weakened[] }>;

/** Entries of the plan that put off or take away an orange or red level of a rule that runs now, or may (`rulings` 2). */
export function entriesToHold(before: RegistryState, plan: BundlePlan, { changes }: Compiled): readonly HeldEntry[] {
  const changed = { rules: idsOf(plan, 'rules'), limits: idsOf(plan, 'limits') };
  const held = new Map<string, { kind: ChangedKind; id: string; weakens: Weakened[] }>();
  for (const renewal of changes) {
    const ruleId = newestOf(renewal.active).id;
    const was = before.rules.get(ruleId);
    const levels = was ? lessenedLevels(was.versions, renewal.active.versions) : [];
    if (levels.length === 0) continue;
    for (const { kind, id } of blamed(renewal, ruleId, { changed, bodies: plan.next.rules })) {
      const entry = held.get(`${kind}:${id}`) ?? { kind, id, weakens: [] };
      entry.weakens.push({ ruleId, levels });
      held.set(`${kind}:${id}`, entry);
    }
  }
  return [...held.values(), ...formulasToHold(before, plan)];
}

/** Points whose formula would be another, under rules that rest on them. */
function formulasToHold({ collections, rules }: RegistryState, plan: BundlePlan): readonly HeldEntry[] {
  const changes = formulaChanges(plan);
  if (changes.length === 0) return [];
  const ground = { formulas: formulasIn(collections.points), rules: [...rules.values()].map(newestOf) };
  return changes.flatMap(({ pointId }) => {
    const weakens = restOnFormula(pointId, ground);
    return weakens.length > 0 ? [{ kind: 'points', id: pointId, weakens }] : [];
  });
}

type WrittenKind = Exclude<ChangedKind, 'points'>;
type Changed = Readonly<Record<WrittenKind, ReadonlySet<string>>>;

/** The rule itself if it was written, else the limits that it rests on. Neither: points or groups changed, and that is no change of a limit. */
function blamed(
  { active }: RuleRenewal,
  ruleId: string,
  { changed, bodies }: Readonly<{ changed: Changed; bodies: ReadonlyMap<string, PlainEntity> }>,
): readonly Readonly<{ kind: WrittenKind; id: string }>[] {
  if (changed.rules.has(ruleId)) return [{ kind: 'rules', id: ruleId }];
  const others = ruleRefsOf(active.body).map(({ id }) => id);
  const limits = [active.body, ...others.flatMap((id): readonly PlainEntity[] => [bodies.get(id) ?? {}])].flatMap((body) =>
    limitRefsOf(body).map(({ id }) => id),
  );
  return [
    ...[...new Set(limits)].filter((id) => changed.limits.has(id)).map((id) => ({ kind: 'limits', id }) as const),
    ...others.filter((id) => changed.rules.has(id)).map((id) => ({ kind: 'rules', id }) as const),
  ];
}

function idsOf({ changes }: BundlePlan, kind: WrittenKind): ReadonlySet<string> {
  return new Set(changes.filter((change) => change.kind === kind).map(({ id }) => id));
}

/** The bundle without the entries that wait. */
export function without(reading: BundleReading, held: readonly HeldEntry[]): BundleReading {
  const entries = { ...reading.entries };
  for (const kind of CHANGED_KINDS) {
    const ids = new Set(held.filter((entry) => entry.kind === kind).map(({ id }) => id));
    entries[kind] = reading.entries[kind].filter(({ id }) => id === undefined || !ids.has(id));
  }
  return { ...reading, entries };
}
