import { isoOf, isoOrNull, type DeviceRowJson, type NewestJson, type RegistrySnapshot } from '@anlan/contracts';
import type { DeviceStatus, NewestSample } from '@anlan/ports';

/** A device with its place, its state and its newest readings. Undefined when its chain to a site is broken. */
export function deviceRow(
  registry: RegistrySnapshot,
  deviceId: string,
  status: DeviceStatus | undefined,
  newest: ReadonlyMap<string, NewestSample>,
): DeviceRowJson | undefined {
  const device = registry.devices.get(deviceId);
  const asset = device && registry.assets.get(device.assetId);
  const site = asset && registry.sites.get(asset.siteId);
  if (!device || !asset || !site) return undefined;
  const points = pointIdsOf(registry, deviceId);
  return {
    id: device.id,
    name: device.name ?? null,
    enabled: device.enabled,
    assetId: asset.id,
    assetName: asset.name,
    siteId: site.id,
    siteName: site.name,
    regionCode: site.regionCode,
    domain: site.domain,
    zone: device.zone,
    intervalMs: device.intervalMs,
    gatewayId: device.gatewayId ?? null,
    online: status?.online ?? null,
    since: isoOrNull(status?.since ?? null),
    lastMessageAt: isoOrNull(status?.lastMessageAt ?? null),
    points: points.length,
    newest: points.flatMap((id) => newestOf(registry, newest.get(id))),
  };
}

function newestOf(registry: RegistrySnapshot, sample: NewestSample | undefined): readonly NewestJson[] {
  const point = sample && registry.points.get(sample.pointId);
  const metric = point && registry.metrics.get(point.metric);
  if (!sample || !point || !metric) return [];
  return [
    {
      pointId: sample.pointId,
      metric: metric.code,
      metricName: point.name ?? metric.name,
      unit: metric.unit,
      t: isoOf(sample.t),
      v: sample.v,
      q: sample.q,
      receivedAt: isoOf(sample.receivedAt),
    },
  ];
}

/** Points of a device, each once. */
export function pointIdsOf(registry: RegistrySnapshot, deviceId: string): readonly string[] {
  return [...new Set([...(registry.pointsOfDevice.get(deviceId)?.values() ?? [])].map((point) => point.id))].sort();
}
