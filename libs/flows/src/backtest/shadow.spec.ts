import { memoryLog, memorySeries, virtualClock } from '@anlan/adapter-memory';
import { TOPICS, type PointSpec, type ReadingsRecord, type Rule } from '@anlan/contracts';
import { silentLogger, type Logger } from '@anlan/observability';
import { shadowDesk, type ShadowOrder } from './shadow.js';

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
const ruleOf = (at: number, onCount = 1): Rule => ({
  id: 'r',
  version: 1,
  kind: 'threshold',
  enabled: true,
  scope: { pointIds: ['p'] },
  side: 'high',
  quality: 'pause',
  levels: [{ level: 'red', at, deadband: 1, onDelayMs: 0, offDelayMs: 0, onCount, offCount: 1, latching: false }],
});
const orderOf = (by: string, more: Partial<ShadowOrder> = {}): ShadowOrder => ({
  ...{ by, ruleId: 'r', points: [point], rules: [ruleOf(50)], warmUpMs: 60 * MIN, forMs: 600 * MIN },
  ...more,
});

function city() {
  const clock = virtualClock(T);
  const log = memoryLog({ clock });
  const series = memorySeries();
  const desk = shadowDesk({ log, series, clock, logger: silentLogger });
  const send = async (minute: number, v: number, pointId = 'p'): Promise<void> => {
    const t = T + minute * MIN;
    const record: ReadingsRecord = {
      ...{ kind: 'readings', deviceId: 'd', siteId: 's', arrivedAt: t, rejected: 0, quarantined: 0 },
      readings: [{ pointId, t, v, q: 'good' }],
    };
    await log.append([{ topic: TOPICS.readings, key: 's', value: JSON.stringify(record) }]);
  };
  const remember = async (minute: number, v: number): Promise<void> =>
    void (await series.write([{ reading: { pointId: 'p', t: T + minute * MIN, v, q: 'good' }, origin: `h:${minute}:0`, receivedAt: T }]));
  const raised = (by = 'a'): readonly number[] => desk.list(by)[0]?.report.episodes.map(({ raisedAt }) => (raisedAt - T) / MIN) ?? [];
  return { clock, log, desk, send, remember, raised };
}

test('a draft is judged on what comes, beside the version that stands, and nothing is written', async () => {
  const { clock, log, desk, send, raised } = city();
  expect(desk.start(orderOf('a', { before: [ruleOf(80)] }))).toMatchObject({ kind: 'started', shadow: { state: 'warming' } });
  await clock.advance(MIN);
  await send(1, 60);
  await send(2, 0);
  await send(3, 90);
  await send(3, 99, 'another');
  await clock.advance(5 * MIN);
  expect(desk.list('a')[0]).toMatchObject({ state: 'running', pointIds: ['p'], report: { readings: 3, byLevel: { red: 2 } } });
  expect(raised()).toEqual([1, 3]);
  expect(desk.list('a')[0]?.difference).toMatchObject({ before: { red: 1 }, now: { red: 2 }, onlyNow: [{ level: 'red' }] });
  expect((await log.bounds(TOPICS.verdicts, 0)).next).toBe(0);
  expect(desk.list('b')).toEqual([]);
  await desk.close();
});

test('Z2: it begins warm, hears nothing twice, and does not tell what was before', async () => {
  const { clock, desk, send, remember, raised } = city();
  await remember(-30, 60);
  await remember(-29, 0);
  await remember(-1, 60);
  // The second of two readings in a row raises: the first stands in history.
  desk.start(orderOf('a', { rules: [ruleOf(50, 2)] }));
  await send(-1, 60);
  await clock.advance(MIN);
  expect(raised()).toEqual([]);
  await send(1, 60);
  await clock.advance(MIN);
  expect(raised()).toEqual([1]);
  await desk.close();
});

test('Z3: one a person, five at all, and each ends in time', async () => {
  const { clock, desk, send, raised } = city();
  desk.start(orderOf('a', { forMs: 5 * MIN }));
  expect(desk.start(orderOf('a'))).toEqual({ kind: 'refused', code: 'one_at_a_time' });
  for (const by of ['b', 'c', 'd', 'e']) expect(desk.start(orderOf(by)).kind).toBe('started');
  expect(desk.start(orderOf('f'))).toEqual({ kind: 'refused', code: 'too_many' });
  await clock.advance(10 * MIN);
  await send(10, 60);
  await clock.advance(MIN);
  expect([desk.list('a')[0]?.state, raised(), raised('b')]).toEqual(['ended', [], [10]]);
  expect(desk.start(orderOf('a')).kind).toBe('started');
  expect(desk.list('a')).toHaveLength(1);
  await desk.close();
});

test('it is ended by its owner only', async () => {
  const { desk } = city();
  const started = desk.start(orderOf('a'));
  const id = started.kind === 'started' ? started.shadow.id : '';
  expect([desk.stop('b', id), desk.stop('a', id), desk.stop('a', id), desk.list('a')]).toEqual([false, true, false, []]);
  await desk.close();
});

test('a log that is away is waited for', async () => {
  const { clock, log, send } = city();
  let isAway = true;
  const read: typeof log.read = (...args) => (isAway ? Promise.reject(new Error('away')) : log.read(...args));
  const desk = shadowDesk({ log: { ...log, read }, series: memorySeries(), clock, logger: silentLogger });
  desk.start(orderOf('a'));
  await clock.advance(MIN);
  await send(1, 60);
  isAway = false;
  await clock.advance(MIN);
  expect(desk.list('a')[0]?.report.byLevel.red).toBe(1);
  await desk.close();
});

test('a busy partition of others is read on without waiting, so that the shadow does not fall behind', async () => {
  const { clock, log, desk, send, raised } = city();
  desk.start(orderOf('a'));
  await clock.advance(0.5 * MIN);
  const other: ReadingsRecord = {
    ...{ kind: 'readings', deviceId: 'o', siteId: 's', arrivedAt: T, rejected: 0, quarantined: 0 },
    readings: [{ pointId: 'other', t: T, v: 1, q: 'good' }],
  };
  const many = Array.from({ length: 5_000 }, () => ({ topic: TOPICS.readings, key: 's', value: JSON.stringify(other) }));
  await log.append(many);
  await send(1, 60);
  await clock.advance(3_000);
  expect(raised()).toEqual([1]);
  await desk.close();
});

test('a draft that breaks ends its shadow and says so; the version that stands was given all the same', async () => {
  const { clock, log, send } = city();
  const said: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (message, fields) => void said.push([message, fields?.['version']]) };
  const desk = shadowDesk({ log, series: memorySeries(), clock, logger });
  const spoilt = { ...ruleOf(50), levels: null } as unknown as Rule;
  desk.start(orderOf('a', { rules: [spoilt], before: [ruleOf(50)] }));
  await clock.advance(MIN);
  await send(1, 60);
  await clock.advance(MIN);
  expect(said).toEqual([['a shadow run broke and has ended', 'draft']]);
  expect(desk.list('a')[0]).toMatchObject({ state: 'ended', difference: { before: { red: 1 }, now: { red: 0 } } });
  await desk.close();
});
