import type { EntityJson, RegistrySnapshot } from '@anlan/contracts';
import type { Entity, EntityKind, StoredRule } from '@anlan/ports';
import { regionOfPoint } from '../http/scope.js';

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The name by which an entry of this kind is called. */
export function idOf(kind: EntityKind, entity: Entity): string {
  return text(entity[keyOf(kind)]) ?? '';
}

/** Regions and metrics are called by their code. */
export function keyOf(kind: EntityKind): 'id' | 'code' {
  return kind === 'regions' || kind === 'metrics' ? 'code' : 'id';
}

/** All entries of a kind but rules, in the words of the bundle. No credentials are among them. */
export function entriesOf(registry: RegistrySnapshot, kind: Exclude<EntityKind, 'rules'>): readonly Entity[] {
  const held: RegistrySnapshot[typeof kind] = registry[kind];
  return [...(Array.isArray(held) ? (held as readonly Entity[]) : (held as ReadonlyMap<string, Entity>).values())];
}

/** A rule as written, with what the registry knows of it. `active` says whether this version stands, so the hours written as `active` are `schedule`. */
export function ruleEntry({ body, rule, author, reason, approvedBy, createdAt, active }: StoredRule): Entity {
  return {
    ...body,
    ...(body['active'] !== undefined && { schedule: body['active'] }),
    id: rule.id,
    version: rule.version,
    active,
    author,
    reason,
    approvedBy,
    createdAt: new Date(createdAt).toISOString(),
    pointCount: rule.scope.pointIds.length,
  };
}

/** One version of a rule: as written, and with the moment and the limits that its references came to. */
export function versionEntry(stored: StoredRule): Entity {
  const { rule } = stored;
  return {
    ...ruleEntry(stored),
    validFrom: rule.validFrom === undefined ? null : new Date(rule.validFrom).toISOString(),
    ...(rule.kind !== 'health' && {
      limits: rule.levels.map(({ level, at, high, low }) => (at === undefined ? { level, high, low } : { level, at })),
    }),
  };
}

/** Phones show three digits and two; webhooks are told as being there. */
export function masked(person: Entity): EntityJson {
  const { phone, webhook, ...rest } = person;
  return {
    ...rest,
    ...(typeof phone === 'string' && { phone: `${phone.slice(0, 3)}******${phone.slice(-2)}` }),
    ...(typeof webhook === 'string' && { webhook: '…' }),
  };
}

export type EntityFilter = Readonly<{
  siteId?: string | undefined;
  assetId?: string | undefined;
  deviceId?: string | undefined;
  regionCode?: string | undefined;
  q?: string | undefined;
}>;

/** Does an entry belong to what was asked: by its own fields, or by where its chain leads. */
export function matches(registry: RegistrySnapshot, entity: Entity, { siteId, assetId, deviceId, regionCode, q }: EntityFilter): boolean {
  const ids = chainOf(registry, entity);
  const found = (wanted: string | undefined, have: string | undefined): boolean => wanted === undefined || wanted === have;
  return (
    found(deviceId, ids.deviceId) &&
    found(assetId, ids.assetId) &&
    found(siteId, ids.siteId) &&
    found(regionCode, ids.regionCode) &&
    (q === undefined || speaks(entity, q.toLowerCase()))
  );
}

type Chain = Readonly<{
  deviceId?: string | undefined;
  assetId?: string | undefined;
  siteId?: string | undefined;
  regionCode?: string | undefined;
}>;

function chainOf(registry: RegistrySnapshot, entity: Entity): Chain {
  const deviceId = text(entity['deviceId']) ?? (text(entity['assetId']) === undefined ? undefined : text(entity['id']));
  const assetId = text(entity['assetId']) ?? (deviceId === undefined ? undefined : registry.devices.get(deviceId)?.assetId);
  const siteId = text(entity['siteId']) ?? (assetId === undefined ? undefined : registry.assets.get(assetId)?.siteId);
  const regionCode =
    text(entity['regionCode']) ??
    (siteId === undefined ? undefined : registry.sites.get(siteId)?.regionCode) ??
    regionOfPoint(registry, text(entity['pointId']) ?? '');
  return { deviceId, assetId, siteId, regionCode };
}

function speaks(entity: Entity, wanted: string): boolean {
  return ['id', 'code', 'name'].some((field) => text(entity[field])?.toLowerCase().includes(wanted) ?? false);
}
