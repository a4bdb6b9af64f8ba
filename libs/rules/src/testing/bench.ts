import type {
  Activation,
  LevelStep,
  PointSpec,
  Quality,
  Reading,
  ReadingsLogValue,
  ThresholdRule,
  Verdict,
  WarmedSlot,
} from '@anlan/contracts';
import { createEngine, type EngineSetup } from '../engine.js';

export const digest = (text: string): string => text;
export const T = 1_760_000_000_000;
export const S = 1_000;

export const pointOf = (pointId: string, more: Partial<PointSpec> = {}): PointSpec => ({
  pointId,
  deviceId: 'd',
  siteId: 's',
  metric: 'm',
  unit: 'U',
  intervalMs: 10 * S,
  reorderMs: 0,
  liveHorizonMs: 900 * S,
  min: 0,
  max: 100,
  ...more,
});
export const levelOf = (level: LevelStep['level'], at: number, more: Partial<LevelStep> = {}): LevelStep => ({
  level,
  at,
  deadband: 0,
  onDelayMs: 0,
  offDelayMs: 0,
  onCount: 1,
  offCount: 1,
  latching: false,
  ...more,
});
export const ruleOf = (levels: readonly LevelStep[], more: Partial<ThresholdRule> = {}): ThresholdRule => ({
  id: 'r',
  version: 1,
  kind: 'threshold',
  enabled: true,
  scope: { pointIds: ['p'] },
  side: 'high',
  quality: 'pause',
  levels,
  ...more,
});
export const four = [levelOf('blue', 1), levelOf('yellow', 2), levelOf('orange', 3), levelOf('red', 4)];

export type Sent = Readonly<{ t: number; v: number; q?: Quality; pointId?: string; flags?: Reading['flags']; tDevice?: number }>;

/** An engine with a log of its own, for specs. Times are seconds after T. */
export function bench(
  points: readonly PointSpec[] = [pointOf('p')],
  rules: Activation['rules'] = [ruleOf(four)],
  setup: Partial<EngineSetup> = {},
) {
  const log: { at: number; value: ReadingsLogValue; activations: readonly Activation[] }[] = [];
  const engine = createEngine({ partition: 0, digest, ...setup });
  const verdicts: Verdict[] = [];
  const append = (seconds: number, value: ReadingsLogValue, activations: readonly Activation[] = []): readonly Verdict[] => {
    log.push({ at: T + seconds * S, value, activations });
    const told = engine.step({ offset: log.length - 1, at: T + seconds * S, value }, activations);
    verdicts.push(...told);
    return told;
  };
  const api = {
    log,
    verdicts,
    engine,
    activate: (at: number, change: Partial<Activation>) => {
      const version = engine.version() + 1;
      return lines(
        append(at, { kind: 'activation', version, at: T + at * S }, [
          { version, rules: [], removedRuleIds: [], points: [], removedPointIds: [], ...change },
        ]),
      );
    },
    send: (at: number, ...sent: readonly Sent[]) => {
      const readings = sent.map(({ t, v, q = 'good', pointId = 'p', flags, tDevice }): Reading => ({
        pointId,
        t: T + t * S,
        v,
        q,
        ...(flags && { flags }),
        ...(tDevice !== undefined && { tDevice: T + tDevice * S }),
      }));
      return lines(
        append(at, { kind: 'readings', deviceId: 'd', siteId: 's', arrivedAt: T + at * S, readings, rejected: 0, quarantined: 0 }),
      );
    },
    /** One reading that arrives as it is measured. */
    now: (at: number, v: number, more: Partial<Sent> = {}) => api.send(at, { t: at, v, ...more }),
    /** What is stored of a point becomes the memory of a rule that waits for it. */
    warmed: (at: number, slot: WarmedSlot) => lines(append(at, { kind: 'warmed', siteId: 's', at: T + at * S, slots: [slot] })),
    tick: (at: number) => lines(append(at, { kind: 'tick', at: T + at * S })),
    up: (at: number) => lines(append(at, { kind: 'up', at: T + at * S })),
  };
  api.activate(0, { points, rules });
  return api;
}

export const line = ({ lane, key, trigger, process, level, t0, t, n, endedAt, peak }: Verdict): string =>
  [
    lane === 'retro' ? 'retro' : '',
    key.kind === 'threshold' ? '' : key.kind,
    process,
    level,
    lane === 'retro' ? `peak ${peak}` : '',
    `t0=${(t0 - T) / S} t=${(t - T) / S} n=${n}`,
    endedAt === undefined ? '' : `ended=${(endedAt - T) / S}`,
    trigger === 'reading' ? '' : trigger,
  ]
    .filter((part) => part !== '')
    .join(' ');
export const lines = (verdicts: readonly Verdict[]): string[] => verdicts.map(line);

export type Bench = ReturnType<typeof bench>;
