import type { LevelStep, PointSpec, Reading, Rule, Verdict } from '@anlan/contracts';
import { virtualClock } from '@anlan/adapter-memory';
import fc from 'fast-check';
import { backtest, differenceOf, reportOf, runBacktests, type Backtest } from './index.js';

const MINUTE = 60_000;
const T = 1_760_000_000_000;

const pointOf = (pointId: string, more: Partial<PointSpec> = {}): PointSpec => ({
  pointId,
  deviceId: 'd',
  siteId: 's',
  metric: 'm',
  unit: 'U',
  intervalMs: MINUTE,
  reorderMs: 5 * MINUTE,
  liveHorizonMs: 15 * MINUTE,
  ...more,
});
const step = (level: LevelStep['level'], at: number, more: Partial<LevelStep> = {}): LevelStep => ({
  level,
  at,
  deadband: 1,
  onDelayMs: 0,
  offDelayMs: 0,
  onCount: 1,
  offCount: 1,
  latching: false,
  ...more,
});
const ruleOf = (levels: readonly LevelStep[], pointIds: readonly string[] = ['p'], id = 'r'): Rule => ({
  id,
  version: 1,
  kind: 'threshold',
  enabled: true,
  scope: { pointIds },
  side: 'high',
  quality: 'pause',
  levels,
});
const reading = (minute: number, v: number, pointId = 'p'): Reading => ({ pointId, t: T + minute * MINUTE, v, q: 'good' });
const series = (...values: readonly number[]): Reading[] => values.map((v, i) => reading(i, v));
const over = (rule: Rule, readings: readonly Reading[]): ReturnType<Backtest['outcome']> => {
  const test = backtest({ activation: { points: [pointOf('p')], rules: [rule] } });
  test.feed(readings);
  return test.outcome();
};
const minute = (t: number | null): number | null => (t === null ? null : (t - T) / MINUTE);

describe('episodes', () => {
  test('hold first breach, raise after the delay, every change of level, and the end', () => {
    const rule = ruleOf([step('yellow', 10, { onDelayMs: 2 * MINUTE }), step('red', 20)]);
    const { episodes } = over(rule, series(0, 11, 12, 13, 25, 14, 0, 0));
    expect(episodes).toHaveLength(1);
    const [only] = episodes;
    expect(only).toMatchObject({ level: 'yellow', peak: 'red', lastLevel: 'yellow', value: 25, lane: 'live' });
    expect([only?.firstBreachAt, only?.raisedAt, only?.endedAt ?? null].map((t) => minute(t ?? null))).toEqual([1, 3, 6]);
    expect(only?.changes.map(({ t, level }) => [minute(t), level])).toEqual([
      [3, 'yellow'],
      [4, 'red'],
      [5, 'yellow'],
    ]);
  });

  test('that stand at the end have no end', () => {
    expect(over(ruleOf([step('red', 10)]), series(0, 12)).episodes.map(({ endedAt }) => endedAt)).toEqual([null]);
  });

  test('of a delay that only time completes are there once time has passed', () => {
    const test = backtest({ activation: { points: [pointOf('p')], rules: [ruleOf([step('red', 10, { onDelayMs: 2 * MINUTE })])] } });
    test.feed(series(0, 12));
    expect(test.outcome().episodes).toEqual([]);
    expect(test.outcome(T + 4 * MINUTE).episodes.map(({ raisedAt }) => minute(raisedAt))).toEqual([3]);
  });

  test('beyond the bound are counted, not kept', () => {
    const test = backtest({ activation: { points: [pointOf('p')], rules: [ruleOf([step('red', 10)])] }, mostEpisodes: 2 });
    test.feed(series(...Array.from({ length: 11 }, (_, i) => (i % 2) * 20)));
    expect(test.outcome()).toMatchObject({ dropped: 3, readings: 11 });
    expect(test.outcome().episodes).toHaveLength(2);
  });
});

describe('silence', () => {
  const gap = [reading(0, 1), reading(60, 1)];
  const kinds = (silence: boolean): readonly string[] => {
    const test = backtest({ activation: { points: [pointOf('p')], rules: [ruleOf([step('red', 10)])] }, silence });
    test.feed(gap);
    return test.outcome().episodes.map(({ key }) => key.kind);
  };
  test('speaks only when it is asked for', () => {
    expect(kinds(false)).toEqual([]);
    expect(kinds(true)).toEqual(['stale']);
  });
});

test('K2: batches change nothing: any cut of the readings gives the verdicts of one record each', () => {
  const levels = [step('blue', 4, { onCount: 2 }), step('yellow', 6, { onDelayMs: 3 * MINUTE, offDelayMs: 2 * MINUTE }), step('red', 9)];
  const activation = { points: [pointOf('p'), pointOf('o')], rules: [ruleOf(levels, ['p', 'o'])] };
  const facts = ({ key, lane, process, level, t0, t, n }: Verdict): string => [key.pointId, lane, process, level, t0, t, n].join(' ');
  const told = (cuts: readonly (readonly Reading[])[]): readonly string[] => {
    const verdicts: string[] = [];
    const test = backtest({ activation, onVerdict: (verdict) => verdicts.push(facts(verdict)) });
    for (const cut of cuts) test.feed(cut);
    test.outcome();
    return verdicts.sort();
  };
  const sent = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 5 }), v: fc.integer({ min: 0, max: 10 }), isP: fc.boolean() }), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(sent, fc.integer({ min: 1, max: 40 }), (list, size) => {
      let at = 0;
      const readings = list.map(({ gap, v, isP }) => reading((at += gap), v, isP ? 'p' : 'o'));
      const cuts = Array.from({ length: Math.ceil(readings.length / size) }, (_, i) => readings.slice(i * size, (i + 1) * size));
      const single = readings.map((one) => [one]);
      expect(told(cuts)).toEqual(told(single));
    }),
    { numRuns: 300 },
  );
});

