import type { Activation, LevelStep, PointSpec, Reading, ThresholdRule } from '@anlan/contracts';
import { compileLadder, createEngine, judgeRow, ladderRows, type Engine } from '@anlan/rules';
import { cpuMs, heldBytes, median } from './measure.js';

/** Figures of the rule core at one number of points, each with one threshold rule and the implicit health rule. */
export type CoreSize = Readonly<{
  points: number;
  /** Threshold steps a second on one core: judging alone. */
  stepsPerSecond: number;
  /** The least that any judge does, on as many objects in the same order: read a state, compare, write it. What it loses is the machine's. */
  floorPerSecond: number;
  /** Readings a second through the whole engine. */
  engineReadingsPerSecond: number;
  /** The least that any engine does: look a point up by its id, compare two times, write one. */
  engineFloorPerSecond: number;
  /** Memory of everything the engine keeps (a point, its times, its repeats, its states, its timer), by state: two a point. What the registry holds is not in it. */
  bytesPerState: number;
  /** A tick at which nothing is due. */
  idleTickUs: number;
  /** The tick that looks at the timer of every point and finds that it has reported since. */
  lookTickMs: number;
  /** The tick at which every point falls silent, with its verdicts. */
  silentTickMs: number;
}>;

export type RulesCore = Readonly<{
  /** As in `sizes`, with five states a point: four threshold rules and the implicit health rule, most of them in alarm. */
  bytesPerStateOfFive: number;
  sizes: readonly CoreSize[];
}>;

const SIZES = [1_000, 10_000, 100_000] as const;
const STEPS = 8_000_000;
const READINGS = 400_000;
const WARM_ROUNDS = 64;
const RUNS = 3;
const T = 1_760_000_000_000;
const EVERY_MS = 1_000;

const level = (name: LevelStep['level'], at: number): LevelStep => ({
  level: name,
  at,
  deadband: 1,
  onDelayMs: 5_000,
  offDelayMs: 5_000,
  onCount: 2,
  offCount: 1,
  latching: false,
});
const LEVELS = [level('blue', 20), level('yellow', 40), level('orange', 60), level('red', 80)];
const RULE: ThresholdRule = {
  id: 'r',
  version: 1,
  kind: 'threshold',
  enabled: true,
  scope: { pointIds: [] },
  side: 'high',
  quality: 'pause',
  levels: LEVELS,
};

const WAVE = Array.from({ length: 256 }, (_, i) => 50 + 49 * Math.sin((i * Math.PI) / 128));

/** A slow wave a point, shifted by point: most steps change nothing, some climb and fall through all colours. */
function valueAt(point: number, round: number): number {
  return WAVE[(point * 7 + round) & 255] ?? 0;
}

/** `rounds` rounds over all points at the wave's values; the first ones, in which states come to be, do not count. Median rate of some runs, a second. */
function perSecond(points: number, steps: number, play: (point: number, v: number, t: number) => void): number {
  const rounds = Math.ceil(steps / RUNS / points);
  const run = (from: number, to: number): void => {
    for (let round = from; round < to; round += 1) {
      for (let i = 0; i < points; i += 1) play(i, valueAt(i, round), T + round * EVERY_MS);
    }
  };
  run(0, WARM_ROUNDS);
  const rates = Array.from({ length: RUNS }, (_, k) => {
    const began = cpuMs();
    run(WARM_ROUNDS + k * rounds, WARM_ROUNDS + (k + 1) * rounds);
    return (rounds * points * 1_000) / (cpuMs() - began);
  });
  return Math.round(median(rates));
}

function stepsPerSecond(points: number): number {
  const rule = compileLadder(RULE);
  const rows = ladderRows();
  const states = Array.from({ length: points }, () => rows.take());
  return perSecond(points, STEPS, (i, v, t) => {
    judgeRow(rows, states[i] ?? 0, { rule, sample: { t, v, certain: true, broken: false, pausedMs: 0, edited: false } });
  });
}

function floorPerSecond(points: number): number {
  const states = Array.from({ length: points }, () => ({ raised: false, t: 0 }));
  return perSecond(points, STEPS, (i, v, t) => {
    const state = states[i];
    if (!state || v >= 20 === state.raised) return;
    state.raised = !state.raised;
    state.t = t;
  });
}

function engineFloorPerSecond(points: number): number {
  const ids = Array.from({ length: points }, (_, i) => `point-${i}`);
  const states = new Map(ids.map((id) => [id, { t: 0, v: 0 }]));
  return perSecond(points, STEPS / 4, (i, v, t) => {
    const state = states.get(ids[i] ?? '');
    if (!state || t <= state.t) return;
    state.t = t;
    state.v = v;
  });
}

