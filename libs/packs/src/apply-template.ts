import { placeOf, type ApplyTemplateBody, type Fault, type PlainEntity, type Point, type RegistrySnapshot } from '@anlan/contracts';
import { isBox, listOf } from './pack-shape.js';
import type { Template } from './pack.js';
import { ruleFrom, type RuleBody, type TemplateScope } from './template.js';

/** What somebody orders: a template, the points, the assets' own numbers, and what differs at which asset. */
export type TemplateOrder = ApplyTemplateBody;
export type AppliedTemplate = Readonly<{ rules: readonly RuleBody[] }> | Readonly<{ faults: readonly Fault[] }>;
type Difference = NonNullable<TemplateOrder['overrides']>[string];
type Part = Readonly<{ id: string; scope: TemplateScope; difference: Difference; path: string }>;

/**
 * The rules that an order comes to: one for all points that are as usual, and one for each asset that has something of its own. `standing`: rules that
 * stand; those that the same order made before and that it no longer comes to are disabled, so that no point is judged twice.
 */
export function applyTemplate(
  template: Template,
  order: TemplateOrder,
  { registry, standing }: Readonly<{ registry: RegistrySnapshot; standing: readonly PlainEntity[] }>,
): AppliedTemplate {
  if ((order.pointIds === undefined) === (order.select === undefined))
    return { faults: [{ path: '/', code: 'scope', message: 'needs exactly one of pointIds, select' }] };
  const points = pointsOf(template, order, registry);
  const faults = [...strangePoints(template, order, registry), ...strangeAssets(order, points, registry)];
  if (points.length === 0 && faults.length === 0) faults.push({ path: '/', code: 'scope', message: 'comes to no points of this metric' });
  const made = partsOf(template, order, points, registry).map((part) => ruleOf(template, order, part));
  faults.push(...made.flatMap((one) => ('fault' in one ? [one.fault] : [])));
  if (faults.length > 0) return { faults };
  const rules = made.flatMap((one) => ('rule' in one ? [one.rule] : []));
  return { rules: [...rules, ...leftOver(order, rules, standing)] };
}

function pointsOf(template: Template, { pointIds, select }: TemplateOrder, registry: RegistrySnapshot): readonly Point[] {
  if (pointIds) return pointIds.flatMap((id) => registry.points.get(id) ?? []);
  const wanted = Object.entries(select ?? {}).filter(([, id]) => id !== undefined);
  return [...registry.points.values()].filter((point) => {
    const place = placeOf(registry, point.id);
    const traits: Readonly<Record<string, string | undefined>> = {
      siteId: place?.site.id,
      assetId: place?.asset.id,
      deviceId: point.deviceId,
    };
    return (template.metric === '*' || point.metric === template.metric) && wanted.every(([key, id]) => traits[key] === id);
  });
}

function strangePoints({ metric }: Template, { pointIds = [] }: TemplateOrder, registry: RegistrySnapshot): Fault[] {
  return pointIds.flatMap((id, i) => {
    const point = registry.points.get(id);
    const path = `/pointIds/${i}`;
    if (!point) return [{ path, code: 'point_unknown', message: `${id} is not a point` }];
    const fits = metric === '*' || point.metric === metric;
    return fits ? [] : [{ path, code: 'metric', message: `${id} measures ${point.metric}, and this template is for ${metric}` }];
  });
}

function strangeAssets({ overrides = {} }: TemplateOrder, points: readonly Point[], registry: RegistrySnapshot): readonly Fault[] {
  const known = new Set(points.map((point) => assetOf(point, registry)));
  return Object.keys(overrides)
    .filter((id) => !known.has(id))
    .map((id) => ({ path: `/overrides/${id}`, code: 'asset_unknown', message: `${id} has no point in this order` }));
}

function assetOf({ deviceId }: Point, registry: RegistrySnapshot): string | undefined {
  return registry.devices.get(deviceId)?.assetId;
}

/** Without anything special a selection stays a selection, so that points which come later are covered too. */
function partsOf(template: Template, order: TemplateOrder, points: readonly Point[], registry: RegistrySnapshot): readonly Part[] {
  const { overrides = {}, select } = order;
  const own = Object.entries(overrides).map(([assetId, difference]): Part => {
    const pointIds = points.filter((point) => assetOf(point, registry) === assetId).map(({ id }) => id);
    return { id: `${order.id}.${assetId}`, scope: { pointIds }, difference, path: `/overrides/${assetId}` };
  });
  const usual = points.filter((point) => !Object.hasOwn(overrides, assetOf(point, registry) ?? '')).map(({ id }) => id);
  if (usual.length === 0) return own;
  const metric = template.metric === '*' ? {} : { metric: template.metric };
  const scope: TemplateScope = select && own.length === 0 ? { select: { ...defined(select), ...metric } } : { pointIds: usual };
  return [{ id: order.id, scope, difference: {}, path: '' }, ...own];
}

function defined(select: NonNullable<TemplateOrder['select']>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(select).flatMap(([key, id]) => (id === undefined ? [] : [[key, id]])));
}

function ruleOf(
  template: Template,
  order: TemplateOrder,
  { id, scope, difference, path }: Part,
): Readonly<{ rule: RuleBody } | { fault: Fault }> {
  const references = { ...order.references, ...difference.references };
  const refs = { ...order.refs, ...difference.refs };
  const lacking = [
    ...Object.keys(template.needs ?? {}).filter((name) => !Object.hasOwn(references, name)),
    ...Object.keys(template.refs ?? {}).filter((name) => !Object.hasOwn(refs, name)),
  ];
  if (lacking.length > 0)
    return { fault: { path: path || '/references', code: 'needs', message: `the template needs ${lacking.join(', ')}` } };
  const rule = ruleFrom(template, { id, ...scope, references, refs, ...(order.name !== undefined && { name: order.name }) });
  return {
    rule: {
      ...rule,
      ...levelsWith(rule, [...(order.levels ?? []), ...(difference.levels ?? [])]),
      enabled: difference.enabled ?? true,
      template: madeBy(template.id, order.id),
      ...(order.reason !== undefined && { reason: order.reason }),
    },
  };
}

/** Which template the rule comes from, and by which order. */
function madeBy(templateId: string, orderId: string): string {
  return `${templateId} ${orderId}`;
}

/** Levels of the template with what differs; null takes a key away. A level that the template does not have is added. */
function levelsWith(rule: RuleBody, changes: readonly Readonly<Record<string, unknown>>[]): Readonly<{ levels?: readonly unknown[] }> {
  if (changes.length === 0) return {};
  const levels = new Map(
    listOf(rule['levels'])
      .filter(isBox)
      .map((level) => [level['level'], level]),
  );
  for (const change of changes) {
    const merged = Object.entries({ ...levels.get(change['level']), ...change }).filter(([, value]) => value !== null);
    levels.set(change['level'], Object.fromEntries(merged));
  }
  return { levels: [...levels.values()] };
}

function leftOver({ id, template }: TemplateOrder, rules: readonly RuleBody[], standing: readonly PlainEntity[]): readonly RuleBody[] {
  const now = new Set(rules.map((rule) => rule.id));
  return standing
    .filter((body) => body['template'] === madeBy(template, id) && !now.has(String(body['id'])) && body['enabled'] !== false)
    .map((body) => ({ ...body, enabled: false }) as unknown as RuleBody);
}
