import { memoryJobs, memorySeries, virtualClock } from '@anlan/adapter-memory';
import type { PointSpec, Rule } from '@anlan/contracts';
import { silentLogger } from '@anlan/observability';
import { RecordsUnavailable, SeriesUnavailable, type JobStore, type Series } from '@anlan/ports';
import { backtestDesk, history, type BacktestDesk, type BacktestDeskDeps, type BacktestJob, type BacktestOrder } from './index.js';

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
  let job: BacktestJob | undefined;
  const isOver = (): boolean => job?.state === 'done' || job?.state === 'failed';
  while (!isOver()) {
    await clock.advance(1);
    job = await desk.job(id);
  }
}
const deskOf = (deps: Pick<BacktestDeskDeps, 'series' | 'clock'> & Partial<BacktestDeskDeps>): BacktestDesk =>
  backtestDesk({ jobs: memoryJobs(), logger: silentLogger, tag: 'a', ...deps });

const accepted = async (desk: BacktestDesk, order: BacktestOrder): Promise<string> => {
  const submitted = await desk.submit(order);
  if (submitted.kind === 'refused') throw new Error(submitted.code);
  return submitted.job.id;
};

describe('an order', () => {
  test('is worked off over the series and reports what the rule would have raised', async () => {
    const clock = virtualClock(T);
    const desk = deskOf({ series: await filled(), clock });
    const id = await accepted(desk, orderOf('a', { events: [{ from: T + 90 * MIN, to: T + 120 * MIN }] }));
    expect(await desk.job(id)).toMatchObject({ state: 'running', progress: 0, report: null });
    await done(desk, clock, id);
    const job = await desk.job(id);
    expect(job).toMatchObject({ state: 'done', progress: 1, readings: 1_000, problem: null, difference: null });
    expect(job?.report?.episodes.map(({ raisedAt, endedAt }) => [(raisedAt - T) / MIN, ((endedAt ?? 0) - T) / MIN])).toEqual([[100, 110]]);
    expect(job?.report?.events).toMatchObject({ found: [{ leadMs: -10 * MIN }], missed: [], falseAlarms: 0 });
  });

  test('shows the difference from the version that stands', async () => {
    const clock = virtualClock(T);
    const desk = deskOf({ series: await filled(), clock });
    const id = await accepted(desk, orderOf('a', { rules: [ruleOf(30)], before: [ruleOf(50)] }));
    await done(desk, clock, id);
    const { shared = [], onlyBefore, onlyNow = [] } = (await desk.job(id))?.difference ?? {};
    expect([shared.length, onlyBefore, onlyNow.map(({ raisedAt }) => (raisedAt - T) / MIN)]).toEqual([1, [], [500]]);
  });

  test('leaves other rules that it needs out of its report', async () => {
    const clock = virtualClock(T);
    const desk = deskOf({ series: await filled(), clock });
    const id = await accepted(desk, orderOf('a', { rules: [ruleOf(50), ruleOf(30, 'other')] }));
    await done(desk, clock, id);
    expect((await desk.job(id))?.report?.episodes.map(({ key }) => key.ruleId)).toEqual(['r']);
  });
});

describe('O2: the desk is bounded', () => {
  test('one order a person, and so many in all', async () => {
    const clock = virtualClock(T);
    const series = await filled();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const read: Series['read'] = (...args) => gate.then(() => series.read(...args));
    const desk = deskOf({ series: { read }, clock, limits: { queue: 2 } });
    const first = await accepted(desk, orderOf('a'));
    expect(await desk.submit(orderOf('a'))).toEqual({ kind: 'refused', code: 'one_at_a_time' });
    const second = await accepted(desk, orderOf('b'));
    expect(await desk.submit(orderOf('c'))).toEqual({ kind: 'refused', code: 'queue_full' });
    expect((await desk.job(second))?.state).toBe('queued');
    open();
    await done(desk, clock, first);
    await done(desk, clock, second);
    expect([(await desk.job(first))?.state, (await desk.job(second))?.state]).toEqual(['done', 'done']);
  });

  test('readings of one order, and how long and how many finished ones are kept', async () => {
    const clock = virtualClock(T);
    const desk = deskOf({ series: await filled(), clock, limits: { readings: 500, kept: 1 } });
    const first = await accepted(desk, orderOf('a'));
    await done(desk, clock, first);
    expect(await desk.job(first)).toMatchObject({ state: 'failed', problem: 'too_many_readings' });
    const second = await accepted(desk, orderOf('a', { to: T + 10 * MIN }));
    await done(desk, clock, second);
    const third = await accepted(desk, orderOf('a'));
    expect([await desk.job(first), (await desk.job(second))?.state]).toEqual([undefined, 'done']);
    await done(desk, clock, third);
    await clock.advance(8 * 86_400_000);
    await accepted(desk, orderOf('a'));
    expect(await desk.job(third)).toBeUndefined();
  });
});

