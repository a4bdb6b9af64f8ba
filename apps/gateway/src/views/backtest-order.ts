/** What a caller wants tried, as the desk can run it: rules compiled in the registry as it stands, points within the caller's regions. */
import {
  pointSpecsOf,
  type BacktestBody,
  type Fault,
  type PlainEntity,
  type PointSpec,
  type RegistrySnapshot,
  type Rule,
} from '@anlan/contracts';
import type { BacktestOrder } from '@anlan/flows';
import type { StoredRule } from '@anlan/ports';
import { compileRegistered, rulePointsOf } from '@anlan/rules';

/** `not_found`: a rule or point that is not there. Which points may be seen is the caller's business. */
export type OrderOutcome =
  | Readonly<{ kind: 'order'; order: BacktestOrder }>
  | Readonly<{ kind: 'not_found' }>
  | Readonly<{ kind: 'invalid'; errors: readonly Fault[] }>;
export type OrderGround = Readonly<{ registry: RegistrySnapshot; rules: readonly StoredRule[]; by: string }>;

const SCOPE_KEYS = ['pointId', 'pointIds', 'group', 'select'];
const MOST_POINTS = 200;

export function orderOf({ rule, pointIds, from, to, events }: BacktestBody, { registry, rules, by }: OrderGround): OrderOutcome {
  if (from >= to) return invalid('/to', 'bad_range', 'must be after from');
  const bodies = new Map(rules.filter(({ active }) => active).map((one) => [one.rule.id, one.body] as const));
  const body = typeof rule === 'string' ? bodies.get(rule) : rule;
  if (!body) return { kind: 'not_found' };
  const ruleId = typeof body['id'] === 'string' ? body['id'] : '';
  const ground = { registry, points: rulePointsOf(registry), bodies: new Map<string, PlainEntity>([...bodies, [ruleId, body]]) };
  const compiled = compileRegistered(placed(body, pointIds), '/rule', ground);
  if ('faults' in compiled) return { kind: 'invalid', errors: compiled.faults };
  const tried = compiled.rules.map(forAllTime);
  const scope = [...new Set(tried.flatMap((one) => one.scope.pointIds))];
  if (scope.length === 0) return invalid('/rule', 'scope', 'comes to no point');
  const others = needed(tried, rules);
  const points = specsOf(registry, [...scope, ...others.flatMap((one) => one.scope.pointIds)]);
  if (points.length > MOST_POINTS)
    return invalid('/rule', 'too_many_points', `comes to ${points.length} points; at most ${MOST_POINTS} are tried at once`);
  const standing = typeof rule === 'string' ? undefined : bodies.get(ruleId);
  const before = standing && compileRegistered(placed(standing, pointIds), '/rule', ground);
  const order: BacktestOrder = {
    ...{ by, ruleId, points, rules: [...tried, ...others], from, to },
    ...(before && 'rules' in before && { before: [...before.rules.map(forAllTime), ...others] }),
    ...(events && { events: events.map(eventOf) }),
  };
  return { kind: 'order', order };
}

function invalid(path: string, code: string, message: string): OrderOutcome {
  return { kind: 'invalid', errors: [{ path, code, message }] };
}

/** On the points that the caller names, if any; switched on in any case. */
function placed(body: PlainEntity, pointIds: readonly string[] | undefined): PlainEntity {
  const { reason: _reason, ...rule } = body;
  const scoped = pointIds && { ...Object.fromEntries(Object.entries(rule).filter(([key]) => !SCOPE_KEYS.includes(key))), pointIds };
  return { ...(scoped ?? rule), enabled: true };
}

/** The first version judges what came before it too: it is tried, not in force. */
function forAllTime(rule: Rule, i: number): Rule {
  const { validFrom: _validFrom, ...timeless } = rule;
  return i === 0 ? timeless : rule;
}

/** A vote hears what other rules say of its members. */
function needed(tried: readonly Rule[], rules: readonly StoredRule[]): readonly Rule[] {
  const first = tried[0];
  if (first?.kind !== 'vote') return [];
  const members = new Set(first.scope.pointIds);
  return rules
    .filter(({ rule, active }) => active && rule.id !== first.id && rule.scope.pointIds.some((id) => members.has(id)))
    .map(({ rule }) => rule);
}

function specsOf(registry: RegistrySnapshot, ids: readonly string[]): readonly PointSpec[] {
  const wanted = new Set(ids);
  return [...pointSpecsOf(registry).values()].filter(({ pointId }) => wanted.has(pointId));
}

type Events = NonNullable<BacktestOrder['events']>;

function eventOf({ name, pointIds, warnFrom, ...span }: NonNullable<BacktestBody['events']>[number]): Events[number] {
  return { ...span, ...(name !== undefined && { name }), ...(pointIds && { pointIds }), ...(warnFrom !== undefined && { warnFrom }) };
}