describe('the report', () => {
  const rule = ruleOf([step('yellow', 10), step('red', 20)]);
  const outcome = over(rule, series(0, 15, 0, 0, 0, 0, 25, 25, 0, 0, 0, 0, 12, 0));

  test('credits each alarm to the first event it touches, with its lead, and calls the rest false', () => {
    const { events } = reportOf(outcome, [
      { from: T + 2 * MINUTE, to: T + 4 * MINUTE, name: 'seen before', warnFrom: T },
      { from: T + 5 * MINUTE, to: T + 8 * MINUTE, name: 'seen after' },
      { from: T + 9 * MINUTE, to: T + 10 * MINUTE, name: 'not seen' },
    ]);
    expect(events?.found.map(({ event, leadMs, alarms }) => [event.name, leadMs / MINUTE, alarms])).toEqual([
      ['seen before', 1, 1],
      ['seen after', -1, 1],
    ]);
    expect(events?.missed.map(({ name }) => name)).toEqual(['not seen']);
    expect(events?.falseAlarms).toBe(1);
  });

  test('asks only the points that an event names', () => {
    const { events } = reportOf(outcome, [{ from: T, to: T + 20 * MINUTE, pointIds: ['another'] }]);
    expect(events).toMatchObject({ found: [], falseAlarms: 3 });
  });

  test('counts announcements by ten-minute window of the clock', () => {
    const start = Math.floor(T / 600_000) * 600_000;
    const shifted = series(0, 15, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 15, 0).map((one) => ({ ...one, t: one.t - T + start }));
    const { load, byLevel } = reportOf(over(rule, shifted));
    expect(load).toMatchObject({ announcements: 3, windows: 2, mean: 1.5, most: 2, overTwo: 0, overTen: 0 });
    expect(load.histogram.slice(0, 3)).toEqual([0, 1, 1]);
    expect(byLevel).toEqual({ blue: 0, yellow: 3, orange: 0, red: 0 });
  });

  test('of nothing is empty', () => {
    const nothing = backtest({ activation: { points: [pointOf('p')], rules: [rule] } }).outcome();
    expect(reportOf(nothing, []).load).toMatchObject({ announcements: 0, windows: 0, mean: 0 });
    expect(nothing).toMatchObject({ readings: 0, from: null, to: null });
  });
});

test('the difference pairs overlapping episodes and names what only one version says', () => {
  const readings = series(0, 12, 14, 16, 0, 0, 11, 0, 0, 30, 30, 30, 0);
  const before = over(ruleOf([step('yellow', 10)]), readings).episodes;
  const now = over(ruleOf([step('yellow', 13, { onDelayMs: MINUTE })]), readings).episodes;
  const { shared, onlyBefore, onlyNow, ...counts } = differenceOf(before, now);
  expect(shared.map(({ laterMs }) => laterMs / MINUTE)).toEqual([2, 1]);
  expect(onlyBefore.map(({ raisedAt }) => minute(raisedAt))).toEqual([6]);
  expect(onlyNow).toEqual([]);
  expect(counts).toEqual({ before: { blue: 0, yellow: 3, orange: 0, red: 0 }, now: { blue: 0, yellow: 2, orange: 0, red: 0 } });
});

describe('a run', () => {
  async function* chunks(count: number): AsyncGenerator<readonly Reading[]> {
    for (let i = 0; i < count; i += 1) yield await Promise.resolve(Array.from({ length: 1_000 }, (_, k) => reading(i * 1_000 + k, 0)));
  }
  const setup = { activation: { points: [pointOf('p')], rules: [ruleOf([step('red', 10)])] } };

  test('feeds all versions, lets others run between slices, and says how far it is', async () => {
    const clock = virtualClock(T);
    let passed = 0;
    const busy = { ...clock, mono: () => (passed += 3), after: (_: number, run: () => void) => (queueMicrotask(run), () => undefined) };
    const tests = [backtest(setup), backtest(setup)];
    const told: number[] = [];
    const done = await runBacktests(tests, chunks(3), {
      clock: busy,
      signal: new AbortController().signal,
      onProgress: ({ readings }) => told.push(readings),
    });
    expect(done).toBe(true);
    expect(tests.map((one) => one.outcome().readings)).toEqual([3_000, 3_000]);
    expect(told.length).toBeGreaterThan(2);
    expect(told.at(-1)).toBe(3_000);
  });

  test('ends when it is aborted', async () => {
    const ended = new AbortController();
    ended.abort();
    const test = backtest(setup);
    expect(await runBacktests([test], chunks(3), { clock: virtualClock(T), signal: ended.signal })).toBe(false);
    expect(test.outcome().readings).toBe(0);
  });
});
