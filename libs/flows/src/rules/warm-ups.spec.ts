import { memoryCheckpoints, memoryLog, memorySeries, virtualClock } from '@anlan/adapter-memory';
import {
  TOPICS,
  type Activation,
  type PointSpec,
  type RateRule,
  type ReadingsLogValue,
  type Verdict,
  type WarmedRecord,
} from '@anlan/contracts';
import { silentLogger, silentMeter } from '@anlan/observability';
import { SeriesUnavailable, type Flow, type Series } from '@anlan/ports';
import { rulesFlow, type RulesDeps } from './rules-flow.js';

const T = 1_760_000_000_000;
const S = 1_000;
const MIN = 60 * S;
const point: PointSpec = {
  pointId: 'p',
  deviceId: 'd',
  siteId: 's',
  metric: 'm',
  unit: 'U',
  intervalMs: MIN,
  reorderMs: 0,
  liveHorizonMs: null,
};
const rule: RateRule = {
  id: 'r',
  version: 1,
  kind: 'rate',
  enabled: true,
  scope: { pointIds: ['p'] },
  side: 'high',
  quality: 'pause',
  levels: [{ level: 'red', at: 0.5, deadband: 0, onDelayMs: 0, offDelayMs: 0, onCount: 1, offCount: 1, latching: false }],
  estimator: 'ols',
  windowMs: 20 * MIN,
  perMs: MIN,
  perUnit: 'U/min',
  direction: 'rise',
  minSignal: { sd: 0 },
  minCoverage: 0.7,
  learnMs: 0,
};
const edited: RateRule = { ...rule, version: 2, windowMs: 10 * MIN };
const none = { removedRuleIds: [], points: [], removedPointIds: [] };
const ACTIVATIONS: readonly Activation[] = [
  { ...none, version: 1, rules: [{ ...rule, levels: rule.levels.map((level) => ({ ...level, at: 99 })) }], points: [point] },
  { ...none, version: 2, rules: [edited] },
];
/** Flat for half an hour, then one unit a minute. */
const course = (minute: number): number => Math.max(0, minute - 30);

function world(over: Readonly<{ series?: (series: Series) => Series; patch?: Partial<RulesDeps> }> = {}) {
  const clock = virtualClock(T);
  const log = memoryLog({ clock, partitions: 1 });
  const series = memorySeries();
  const checkpoints = memoryCheckpoints();
  const put = async (value: ReadingsLogValue): Promise<void> => {
    await log.append([{ topic: TOPICS.readings, key: 's', value: JSON.stringify(value) }]);
    await clock.settle();
  };
  const readings = async () => (await log.read(TOPICS.readings, 0, 0, 10_000)).map(({ value }) => JSON.parse(value) as ReadingsLogValue);
  return {
    clock,
    put,
    /** A minute later the next reading comes, and the recorder stores it unless it is behind. */
    async minutes(from: number, to: number, isStored: (minute: number) => boolean = () => true) {
      for (let minute = from; minute <= to; minute += 1) {
        await clock.advance(T + minute * MIN - clock.now());
        const reading = { pointId: 'p', t: T + minute * MIN, v: course(minute), q: 'good' } as const;
        if (isStored(minute)) await series.write([{ reading, origin: `0:${minute}:0`, receivedAt: clock.now() }]);
        await put({
          kind: 'readings',
          deviceId: 'd',
          siteId: 's',
          arrivedAt: clock.now(),
          readings: [reading],
          rejected: 0,
          quarantined: 0,
        });
      }
    },
    activate: (version: number) => put({ kind: 'activation', version, at: clock.now() }),
    series,
    warmed: async () => (await readings()).filter((value): value is WarmedRecord => value.kind === 'warmed'),
    /** In the order in which they were told first. */
    async verdicts() {
      const all = (await log.read(TOPICS.verdicts, 0, 0, 10_000)).map(({ value }) => JSON.parse(value) as Verdict);
      return [...new Map(all.map((verdict) => [verdict.id, verdict])).values()].filter(({ key }) => key.kind === 'rate');
    },
    flow: (): Flow =>
      rulesFlow({
        log,
        checkpoints,
        activations: { activations: async (after, upTo) => ACTIVATIONS.filter(({ version }) => version > after && version <= upTo) },
        clock,
        digest: (text) => text,
        meter: silentMeter,
        logger: silentLogger,
        history: over.series?.(series) ?? series,
        ...over.patch,
      }),
  };
}

