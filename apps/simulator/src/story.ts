import type { Millis } from '@anlan/contracts';
import { chance, gauss, hashOf } from './chance.js';
import type { FleetDevice, FleetPoint } from './fleet-plan.js';
import type { Limit } from './limits.js';
import { lastsMs, type Effect, type Incident, type Scenario } from './scenario.js';
import { asSent, quietValue } from './signal.js';

/** An effect that has found its device. */
type Placed = Readonly<{ deviceId: string; fromMs: Millis; untilMs: Millis; effect: Effect }>;
/** What a device does at one moment of the story: its values, or nothing. */
export type Moment = Readonly<{
  values: readonly Readonly<{ point: FleetPoint; value: number }>[];
  /** An incident is on it, so it reports more often. */ excited: boolean;
}>;
type SwellEffect = Extract<Effect, { kind: 'swell' }>;
type CreepEffect = Extract<Effect, { kind: 'creep' }>;

export type Story = Readonly<{
  /** `atMs` counts from the start of the story. Undefined while the device is silent. A pure function: asking again gives the same. */
  momentOf(device: FleetDevice, atMs: Millis): Moment | undefined;
  /** Devices that begin with history. */
  returning: readonly FleetDevice[];
  /** Story times of what they kept, oldest first, all before 0. */
  historyTimes: readonly Millis[];
}>;

/** A scenario played on a fleet. Everything follows from the seed and from `epoch`, the wall time of second 0. */
export function storyOf(
  scenario: Scenario,
  fleet: readonly FleetDevice[],
  { seed, epoch }: Readonly<{ seed: number; epoch: Millis }>,
): Story {
  const order = shuffled(fleet, seed);
  const withMetric = (metric: string): readonly FleetDevice[] =>
    order.filter((device) => device.points.some((point) => point.metric === metric));
  const place = ({ effect, atMs: fromMs, pick, beside = false }: Incident): readonly Placed[] => {
    const able = withMetric(effect.metric);
    const picked = able[pick % Math.max(1, able.length)];
    const device =
      beside && picked
        ? neighbourOf(
            picked,
            fleet.filter((one) => able.includes(one)),
          )
        : picked;
    return device ? [{ deviceId: device.id, fromMs, untilMs: fromMs + lastsMs(effect), effect }] : [];
  };
  const scripted = scenario.incidents.flatMap(place);
  const placedAt = (atMs: Millis): readonly Placed[] => [...scripted, ...endlessAt(scenario, seed, atMs).flatMap(place)];
  const { history } = scenario;
  return {
    returning: history ? withMetric(history.metric).slice(0, history.devices) : [],
    historyTimes: history
      ? Array.from({ length: Math.floor(history.spanMs / history.everyMs) }, (_, i) => i * history.everyMs - history.spanMs)
      : [],
    momentOf: (device, atMs) => {
      const active = placedAt(atMs).filter((placed) => placed.deviceId === device.id && placed.fromMs <= atMs && atMs < placed.untilMs);
      if (active.some(({ effect }) => effect.kind === 'silent')) return undefined;
      const values = device.points.map((point) => ({ point, value: asSent(point.signal, valueOf(point, active, { seed, epoch, atMs })) }));
      return { values, excited: active.some(({ effect }) => effect.kind === 'swell') };
    },
  };
}

/** Each other's neighbours are the first and second device, the third and fourth … The last of an odd number has none and stands for itself. */
function neighbourOf(device: FleetDevice, inOrder: readonly FleetDevice[]): FleetDevice {
  const place = inOrder.indexOf(device);
  return inOrder[place % 2 === 0 ? place + 1 : place - 1] ?? device;
}

function shuffled(fleet: readonly FleetDevice[], seed: number): readonly FleetDevice[] {
  return [...fleet].sort((a, b) => chance(seed, hashOf(a.id))() - chance(seed, hashOf(b.id))() || (a.id < b.id ? -1 : 1));
}

/** The endless incidents that may be on at a moment: the last few, for none outlasts a handful of periods. */
function endlessAt({ endless }: Scenario, seed: number, atMs: Millis): readonly Incident[] {
  if (!endless || atMs < endless.fromMs) return [];
  const longest = Math.max(...endless.effects.map(lastsMs));
  const last = Math.floor((atMs - endless.fromMs) / endless.everyMs);
  const first = Math.max(0, last - Math.ceil(longest / endless.everyMs));
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const random = chance(seed, first + i);
    const effect = endless.effects[Math.floor(random() * endless.effects.length)];
    return effect ? [{ effect, atMs: endless.fromMs + (first + i) * endless.everyMs, pick: Math.floor(random() * 1000) }] : [];
  }).flat();
}

type When = Readonly<{ seed: number; epoch: Millis; atMs: Millis }>;

function valueOf(point: FleetPoint, active: readonly Placed[], { seed, epoch, atMs }: When): number {
  const own = active.filter(({ effect }) => effect.metric === point.metric);
  const stuck = own.find(({ effect }) => effect.kind === 'stuck');
  const at = stuck ? stuck.fromMs : atMs;
  const stream = hashOf(point.id) ^ seed;
  const quiet = quietValue(point.signal, stream, epoch + at, epoch);
  return own.reduce((value, { effect, fromMs }) => {
    if (effect.kind === 'swell') return value + excess(point, effect, at - fromMs) * (1 + effect.flutter * gauss(stream + 1, at));
    return effect.kind === 'creep' ? value + crept(effect, at - fromMs) : value;
  }, quiet);
}

const DAY_MS = 86_400_000;

/** Way gone at a velocity of v₀ / (1 − t/T): v₀ T ln(1 / (1 − t/T)). */
function crept({ perDay, failInMs }: CreepEffect, sinceMs: Millis): number {
  return -perDay * (failInMs / DAY_MS) * Math.log(1 - sinceMs / failInMs);
}

/** How far the value is off its quiet course `sinceMs` after the swell began. */
function excess(point: FleetPoint, effect: SwellEffect, sinceMs: Millis): number {
  const { riseMs, holdMs, fallMs } = effect;
  const height = crestOf(point, effect) - point.signal.base;
  if (sinceMs < riseMs) return height * (sinceMs / riseMs);
  return height * Math.min(1, Math.max(0, (riseMs + holdMs + fallMs - sinceMs) / fallMs));
}

/** The value at the top: past the limit of the level, but not past the next one. Without limits, twice the base. */
function crestOf(point: FleetPoint, { toward, level }: SwellEffect): number {
  const limits = point.limits[toward];
  const index = limits.findIndex(([name]) => name === level);
  const [limit, next, before] = [limits[index], limits[index + 1], limits[index - 1]];
  if (!limit) return 2 * point.signal.base;
  return next ? between(limit, next, 0.4) : limit[1] + (limit[1] - (before?.[1] ?? point.signal.base)) * 0.3;
}

function between([, from]: Limit, [, to]: Limit, share: number): number {
  return from + (to - from) * share;
}
