import { type Activation, type PointSpec, type RegistrySnapshot, type Rule, pointSpecsOf } from '@anlan/contracts';
import type { Rng } from './rng.js';

export const MAD = 'mad';
/** Devices of a simulated city: honest ones, one that sends late, one whose clock is mad. */
export function simulatedDevices(rng: Rng): readonly string[] {
  return [...Array.from({ length: rng.int(3, 6) }, (_, i) => `dev-${i}`), 'late', MAD];
}

const byId = <T extends Readonly<{ id: string }>>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.id, item]));

/** Two sites, one point a device, three people, routes that reach all of them. */
export function simulatedRegistry(deviceIds: readonly string[], reorderMs: number): RegistrySnapshot {
  const points = deviceIds.map((id) => ({ id: `${id}.x`, deviceId: id, metric: 'x' }));
  return {
    version: 1,
    regions: new Map([['10', { code: '10', name: '试验市' }]]),
    units: byId([{ id: 'u', name: '单位', role: 'owner' }]),
    people: byId([
      { id: 'p-a', name: '甲', unitId: 'u' },
      { id: 'p-b', name: '乙', unitId: 'u', webhook: 'https://example.com/b' },
    ]),
    metrics: new Map([['x', { code: 'x', name: '量', unit: 'u', min: -1_000, max: 1_000 }]]),
    sites: byId(['s-0', 's-1'].map((id) => ({ id, name: id, domain: 'gas', regionCode: '10', unitId: 'u', lon: 117, lat: 31 }))),
    assets: byId(['a-0', 'a-1'].map((id, i) => ({ id, siteId: `s-${i}`, name: id }))),
    devices: byId(
      deviceIds.map((id, i) => ({
        id,
        assetId: `a-${i % 2}`,
        zone: 'Asia/Shanghai',
        intervalMs: 2_000,
        reorderMs,
        liveHorizonMs: 900_000,
        enabled: true,
      })),
    ),
    points: byId(points),
    groups: new Map(),
    limits: new Map(),
    routes: [{ id: 'all', levels: ['blue', 'yellow', 'orange', 'red'], personIds: ['p-a', 'p-b'], channels: ['outbox', 'webhook'] }],
    pointsOfDevice: new Map(
      points.map((point) => [
        point.deviceId,
        new Map([
          ['x', point],
          [point.id, point],
        ]),
      ]),
    ),
  };
}

const LADDER = [
  ['blue', 1],
  ['yellow', 2],
  ['orange', 3],
  ['red', 4],
] as const;

/** A four-colour rule a point; `shift` moves its limits, so that versions differ. */
function ruleOf(pointId: string, rng: Rng, version: number, shift: number): Rule {
  const onDelayMs = rng.pick([0, 0, 1_500, 4_000]);
  const offDelayMs = rng.pick([0, 0, 3_000]);
  const onCount = rng.pick([1, 1, 2]);
  return {
    id: `r-${pointId}`,
    version,
    kind: 'threshold',
    enabled: true,
    scope: { pointIds: [pointId] },
    side: 'high',
    quality: 'pause',
    levels: LADDER.map(([level, at]) => ({
      level,
      at: at + shift,
      deadband: 0.1,
      onDelayMs,
      offDelayMs,
      onCount,
      offCount: 1,
      latching: false,
    })),
  };
}

/** The first activation: every point and rule. */
export function firstActivation(registry: RegistrySnapshot, rng: Rng): Activation {
  const points: readonly PointSpec[] = [...pointSpecsOf(registry).values()];
  return { version: 1, rules: points.map((point) => ruleOf(point.pointId, rng, 1, 0)), removedRuleIds: [], points, removedPointIds: [] };
}

/** A later one: some limits move, one rule may go. */
export function laterActivation(first: Activation, version: number, rng: Rng): Activation {
  const changed = first.rules.filter(() => rng.chance(0.4));
  const removed = rng.chance(0.3) ? first.rules.filter((rule) => !changed.includes(rule)).slice(0, 1) : [];
  return {
    version,
    rules: changed.map((rule) => ruleOf(rule.scope.pointIds[0]!, rng, version, rng.pick([-0.5, 0.5, 1]))),
    removedRuleIds: removed.map(({ id }) => id),
    points: [],
    removedPointIds: [],
  };
}