type Run = Readonly<{
  engine: Engine;
  took: (record: Parameters<Engine['step']>[0]['value'], at: number) => number;
  ids: readonly string[];
}>;

/** Points and rules as the registry holds them: they are no state of the engine. */
type Registry = Readonly<{ ids: readonly string[]; activation: Activation }>;

function registryOf(points: number, rules: number): Registry {
  const ids = Array.from({ length: points }, (_, i) => `point-${i}`);
  const specs = ids.map((pointId): PointSpec => ({
    pointId,
    deviceId: pointId,
    siteId: 's',
    metric: 'm',
    unit: 'U',
    intervalMs: EVERY_MS,
    reorderMs: 0,
    liveHorizonMs: 900_000,
  }));
  const ladders = Array.from({ length: rules }, (_, i): ThresholdRule => ({ ...RULE, id: `r${i}`, scope: { pointIds: ids } }));
  const activation = { version: 1, rules: ladders, removedRuleIds: [], points: specs, removedPointIds: [] };
  return { ids, activation };
}

function startEngine({ ids, activation }: Registry): Run {
  const engine = createEngine({ partition: 0, digest: (text) => text });
  engine.step({ offset: 0, at: T, value: { kind: 'activation', version: 1, at: T } }, [activation]);
  let offset = 1;
  const took: Run['took'] = (value, at) => {
    const began = cpuMs();
    engine.step({ offset: offset++, at, value }, []);
    return cpuMs() - began;
  };
  return { engine, took, ids };
}

/** One reading of every point, a hundred a message. Returns the milliseconds it took. */
function sendRound({ engine, took, ids }: Run, round: number): number {
  const at = T + round * EVERY_MS;
  let sum = 0;
  for (let i = 0; i < ids.length; i += 100) {
    const readings = ids.slice(i, i + 100).map((pointId, k): Reading => ({ pointId, t: at, v: valueAt(i + k, round), q: 'good' }));
    sum += took({ kind: 'readings', deviceId: 'd', siteId: 's', arrivedAt: at, readings, rejected: 0, quarantined: 0 }, at);
  }
  engine.changes();
  return sum;
}

/** The whole engine: look-up, repeats, time, ladder, health, timers. Verdicts are made and dropped. */
function readingsPerSecond(points: number): number {
  const run = startEngine(registryOf(points, 1));
  const times = Array.from({ length: Math.max(20, Math.ceil(READINGS / points)) }, (_, i) => sendRound(run, i + 1));
  return Math.round((points * 1_000) / median(times));
}

/** After twenty readings of each point. As many engines as fill a fair part of the memory, so that code made meanwhile does not count. */
function bytesPerState(points: number, rules: number): number {
  const registry = registryOf(points, rules);
  const before = heldBytes();
  const runs = Array.from({ length: Math.ceil(50_000 / points) }, () => startEngine(registry));
  for (const run of runs) for (let round = 1; round <= 20; round += 1) sendRound(run, round);
  const held = heldBytes() - before;
  return Math.round(held / runs.reduce((sum, { engine }) => sum + engine.states(), 0));
}

/** All points report at one moment, the worst case for their timers. */
function tickCost(points: number): Pick<CoreSize, 'idleTickUs' | 'lookTickMs' | 'silentTickMs'> {
  const run = startEngine(registryOf(points, 1));
  const tick = (seconds: number): number => run.took({ kind: 'tick', at: T + seconds * 1_000 }, T + seconds * 1_000);
  for (const round of [1, 2, 3, 29]) sendRound(run, round);
  const look = tick(31.5);
  const idle = Array.from({ length: 20 }, (_, i) => tick(32 + i));
  return { idleTickUs: Math.round(median(idle) * 1_000), lookTickMs: Math.round(look), silentTickMs: Math.round(tick(60)) };
}

/** Figures of the pure rule core. */
export async function rulesCore(): Promise<RulesCore> {
  stepsPerSecond(1_000);
  const sizes = SIZES.map((points): CoreSize => ({
    points,
    stepsPerSecond: stepsPerSecond(points),
    floorPerSecond: floorPerSecond(points),
    engineReadingsPerSecond: readingsPerSecond(points),
    engineFloorPerSecond: engineFloorPerSecond(points),
    bytesPerState: bytesPerState(points, 1),
    ...tickCost(points),
  }));
  return { bytesPerStateOfFive: bytesPerState(20_000, 4), sizes };
}