const said = (verdicts: readonly Verdict[]): string[] => verdicts.map(({ process, t0 }) => `${process} ${(t0 - T) / MIN}`);

describe('the past that rules wait for', () => {
  test('M1: an edited rule has its history before the next reading, by a record of the log, and speaks with the true beginning', async () => {
    const w = world();
    const flow = w.flow();
    await flow.start();
    await w.activate(1);
    await w.minutes(1, 36);
    await w.activate(2);
    await w.minutes(37, 38);
    expect(await w.warmed()).toMatchObject([{ slots: [{ pointId: 'p', ruleId: 'r', upTo: T + 36 * MIN }] }]);
    expect(said(await w.verdicts())).toEqual(['active 35']);
    await flow.drain();
  }, 30_000);

  test('M1: killed at any place and started again, the same verdicts come', async () => {
    const run = async (stop?: number): Promise<readonly Verdict[]> => {
      const w = world();
      let flow = w.flow();
      await flow.start();
      await w.activate(1);
      for (let minute = 20; minute <= 42; minute += 1) {
        await w.minutes(minute, minute);
        if (minute === 36) await w.activate(2);
        if (minute !== stop) continue;
        // No drain: it never saves again, for the next one has taken its place.
        flow = w.flow();
        await flow.start();
      }
      await flow.drain();
      return w.verdicts();
    };
    const whole = await run();
    expect(said(whole)).toEqual(['active 35']);
    for (const stop of [35, 36, 37, 40]) expect(await run(stop)).toEqual(whole);
  }, 30_000);

  test('M2: while the series is away the rule judges from nothing, and takes up its history when it is back', async () => {
    let isAway = true;
    const w = world({
      series: (series) => {
        const unlessAway = <A extends readonly unknown[], R>(read: (...asked: A) => Promise<R>): ((...asked: A) => Promise<R>) => {
          return (...asked) => (isAway ? Promise.reject(new SeriesUnavailable('away')) : read(...asked));
        };
        return { ...series, newest: unlessAway(series.newest), read: unlessAway(series.read) };
      },
    });
    const flow = w.flow();
    await flow.start();
    await w.activate(1);
    await w.minutes(1, 36);
    await w.activate(2);
    await w.minutes(37, 50);
    expect([await w.warmed(), said(await w.verdicts())]).toEqual([[], ['active 44']]);
    isAway = false;
    await w.minutes(51, 53);
    expect(await w.warmed()).toHaveLength(1);
    expect([said(await w.verdicts()), flow.health().ok]).toEqual([['active 44'], true]);
    await flow.drain();
  }, 30_000);

  test('M3: it waits for a recorder that is behind, for half a minute', async () => {
    const w = world();
    const flow = w.flow();
    await flow.start();
    await w.activate(1);
    await w.minutes(1, 36, (minute) => minute < 36);
    await w.activate(2);
    await w.clock.advance(20 * S);
    expect(await w.warmed()).toEqual([]);
    await w.clock.advance(15 * S);
    expect(await w.warmed()).toHaveLength(1);
    await flow.drain();
  });

  test('nothing stored: said, and asked for no more', async () => {
    const w = world();
    const flow = w.flow();
    await flow.start();
    await w.activate(1);
    await w.minutes(1, 36, () => false);
    await w.activate(2);
    await w.minutes(37, 39);
    expect(await w.warmed()).toMatchObject([{ slots: [{ memory: null }] }]);
    await flow.drain();
  });

  test.each([
    ['the newest of a long past', 15, 22],
    ['all of a short one', 1_000, 16],
  ])('M3: read is %s', async (_, readings, from) => {
    const asked: number[] = [];
    const w = world({
      series: (series) => ({
        ...series,
        read: (id, window, limit, after) => {
          asked.push((window.from - T) / MIN);
          return series.read(id, window, limit, after);
        },
      }),
      patch: { warmUps: { readings } },
    });
    const flow = w.flow();
    await flow.start();
    await w.activate(1);
    await w.minutes(1, 36);
    await w.activate(2);
    await w.clock.advance(10 * S);
    expect(Math.ceil(asked[0] ?? 0)).toBe(from);
    await flow.drain();
  });
});
