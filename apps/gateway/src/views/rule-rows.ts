import {
  placeOf,
  rankOf,
  regionSubtree,
  type EntitiesQuery,
  type RegistrySnapshot,
  type RuleDetailJson,
  type RulePointJson,
  type RuleRowJson,
  type RuleVersionJson,
  type RuleWatchJson,
} from '@anlan/contracts';
import type { StoredRule, User } from '@anlan/ports';
import { ruleEntry, versionEntry } from './entities.js';

/** What the rows of rules are told with: the registry, the people by id, and the changes that wait, by rule. */
export type RuleGround = Readonly<{
  registry: RegistrySnapshot;
  people: ReadonlyMap<string, User>;
  waiting: ReadonlyMap<string, string>;
}>;

const SITES_NAMED = 3;
/** Points of a rule that are told one by one. */
const POINTS_TOLD = 200;

/** A rule as the list shows it. */
export function ruleRow(stored: StoredRule, { registry, people, waiting }: RuleGround): RuleRowJson {
  const { rule } = stored;
  return {
    ...(ruleEntry(stored) as RuleRowJson),
    ...namesOf(stored, people),
    enabled: rule.enabled,
    draft: isDraft(stored),
    watch: watchOf(stored, registry),
    limits: limitsOf(stored),
    pendingChange: waiting.get(rule.id) ?? null,
    unapproved: isUnapproved(stored),
  };
}

/** A rule by itself: its row and its points. */
export function ruleDetail(stored: StoredRule, ground: RuleGround): RuleDetailJson {
  const points = stored.rule.scope.pointIds.slice(0, POINTS_TOLD).flatMap((id) => pointRow(ground.registry, id) ?? []);
  return { ...ruleRow(stored, ground), points };
}

/** One version of a rule, with the names of who wrote and who approved it. */
export function ruleVersion(stored: StoredRule, people: ReadonlyMap<string, User>): RuleVersionJson {
  return { ...(versionEntry(stored) as RuleVersionJson), ...namesOf(stored, people) };
}

type RuleFilter = Pick<
  EntitiesQuery,
  'siteId' | 'assetId' | 'deviceId' | 'pointId' | 'regionCode' | 'q' | 'kind' | 'domain' | 'level' | 'state'
>;

/** Is the rule among those asked for. A place is watched when one point of the rule is there. */
export function ruleFits(stored: StoredRule, filter: RuleFilter, { registry, waiting }: Pick<RuleGround, 'registry' | 'waiting'>): boolean {
  const { rule } = stored;
  const { kind, level, state, q } = filter;
  if (kind !== undefined && rule.kind !== kind) return false;
  if (level !== undefined && !(rule.kind !== 'health' && rule.levels.some((step) => step.level === level))) return false;
  if (state !== undefined && !isInState(stored, state, waiting)) return false;
  if (!watches(stored, filter, registry)) return false;
  return q === undefined || speaks(stored, q.toLowerCase(), registry);
}

function isInState(stored: StoredRule, state: NonNullable<RuleFilter['state']>, waiting: RuleGround['waiting']): boolean {
  switch (state) {
    case 'enabled':
      return stored.rule.enabled;
    case 'disabled':
      return !stored.rule.enabled && !isDraft(stored);
    case 'draft':
      return isDraft(stored);
    case 'pending':
      return waiting.has(stored.rule.id);
    case 'unapproved':
      return isUnapproved(stored);
  }
}

const isDraft = ({ rule }: StoredRule): boolean => !rule.enabled && rule.version === 1;

function isUnapproved({ rule, approvedBy }: StoredRule): boolean {
  return (
    approvedBy === null && rule.kind !== 'health' && rule.enabled && rule.levels.some(({ level }) => rankOf(level) >= rankOf('orange'))
  );
}

const PLACES = ['siteId', 'assetId', 'deviceId', 'pointId', 'regionCode', 'domain'] as const;

function watches({ rule }: StoredRule, filter: RuleFilter, registry: RegistrySnapshot): boolean {
  const wanted = PLACES.filter((key) => filter[key] !== undefined);
  if (wanted.length === 0) return true;
  const regions = filter.regionCode === undefined ? [] : regionSubtree(registry, filter.regionCode);
  return rule.scope.pointIds.some((id) => {
    const place = placeOf(registry, id);
    if (!place) return false;
    const traits = {
      siteId: place.site.id,
      assetId: place.asset.id,
      deviceId: place.device.id,
      pointId: id,
      regionCode: place.site.regionCode,
      domain: place.domain,
    } satisfies Record<(typeof PLACES)[number], string>;
    return wanted.every((key) => (key === 'regionCode' ? regions.includes(traits[key]) : traits[key] === filter[key]));
  });
}

function speaks({ rule, body }: StoredRule, wanted: string, registry: RegistrySnapshot): boolean {
  const own = [rule.id, rule.name, body['template'], body['description']];
  const has = (text: unknown): boolean => typeof text === 'string' && text.toLowerCase().includes(wanted);
  return (
    own.some(has) ||
    rule.scope.pointIds.some((id) => {
      const place = placeOf(registry, id);
      return has(id) || has(place?.asset.name) || has(place?.site.name);
    })
  );
}

function watchOf({ rule }: StoredRule, registry: RegistrySnapshot): RuleWatchJson {
  const places = rule.scope.pointIds.flatMap((id) => placeOf(registry, id) ?? []);
  const sites = new Map(places.map(({ site }) => [site.id, { id: site.id, name: site.name }]));
  const metrics = new Map(
    places.map(({ metric: { code, name, nameEn, unit } }) => [code, { code, name, nameEn: nameEn ?? null, unit }] as const),
  );
  return {
    points: rule.scope.pointIds.length,
    sites: [...sites.values()].slice(0, SITES_NAMED),
    siteCount: sites.size,
    metrics: [...metrics.values()],
    domains: [...new Set(places.map(({ domain }) => domain))],
  };
}

function pointRow(registry: RegistrySnapshot, id: string): RulePointJson | undefined {
  const place = placeOf(registry, id);
  if (!place) return undefined;
  const { point, metric, asset, site } = place;
  return {
    id,
    name: point.name ?? metric.name,
    metric: metric.code,
    unit: metric.unit,
    assetId: asset.id,
    assetName: asset.name,
    siteId: site.id,
    siteName: site.name,
  };
}

function limitsOf({ rule }: StoredRule): RuleRowJson['limits'] {
  if (rule.kind === 'health') return [];
  return rule.levels.map(({ level, at, high, low }) => ({
    level,
    ...(at !== undefined && { at }),
    ...(high !== undefined && { high }),
    ...(low !== undefined && { low }),
  }));
}

function namesOf(
  { author, approvedBy }: StoredRule,
  people: ReadonlyMap<string, User>,
): Pick<RuleRowJson, 'authorName' | 'approvedByName'> {
  return {
    authorName: people.get(author)?.name ?? null,
    approvedByName: approvedBy === null ? null : (people.get(approvedBy)?.name ?? null),
  };
}
