import { canonicalJson, limitRefsOf, ruleRefsOf, type Fault, type PlainEntity, type RegistrySnapshot, type Rule } from '@anlan/contracts';
import { compileRegistered, rulePointsOf } from '@anlan/rules';

/** A rule that stands: its body as the bundle wrote it and what the engine runs. */
export type ActiveRule = Readonly<{
  body: PlainEntity;
  /** Oldest first, never empty: versions that are valid from different moments (limits that change with time). */
  versions: readonly Rule[];
  /** Who besides the author has seen the newest of them. */
  approvedBy: string | null;
}>;
/** Why a rule has new versions: somebody wrote it, a limit that it rests on changed, or something else that it refers to did. */
export type ChangeCause = 'bundle' | 'limit' | 'reference';
/** New versions of a rule. */
export type RuleRenewal = Readonly<{ active: ActiveRule; fresh: readonly Rule[]; cause: ChangeCause }>;
export type CompileInput = Readonly<{
  registry: RegistrySnapshot;
  bodies: ReadonlyMap<string, PlainEntity>;
  standing: ReadonlyMap<string, ActiveRule>;
  /** Highest version that each id ever had, removed rules included. */
  lastVersions: ReadonlyMap<string, number>;
  /** Where the rules of the bundle stand in it. */
  paths: ReadonlyMap<string, string>;
  /** Limits that changed. */
  limits: ReadonlySet<string>;
  /** Did anything change that scopes and default values depend on, so that all rules must be looked at again. */
  all: boolean;
  /** Who stands in for the second person on the new versions. */
  approvedBy: string | null;
}>;
export type Compiled = Readonly<{ next: ReadonlyMap<string, ActiveRule>; changes: readonly RuleRenewal[]; faults: readonly Fault[] }>;

/** The version last activated: it says which points are in scope and whether the rule runs at all. */
export function newestOf({ versions }: ActiveRule): Rule {
  const newest = versions.at(-1);
  if (!newest) throw new Error('a rule stands without a version');
  return newest;
}

/** Compiles the rules that a change touches. A version whose compiled form stays the same is kept, and so is the rule whose body stays the same too. */
export function compileRules(input: CompileInput): Compiled {
  const { registry, bodies, standing, lastVersions, paths, all } = input;
  const next = new Map<string, ActiveRule>();
  const changes: RuleRenewal[] = [];
  const faults: Fault[] = [];
  const ground = { registry, points: rulePointsOf(registry), bodies };
  const touched = all ? undefined : touchedBy(input);

  for (const [id, body] of bodies) {
    const before = standing.get(id);
    const path = paths.get(id);
    if (before && touched?.has(id) === false) {
      next.set(id, before);
      continue;
    }
    const outcome = compileRegistered(body, path ?? `/rules/${id}`, ground);
    if ('faults' in outcome) {
      faults.push(...outcome.faults);
      continue;
    }
    const sameBody = before !== undefined && canonicalJson(before.body) === canonicalJson(body);
    const kept = sameBody ? keptOf(before.versions, outcome.rules) : 0;
    if (before && sameBody && kept === outcome.rules.length && kept === before.versions.length) {
      next.set(id, before);
      continue;
    }
    const from = firstFresh(before?.versions ?? [], outcome.rules, kept);
    const last = lastVersions.get(id) ?? 0;
    const fresh = outcome.rules.slice(from).map((rule, i) => ({ ...rule, version: last + 1 + i }));
    const versions = [...(before?.versions ?? []).slice(0, from), ...fresh];
    const active: ActiveRule = { body, versions, approvedBy: input.approvedBy };
    next.set(id, active);
    changes.push({ active, fresh, cause: causeOf(body, path, input) });
  }
  return { next, changes, faults };
}

/** Rules of the bundle, those that rest on a changed limit, and those that refer to any of them, however far. */
function touchedBy({ bodies, standing, paths, limits }: CompileInput): ReadonlySet<string> {
  const touched = new Set([...bodies.keys()].filter((id) => paths.has(id) || !standing.has(id)));
  if (limits.size > 0) for (const [id, body] of bodies) if (limitRefsOf(body).some(({ id: limit }) => limits.has(limit))) touched.add(id);
  if (touched.size === 0) return touched;
  const readers = new Map<string, string[]>();
  for (const [id, body] of bodies) for (const { id: other } of ruleRefsOf(body)) readers.set(other, [...(readers.get(other) ?? []), id]);
  for (const id of touched) for (const reader of readers.get(id) ?? []) touched.add(reader);
  return touched;
}

function causeOf(body: PlainEntity, path: string | undefined, { limits }: CompileInput): ChangeCause {
  if (path !== undefined) return 'bundle';
  return limitRefsOf(body).some(({ id }) => limits.has(id)) ? 'limit' : 'reference';
}

/** How many of the standing versions go on as they are. */
function keptOf(standing: readonly Rule[], compiled: readonly Rule[]): number {
  const end = compiled.findIndex((rule, i) => !sameRule(standing[i], rule));
  return end === -1 ? compiled.length : end;
}

/**
 * Which of the compiled versions are to be said anew. The engine judges by the version said last among those that are valid, so a version that is taken
 * away is covered by one that begins no later: the first that follows the kept ones, or else the last of the kept, said again.
 */
function firstFresh(standing: readonly Rule[], compiled: readonly Rule[], kept: number): number {
  const [gone, follows] = [standing[kept], compiled[kept]];
  const isCovered = !gone || (follows !== undefined && (follows.validFrom ?? 0) <= (gone.validFrom ?? 0));
  return isCovered ? kept : Math.max(0, kept - 1);
}

function sameRule(a: Rule | undefined, b: Rule): boolean {
  return a !== undefined && canonicalJson({ ...a, version: 0 }) === canonicalJson({ ...b, version: 0 });
}
