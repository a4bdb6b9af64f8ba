import { memorySeries, virtualClock } from '@anlan/adapter-memory';
import type { PointSpec, Rule } from '@anlan/contracts';
import { silentLogger } from '@anlan/observability';
import { SeriesUnavailable, type Series } from '@anlan/ports';
import { backtestDesk, history, type BacktestDesk, type BacktestOrder } from './index.js';

const MIN = 60_000;
const T = 1_760_000_000_000;
const point: PointSpec = {
  pointId: 'p',
  deviceId: 'd',
  siteId: 's',
  metric: 'm',
  unit: 'U',
  intervalMs: MIN,
  reorderMs: 0,
  liveHorizonMs: 900_000,
};
const ruleOf = (at: number, id = 'r'): Rule => ({
  id,
  version: 1,
  kind: 'threshold',
  enabled: true,
  scope: { pointIds: ['p'] },
  side: 'high',
  quality: 'pause',
  levels: [{ level: 'red', at, deadband: 1, onDelayMs: 0, offDelayMs: 0, onCount: 1, offCount: 1, latching: false }],
});
const orderOf = (by: string, more: Partial<BacktestOrder> = {}): BacktestOrder => ({
  by,
  ruleId: 'r',
  points: [point],
  rules: [ruleOf(50)],
  from: T,
  to: T + 1_000 * MIN,
  ...more,
});

/** A thousand minutes: 0, but 60 from 100 to 109 and 40 from 500 to 504. */
async function filled(): Promise<Series> {
  const series = memorySeries();
  const valueAt = (i: number): number => (i >= 100 && i < 110 ? 60 : i >= 500 && i < 505 ? 40 : 0);
  await series.write(
    Array.from({ length: 1_000 }, (_, i) => ({
      reading: { pointId: 'p', t: T + i * MIN, v: valueAt(i), q: 'good' },
      origin: `0:${i}:0`,
      receivedAt: T,
    })),
  );
  return series;
}

async function done(desk: BacktestDesk, clock: ReturnType<typeof virtualClock>, id: string): Promise<void> {
  await clock.runUntil(() => desk.job(id)?.state !== 'queued' && desk.job(id)?.state !== 'running');
}

const accepted = (desk: BacktestDesk, order: BacktestOrder): string => {
  const submitted = desk.submit(order);
  if (submitted.kind === 'refused') throw new Error(submitted.code);
  return submitted.job.id;
};

describe('an order', () => {
  test('is worked off over the series and reports what the rule would have raised', async () => {
    const clock = virtualClock(T);
    const desk = backtestDesk({ series: await filled(), clock, logger: silentLogger });
    const id = accepted(desk, orderOf('a', { events: [{ from: T + 90 * MIN, to: T + 120 * MIN }] }));
    expect(desk.job(id)).toMatchObject({ state: 'running', progress: 0, report: null });
    await done(desk, clock, id);
    const job = desk.job(id);
    expect(job).toMatchObject({ state: 'done', progress: 1, readings: 1_000, problem: null, difference: null });
    expect(job?.report?.episodes.map(({ raisedAt, endedAt }) => [(raisedAt - T) / MIN, ((endedAt ?? 0) - T) / MIN])).toEqual([[100, 110]]);
    expect(job?.report?.events).toMatchObject({ found: [{ leadMs: -10 * MIN }], missed: [], falseAlarms: 0 });
  });

  test('shows the difference from the version that stands', async () => {
    const clock = virtualClock(T);
    const desk = backtestDesk({ series: await filled(), clock, logger: silentLogger });
    const id = accepted(desk, orderOf('a', { rules: [ruleOf(30)], before: [ruleOf(50)] }));
    await done(desk, clock, id);
    const { shared = [], onlyBefore, onlyNow = [] } = desk.job(id)?.difference ?? {};
    expect([shared.length, onlyBefore, onlyNow.map(({ raisedAt }) => (raisedAt - T) / MIN)]).toEqual([1, [], [500]]);
  });

  test('leaves other rules that it needs out of its report', async () => {
    const clock = virtualClock(T);
    const desk = backtestDesk({ series: await filled(), clock, logger: silentLogger });
    const id = accepted(desk, orderOf('a', { rules: [ruleOf(50), ruleOf(30, 'other')] }));
    await done(desk, clock, id);
    expect(desk.job(id)?.report?.episodes.map(({ key }) => key.ruleId)).toEqual(['r']);
  });
});

