/** What a removal writes, inside the transaction of a change of the registry. */
import { ENTITY_KINDS, MAX_FAULTS, planRemoval, type BundleKind, type Collections, type Fault } from '@anlan/contracts';
import type { EntityChanged, Held } from '@anlan/ports';
import { lessenedLevels } from '@anlan/rules';
import { keepChange, supersede } from './change-rows.js';
import { deleteEntities, isRowKind } from './entity-rows.js';
import { formulaOf, writeFormulas, type FormulaChange, type FormulaOrigin } from './formula-rows.js';
import type { HeldEntry } from './held-changes.js';
import {
  compileFor,
  heldOf,
  isChangedKind,
  nextState,
  refused,
  RULES_DEPEND_ON,
  type ChangeDeps,
  type Done,
  type Standing,
  type Told,
} from './registry-change.js';
import { withCatalogue, type RegistryState } from './registry-state.js';
import { commit, retire, writeRules } from './registry-writes.js';
import { ruleDiffs } from './rule-diff.js';

/** Takes entities out, but for rules whose going would weaken an orange or red limit: that waits. */
export async function removeEntities(
  deps: ChangeDeps,
  { tx, before }: Standing,
  { kind, ids }: Readonly<{ kind: BundleKind; ids: readonly string[] }>,
  told: Told,
): Promise<Done> {
  const { catalogue, book } = deps;
  const held = kind === 'rules' && told.options.hold === true ? removalsToHold(before, ids) : [];
  const waits = new Set(held.map(({ id }) => id));
  const whole = planRemoval(before.collections, kind, ids);
  const plan =
    waits.size === 0
      ? whole
      : planRemoval(
          before.collections,
          kind,
          ids.filter((id) => !waits.has(id)),
        );
  const next: Collections = kind === 'metrics' ? { ...plan.next, metrics: withCatalogue(catalogue, plan.next.metrics) } : plan.next;
  const fromPack = kind === 'metrics' ? plan.removed.filter((id) => before.collections.metrics.get(id) === catalogue.get(id)) : [];
  const compiled = compileFor(before, next, {
    paths: new Map(),
    limits: new Set(),
    all: RULES_DEPEND_ON.has(kind),
    approvedBy: told.approvedBy,
  });
  const faults = [
    ...whole.faults,
    ...compiled.faults,
    ...fromPack.map((id): Fault => ({ path: `/metrics/${id}`, code: 'from_pack', message: `${id} comes from a pack` })),
  ];
  if (faults.length > 0) return { outcome: refused(faults.slice(0, MAX_FAULTS)) };

  const state = plan.removed.length === 0 ? before : nextState(before, next, compiled);
  const said = {
    kind: 'applied',
    applied: Object.fromEntries(ENTITY_KINDS.map((each) => [each, each === kind ? plan.removed.length : 0])),
    unchanged: 0,
    warnings: [],
    version: state.version,
    activation: null,
    changed: plan.removed.map((id): EntityChanged => ({ kind, id, entity: null })),
    rules: ruleDiffs(before.rules, state.rules),
    pending: [],
  } as const;
  if (told.options.dryRun === true)
    return { outcome: { ...said, version: before.version, changed: [], pending: held.flatMap((entry) => heldOf(entry, null)) } };

  const pending: Held[] = [];
  for (const entry of held) {
    const asked = {
      entry,
      body: null,
      before: before.collections.rules.get(entry.id) ?? {},
      author: told.by.id,
      reason: told.options.reason ?? null,
      now: told.now,
    };
    pending.push(...heldOf(entry, await keepChange(tx, asked)));
  }
  if (plan.removed.length === 0) return { outcome: { ...said, pending } };
  if (isRowKind(kind)) await deleteEntities(tx, kind, plan.removed);
  else await retire(tx, plan.removed);
  if (kind === 'devices') await book.drop(tx, plan.removed);
  if (isChangedKind(kind)) await supersede(tx, kind, plan.removed, told.now);
  if (kind === 'points') await writeFormulas(tx, formulasGone(before, plan.removed), originOf(told));
  await writeRules(tx, compiled, { author: told.by.id, reasons: new Map(), approvedBy: told.approvedBy, now: told.now });
  const { state: after, activation } = await commit(tx, before, state, told.now);
  const effect = { next: after, credentials: { rows: [], made: [] }, gone: kind === 'devices' ? plan.removed : [] };
  return { outcome: { ...said, activation, pending }, effect };
}

function formulasGone({ collections }: RegistryState, ids: readonly string[]): readonly FormulaChange[] {
  return ids.flatMap((pointId) => {
    const formula = formulaOf(collections.points.get(pointId));
    return formula ? [{ pointId, before: formula, after: null }] : [];
  });
}

function originOf({ by, now, options, approvedBy }: Told): FormulaOrigin {
  return { author: by.id, reason: () => options.reason ?? null, approvedBy, now };
}

function removalsToHold({ rules }: RegistryState, ids: readonly string[]): readonly HeldEntry[] {
  return ids.flatMap((id) => {
    const active = rules.get(id);
    const levels = active ? lessenedLevels(active.versions, null) : [];
    return levels.length > 0 ? [{ kind: 'rules', id, weakens: [{ ruleId: id, levels }] }] : [];
  });
}