test('a series that is away fails the order and not the desk', async () => {
  const clock = virtualClock(T);
  const series = await filled();
  let isAway = true;
  const read: Series['read'] = (...args) => (isAway ? Promise.reject(new SeriesUnavailable('away')) : series.read(...args));
  const desk = deskOf({ series: { read }, clock });
  const first = await accepted(desk, orderOf('a'));
  await done(desk, clock, first);
  expect(await desk.job(first)).toMatchObject({ state: 'failed', problem: 'series_unavailable', endedAt: T });
  isAway = false;
  const second = await accepted(desk, orderOf('a'));
  await done(desk, clock, second);
  expect((await desk.job(second))?.state).toBe('done');
});

test('a desk that is stopped ends what runs and takes nothing more', async () => {
  const clock = virtualClock(T);
  const desk = deskOf({ series: await filled(), clock });
  const id = await accepted(desk, orderOf('a'));
  await desk.stop();
  expect(await desk.job(id)).toMatchObject({ state: 'failed', problem: 'stopped' });
  expect(await desk.submit(orderOf('b'))).toEqual({ kind: 'refused', code: 'queue_full' });
});

describe('O4: what was accepted is answered for', () => {
  const shared = async (): Promise<Readonly<{ clock: ReturnType<typeof virtualClock>; jobs: JobStore; series: Series }>> => ({
    clock: virtualClock(T),
    jobs: memoryJobs(),
    series: await filled(),
  });

  test('Y1: by another gateway, and by one that began later', async () => {
    const { clock, jobs, series } = await shared();
    const desk = deskOf({ series, clock, jobs });
    const id = await accepted(desk, orderOf('a'));
    const other = deskOf({ series, clock, jobs, tag: 'b' });
    expect(await other.job(id)).toMatchObject({ id, state: 'queued' });
    expect(await other.submit(orderOf('a'))).toEqual({ kind: 'refused', code: 'one_at_a_time' });
    await done(desk, clock, id);
    expect(await other.job(id)).toEqual(await desk.job(id));
    expect(await deskOf({ series, clock, jobs, tag: 'c' }).job(id)).toMatchObject({ state: 'done', readings: 1_000 });
  });

  test('Y2: a gateway that ended without a word leaves its orders lost, and the person may order again', async () => {
    const { clock, jobs, series } = await shared();
    const read: Series['read'] = () => new Promise(() => undefined);
    const killed = { after: () => () => undefined };
    const id = await accepted(deskOf({ series: { read }, clock: { ...clock, ...killed }, jobs }), orderOf('a'));
    const next = deskOf({ series, clock, jobs, tag: 'b' });
    await clock.advance(29_000);
    expect([(await next.job(id))?.state, await next.submit(orderOf('a'))]).toEqual(['queued', { kind: 'refused', code: 'one_at_a_time' }]);
    await clock.advance(2_000);
    expect(await next.job(id)).toMatchObject({ state: 'failed', problem: 'lost', endedAt: T });
    const again = await accepted(next, orderOf('a'));
    await done(next, clock, again);
    expect((await next.job(again))?.state).toBe('done');
  });

  test('Y2: an order that takes long is not lost', async () => {
    const { clock, jobs } = await shared();
    const read: Series['read'] = () => new Promise(() => undefined);
    const id = await accepted(deskOf({ series: { read }, clock, jobs }), orderOf('a'));
    await clock.advance(300_000);
    expect(await deskOf({ series: { read }, clock, jobs, tag: 'b' }).job(id)).toMatchObject({ state: 'running', problem: null });
  });

  test('Y3: an outcome is known while the store is away, and stored when it is back; without a store nothing is accepted', async () => {
    const { clock, jobs, series } = await shared();
    let isAway = false;
    const put: JobStore['put'] = (job) => (isAway ? Promise.reject(new RecordsUnavailable('away')) : jobs.put(job));
    const desk = deskOf({ series, clock, jobs: { ...jobs, put } });
    const id = await accepted(desk, orderOf('a'));
    isAway = true;
    await done(desk, clock, id);
    expect([(await desk.job(id))?.state, (await jobs.get(id))?.isOpen]).toEqual(['done', true]);
    await expect(desk.submit(orderOf('b'))).rejects.toBeInstanceOf(RecordsUnavailable);
    isAway = false;
    await clock.advance(6_000);
    expect((await jobs.get(id))?.isOpen).toBe(false);
  });
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
