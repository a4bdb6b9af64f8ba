import {
  canonicalJson,
  perKind,
  pointSpecsOf,
  snapshotOf,
  type Activation,
  type Collections,
  type Metric,
  type PlainEntity,
  type PointSpec,
  type RegistrySnapshot,
  type Rule,
} from '@anlan/contracts';
import type { SqlDatabase } from '../sql-database.js';
import { newestOf, type ActiveRule } from './compile-rules.js';
import { loadEntities } from './entity-rows.js';

/** What the engine has been told so far: the fold of all activations. */
export type EngineView = Readonly<{ rules: ReadonlyMap<string, Rule>; points: ReadonlyMap<string, PointSpec> }>;
/** Everything that stands, as one immutable value. */
export type RegistryState = Readonly<{
  version: number;
  /** With the metrics of the packs below those of the records. */
  collections: Collections;
  rules: ReadonlyMap<string, ActiveRule>;
  lastVersions: ReadonlyMap<string, number>;
  snapshot: RegistrySnapshot;
  engine: EngineView;
}>;
export type Catalogue = ReadonlyMap<string, Metric>;

/** Number of the newest change. */
export async function registryVersion(db: SqlDatabase['db']): Promise<number> {
  return (await db.selectFrom('counters').select('value').where('name', '=', 'registry').executeTakeFirstOrThrow()).value;
}

/** Everything as it stands, to be read within one moment. */
export async function loadState(db: SqlDatabase['db'], catalogue: Catalogue): Promise<RegistryState> {
  const version = await registryVersion(db);
  const entities = await loadEntities(db);
  const rules = await loadRules(db);
  const last = await db
    .selectFrom('rules')
    .select(['id', ({ fn }) => fn.max('version').as('version')])
    .groupBy('id')
    .execute();
  const collections: Collections = {
    ...perKind((kind) =>
      kind === 'rules'
        ? new Map<string, PlainEntity>([...rules].map(([id, { body }]) => [id, body]))
        : (entities.get(kind) ?? new Map<string, PlainEntity>()),
    ),
    metrics: withCatalogue(catalogue, entities.get('metrics') ?? new Map()),
  };
  const activations = await db.selectFrom('activations').select('body').orderBy('version').execute();
  return {
    version,
    collections,
    rules,
    lastVersions: new Map(last.map((row) => [row.id, Number(row.version)])),
    snapshot: snapshotOf(version, collections),
    engine: fold(
      { rules: new Map(), points: new Map() },
      activations.map(({ body }) => JSON.parse(body) as Activation),
    ),
  };
}

async function loadRules(db: SqlDatabase['db']): Promise<ReadonlyMap<string, ActiveRule>> {
  const rows = await db
    .selectFrom('rules')
    .select(['id', 'body', 'compiled', 'approved_by'])
    .where('active', '=', 1)
    .orderBy('id')
    .orderBy('version')
    .execute();
  const rules = new Map<string, ActiveRule>();
  for (const row of rows) {
    const versions = [...(rules.get(row.id)?.versions ?? []), JSON.parse(row.compiled) as Rule];
    rules.set(row.id, { body: JSON.parse(row.body) as PlainEntity, versions, approvedBy: row.approved_by });
  }
  return rules;
}

/** Metrics of the packs, overridden by those that a bundle defined. */
export function withCatalogue(catalogue: Catalogue, metrics: ReadonlyMap<string, PlainEntity>): ReadonlyMap<string, PlainEntity> {
  return new Map<string, PlainEntity>([...catalogue, ...metrics]);
}

/** The engine's view after more activations. */
export function fold({ rules, points }: EngineView, activations: readonly Activation[]): EngineView {
  const after = { rules: new Map(rules), points: new Map(points) };
  for (const activation of activations) {
    for (const id of activation.removedRuleIds) after.rules.delete(id);
    for (const id of activation.removedPointIds) after.points.delete(id);
    for (const rule of activation.rules) after.rules.set(rule.id, rule);
    for (const point of activation.points) after.points.set(point.pointId, point);
  }
  return after;
}

/** What must be told to the engine so that it runs what stands; null when it already does. */
export function activationFor(
  version: number,
  view: EngineView,
  rules: ReadonlyMap<string, ActiveRule>,
  snapshot: RegistrySnapshot,
): Activation | null {
  const specs = pointSpecsOf(snapshot);
  const changedRules = [...rules.values()].flatMap((active) => {
    const known = view.rules.get(newestOf(active).id);
    return same(known, newestOf(active)) ? [] : active.versions.filter(({ version }) => version > (known?.version ?? 0));
  });
  const points = [...specs.values()].filter((spec) => !same(view.points.get(spec.pointId), spec));
  const removedRuleIds = [...view.rules.keys()].filter((id) => !rules.has(id));
  const removedPointIds = [...view.points.keys()].filter((id) => !specs.has(id));
  const isNothing = changedRules.length + points.length + removedRuleIds.length + removedPointIds.length === 0;
  return isNothing ? null : { version, rules: changedRules, removedRuleIds, points, removedPointIds };
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && canonicalJson(a) === canonicalJson(b));
}
