/** Where an alarm is, in codes for the record and in names for people. */
import { type Alarm, type RegistrySnapshot, placeOf } from '@anlan/contracts';

export type Place = Readonly<{ assetId: string | null; siteId: string; regionCode: string; unitId: string | null; domain: string }>;
export type PlaceNames = Readonly<{ site: string; asset: string; metric: string; metricEn: string }>;

/** The place as the registry has it now; of a point that has left the registry only its site is known. */
export function placeNow(registry: RegistrySnapshot, pointId: string, siteId: string): Place {
  const place = placeOf(registry, pointId);
  const site = place?.site ?? registry.sites.get(siteId);
  return {
    assetId: place?.asset.id ?? null,
    siteId: site?.id ?? siteId,
    regionCode: site?.regionCode ?? '',
    unitId: site?.unitId ?? null,
    domain: place?.domain ?? site?.domain ?? '',
  };
}

/** Names for a message; ids stand in for what the registry no longer knows. */
export function namesOf(registry: RegistrySnapshot, { key, siteId, assetId }: Pick<Alarm, 'key' | 'siteId' | 'assetId'>): PlaceNames {
  const point = registry.points.get(key.pointId);
  const metric = point && registry.metrics.get(point.metric);
  const metricName = point?.name ?? metric?.name ?? key.pointId;
  return {
    site: registry.sites.get(siteId)?.name ?? siteId,
    asset: (assetId === null ? undefined : registry.assets.get(assetId)?.name) ?? assetId ?? '',
    metric: metricName,
    metricEn: metric?.nameEn ?? metricName,
  };
}
