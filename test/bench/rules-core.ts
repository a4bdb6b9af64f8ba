import type { LevelStep, PointSpec, Reading, ThresholdRule } from '@anlan/contracts';
import { QUIET, compileLadder, createEngine, judge, type Ladder } from '@anlan/rules';

export type RulesCore = Readonly<{
  /** Threshold steps a second on one core: judging alone, 1 000 points. */
  stepsPerSecond: number;
  /** Heap of the whole engine by (point, rule) state: four threshold rules and the implicit health rule a point, most of them in alarm. */
  bytesPerState: number;
  /** The same by point when it has one threshold rule. */
  bytesPerPoint: number;
  /** Steps a second over more and more points. */
  flat: readonly Readonly<{ points: number; stepsPerSecond: number; engineReadingsPerSecond: number }>[];
}>;

const SIZES = [1_000, 10_000, 100_000] as const;
const STEPS = 4_000_000;
const READINGS = 400_000;
const WARM_ROUNDS = 64;
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

/** Judging alone over `points` ladders, round by round, as readings come in; the first rounds, in which states come to be, are not counted. */
function stepsPerSecond(points: number): number {
  const rule = compileLadder(RULE);
  const states: Ladder[] = Array.from({ length: points }, () => QUIET);
  const play = (from: number, to: number): void => {
    for (let round = from; round < to; round += 1) {
      const t = T + round * EVERY_MS;
      for (let i = 0; i < points; i += 1) {
        states[i] = judge(rule, states[i] ?? QUIET, { t, v: valueAt(i, round), certain: true, broken: false, pausedMs: 0, edited: false });
      }
    }
  };
  const rounds = Math.ceil(STEPS / points);
  play(0, WARM_ROUNDS);
  const began = performance.now();
  play(WARM_ROUNDS, WARM_ROUNDS + rounds);
  return (rounds * points * 1_000) / (performance.now() - began);
}

/** The whole engine: look-up, repeats, time, ladder, health, timers. Verdicts are made and dropped. */
function runEngine(points: number, rules: number): Readonly<{ perSecond: number; bytes: number; states: number }> {
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
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const engine = createEngine({ partition: 0, digest: (text) => text });
  engine.step({ offset: 0, at: T, value: { kind: 'activation', version: 1, at: T } }, [
    { version: 1, rules: ladders, removedRuleIds: [], points: specs, removedPointIds: [] },
  ]);
  const rounds = Math.max(20, Math.ceil(READINGS / points));
  let offset = 1;
  let took = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const t = T + round * EVERY_MS;
    for (let i = 0; i < points; i += 100) {
      const readings = ids.slice(i, i + 100).map((pointId, k): Reading => ({ pointId, t, v: valueAt(i + k, round), q: 'good' }));
      const began = performance.now();
      engine.step({
        offset,
        at: t,
        value: { kind: 'readings', deviceId: 'd', siteId: 's', arrivedAt: t, readings, rejected: 0, quarantined: 0 },
      });
      took += performance.now() - began;
      offset += 1;
    }
    engine.changes();
  }
  globalThis.gc?.();
  return { perSecond: (rounds * points * 1_000) / took, bytes: process.memoryUsage().heapUsed - before, states: engine.states() };
}

/** Figures of the pure rule core. Run node with `--expose-gc` for an exact `bytesPerState`. */
export async function rulesCore(): Promise<RulesCore> {
  const many = runEngine(20_000, 4);
  stepsPerSecond(1_000);
  const flat = SIZES.map((points) => ({ points, stepsPerSecond: Math.round(stepsPerSecond(points)), engine: runEngine(points, 1) }));
  const last = flat.at(-1);
  return {
    stepsPerSecond: flat[0]?.stepsPerSecond ?? 0,
    bytesPerState: Math.round(many.bytes / many.states),
    bytesPerPoint: last ? Math.round(last.engine.bytes / last.points) : 0,
    flat: flat.map(({ engine, ...rest }) => ({ ...rest, engineReadingsPerSecond: Math.round(engine.perSecond) })),
  };
}