describe('O2: the desk is bounded', () => {
  test('one order a person, and so many in all', async () => {
    const clock = virtualClock(T);
    const desk = backtestDesk({ series: await filled(), clock, logger: silentLogger, limits: { queue: 2 } });
    const first = accepted(desk, orderOf('a'));
    expect(desk.submit(orderOf('a'))).toEqual({ kind: 'refused', code: 'one_at_a_time' });
    const second = accepted(desk, orderOf('b'));
    expect(desk.submit(orderOf('c'))).toEqual({ kind: 'refused', code: 'queue_full' });
    expect(desk.job(second)?.state).toBe('queued');
    await done(desk, clock, first);
    await done(desk, clock, second);
    expect([desk.job(first)?.state, desk.job(second)?.state]).toEqual(['done', 'done']);
  });

  test('readings of one order, and how long and how many finished ones are kept', async () => {
    const clock = virtualClock(T);
    const desk = backtestDesk({ series: await filled(), clock, logger: silentLogger, limits: { readings: 500, kept: 1 } });
    const first = accepted(desk, orderOf('a'));
    await done(desk, clock, first);
    expect(desk.job(first)).toMatchObject({ state: 'failed', problem: 'too_many_readings' });
    const second = accepted(desk, orderOf('a', { to: T + 10 * MIN }));
    await done(desk, clock, second);
    expect([desk.job(first), desk.job(second)?.state]).toEqual([undefined, 'done']);
    await clock.advance(2 * 3_600_000);
    expect(desk.job(second)).toBeUndefined();
  });
});

test('a series that is away fails the order and not the desk', async () => {
  const clock = virtualClock(T);
  const series = await filled();
  let isAway = true;
  const read: Series['read'] = (...args) => (isAway ? Promise.reject(new SeriesUnavailable('away')) : series.read(...args));
  const desk = backtestDesk({ series: { read }, clock, logger: silentLogger });
  const first = accepted(desk, orderOf('a'));
  await done(desk, clock, first);
  expect(desk.job(first)).toMatchObject({ state: 'failed', problem: 'series_unavailable', endedAt: T });
  isAway = false;
  const second = accepted(desk, orderOf('a'));
  await done(desk, clock, second);
  expect(desk.job(second)?.state).toBe('done');
});

test('a desk that is stopped ends what runs and takes nothing more', async () => {
  const clock = virtualClock(T);
  const desk = backtestDesk({ series: await filled(), clock, logger: silentLogger });
  const id = accepted(desk, orderOf('a'));
  desk.stop();
  await done(desk, clock, id);
  expect(desk.job(id)).toMatchObject({ state: 'failed', problem: 'stopped' });
  expect(desk.submit(orderOf('b'))).toEqual({ kind: 'refused', code: 'queue_full' });
});

test('history comes in the order of time over all points, in windows and pages', async () => {
  const series = memorySeries();
  const rows = (pointId: string, every: number) =>
    Array.from({ length: 25_000 }, (_, i) => ({
      reading: { pointId, t: T + i * every, v: i, q: 'good' as const },
      origin: `${pointId}:${i}:0`,
      receivedAt: T,
    }));
  await series.write([...rows('a', 1_000), ...rows('b', 1_000)]);
  const points = [
    { pointId: 'a', intervalMs: 1_000 },
    // Reports far more often than it says.
    { pointId: 'b', intervalMs: 1_000_000 },
  ];
  let count = 0;
  let last = 0;
  let readTo = T;
  for await (const chunk of history(series, { points, from: T, to: T + 20_000_000 })) {
    for (const { t } of chunk.readings) {
      expect(t).toBeGreaterThanOrEqual(last);
      last = t;
    }
    count += chunk.readings.length;
    readTo = chunk.readTo;
  }
  expect([count, readTo]).toEqual([40_000, T + 20_000_000]);
});
