import type { AlarmLevel, Millis } from '@anlan/contracts';
import type { Limit, Limits } from './limits.js';
import { quietSignal } from './quiet-signals.js';
import type { Signal } from './signal.js';

export type FleetPoint = Readonly<{ id: string; metric: string; signal: Signal; limits: Limits }>;
export type FleetDevice = Readonly<{ id: string; intervalMs: Millis; points: readonly FleetPoint[] }>;

/** As much of a registry bundle as the simulator reads. */
export type FleetBundle = Readonly<{
  metrics?: readonly Readonly<{ code: string; min?: number | null | undefined; max?: number | null | undefined }>[];
  devices?: readonly Readonly<{ id: string; intervalMs?: number | null | undefined; enabled?: boolean | null | undefined }>[];
  points?: readonly Readonly<{ id?: string | null | undefined; deviceId: string; metric: string }>[];
  rules?: readonly Readonly<Record<string, unknown>>[];
}>;
type MetricRange = Readonly<{ min?: number | undefined; max?: number | undefined }>;
type Level = Readonly<{ level: AlarmLevel; at?: number; high?: number; low?: number }>;

const DEFAULT_INTERVAL_MS = 60_000;

/**
 * The devices that a bundle describes, each point with a quiet signal that stays clear of its limits.
 * `catalogue` gives the ranges of metrics that the bundle does not repeat.
 */
export function fleetOf(bundle: FleetBundle, catalogue: ReadonlyMap<string, MetricRange>): readonly FleetDevice[] {
  const ranges = new Map<string, MetricRange>([
    ...catalogue,
    ...(bundle.metrics ?? []).map(({ code, min, max }) => [code, { min: min ?? undefined, max: max ?? undefined }] as const),
  ]);
  const limits = limitsByPoint(bundle.rules ?? []);
  const points = new Map<string, FleetPoint[]>();
  for (const { id, deviceId, metric } of bundle.points ?? []) {
    const pointId = id ?? `${deviceId}.${metric}`;
    const own = limits.get(pointId) ?? { high: [], low: [] };
    const point = { id: pointId, metric, limits: own, signal: quietSignal(metric, own, ranges.get(metric) ?? {}) };
    points.set(deviceId, [...(points.get(deviceId) ?? []), point]);
  }
  const enabled = (bundle.devices ?? []).filter((device) => device.enabled !== false);
  return enabled
    .map(({ id, intervalMs }) => ({ id, intervalMs: intervalMs ?? DEFAULT_INTERVAL_MS, points: points.get(id) ?? [] }))
    .filter((device) => device.points.length > 0);
}

function limitsByPoint(rules: readonly Readonly<Record<string, unknown>>[]): ReadonlyMap<string, Limits> {
  const found = new Map<string, { high: Limit[]; low: Limit[] }>();
  for (const rule of rules.filter(({ kind }) => kind === 'threshold')) {
    const scope = (rule['pointIds'] ?? [rule['pointId']]) as readonly unknown[];
    for (const pointId of scope.filter((one) => typeof one === 'string')) {
      const limits = found.get(pointId) ?? { high: [], low: [] };
      found.set(pointId, limits);
      for (const level of (rule['levels'] ?? []) as readonly Level[]) add(limits, rule['side'], level);
    }
  }
  return found;
}

function add(limits: { high: Limit[]; low: Limit[] }, side: unknown, { level, at, high, low }: Level): void {
  const above = high ?? (side === 'low' ? undefined : at);
  const below = low ?? (side === 'low' ? at : undefined);
  if (typeof above === 'number') limits.high.push([level, above]);
  if (typeof below === 'number') limits.low.push([level, below]);
}
