import type { LocalToUtc, Millis, PointBounds, RegistrySnapshot, TelemetryContext } from '@anlan/contracts';
import type { RegistrySource } from '@anlan/ports';

/** What ingest knows of a device, made ready for the hot path. */
export type KnownDevice = Readonly<{ deviceId: string; siteId: string; enabled: boolean; context: Omit<TelemetryContext, 'arrivedAt'> }>;
export type DeviceDirectory = Readonly<{ find(deviceId: string): KnownDevice | undefined }>;
export type DirectoryDeps = Readonly<{ registry: RegistrySource; zones: (zone: string) => LocalToUtc; maxAgeMs: Millis | null }>;

/** Devices of the present registry; what it derives is kept until the registry changes. */
export function deviceDirectory({ registry, zones, maxAgeMs }: DirectoryDeps): DeviceDirectory {
  let snapshot: RegistrySnapshot | undefined;
  let derived = new Map<string, KnownDevice>();
  return {
    find(deviceId) {
      const current = registry.current();
      if (current !== snapshot) {
        snapshot = current;
        derived = new Map();
      }
      const known = derived.get(deviceId) ?? knownDevice(current, deviceId, zones, maxAgeMs);
      if (known) derived.set(deviceId, known);
      return known;
    },
  };
}

function knownDevice(
  registry: RegistrySnapshot,
  deviceId: string,
  zones: (zone: string) => LocalToUtc,
  maxAgeMs: Millis | null,
): KnownDevice | undefined {
  const device = registry.devices.get(deviceId);
  const asset = device && registry.assets.get(device.assetId);
  if (!device || !asset) return undefined;
  return {
    deviceId,
    siteId: asset.siteId,
    enabled: device.enabled,
    context: { points: boundsOf(registry, deviceId), localToUtc: zones(device.zone), maxAgeMs },
  };
}

/** Limits of a point are its own, else those of its metric. */
function boundsOf(registry: RegistrySnapshot, deviceId: string): ReadonlyMap<string, PointBounds> {
  const bounds = new Map<string, PointBounds>();
  for (const [code, point] of registry.pointsOfDevice.get(deviceId) ?? []) {
    const metric = registry.metrics.get(point.metric);
    const min = point.min ?? metric?.min;
    const max = point.max ?? metric?.max;
    bounds.set(code, { id: point.id, ...(min !== undefined && { min }), ...(max !== undefined && { max }) });
  }
  return bounds;
}
