import { judged } from './judge.js';
import { alwaysOn, clock, detectionsOf } from './detections.js';
import type { SeriesAlarm } from './dataset.js';
import { numberOf, timeOf } from './folder.js';
import { replay } from './replay.js';
import { tableText } from './table.js';
import { bundleOf, shipped } from './world.js';

const MINUTE_MS = 60_000;
const T = Date.UTC(2026, 0, 1);
const alarm = (from: number, to: number | null, more: Partial<SeriesAlarm> = {}): SeriesAlarm => ({
  ...{ pointId: 'p', series: 's', kind: 'threshold', ruleId: 'r', level: 'yellow', reason: '' },
  from: T + from,
  to: to === null ? null : T + to,
  ...more,
});
const lines = (alarms: readonly SeriesAlarm[]): readonly string[] =>
  detectionsOf('x', alarms, new Map([['s', [T, T + 99]]])).map(({ series, t, level }) => `${series} ${Date.parse(t) - T} ${level}`);

describe('detections', () => {
  test('an alarm is raised with its level and is over with level 0', () => {
    expect(lines([alarm(1, 5, { level: 'red' })])).toEqual(['s 1 4', 's 5 0']);
    // One that stands at the end lasts beyond the last reading.
    expect(lines([alarm(1, null)])).toEqual(['s 1 2', 's 100 0']);
  });
  test('alarms of one series that overlap are one, of two series two', () => {
    expect(lines([alarm(1, 5), alarm(3, 9, { level: 'red' }), alarm(20, 30)])).toEqual(['s 1 2', 's 9 0', 's 20 2', 's 30 0']);
    expect(lines([alarm(1, 5), alarm(3, 9, { series: 'z' })])).toEqual(['s 1 2', 's 5 0', 'z 3 2', 'z 9 0']);
  });
  test('the trivial systems call always, and once in a while', () => {
    const times = new Map([['s', [0, 30, 60, 90]]]);
    expect(alwaysOn('x', times).map(({ t, end }) => [Date.parse(t), Date.parse(end ?? '')])).toEqual([
      [0, 30],
      [30, 60],
      [60, 90],
      [90, 90],
    ]);
    expect(clock('x', times, 60).map(({ t }) => Date.parse(t))).toEqual([0, 60]);
  });
});

test('a bar that is missed or not measured is said, by how much', () => {
  const verdicts = judged('gas-meter-microleak', { f1: 0.4 });
  expect(verdicts.map(({ isMet, missedBy }) => [isMet, missedBy])).toEqual([
    [false, expect.closeTo(0.05)],
    [false, null],
  ]);
  const text = tableText({ name: 'gas', measures: { f1: 0.4 }, verdicts, reference: { f1: 0.351 }, beside: [{}, {}, {}] });
  expect(text).toMatch(/f1 +0\.4 +>= 0\.45 +0\.351 +MISSED by 0\.05\n/);
  expect(text).toMatch(/farPct +<= 7 +MISSED not measured/);
});

test('times without a zone are UTC, empty cells are no numbers', () => {
  expect([timeOf('2026-01-01 00:00:00'), timeOf('2026-01-01T08:00:00+08:00'), timeOf('2026-01-01')]).toEqual([T, T, T]);
  expect([numberOf('1.5'), numberOf(''), numberOf(undefined)]).toEqual([1.5, Number.NaN, Number.NaN]);
});

test('a made-up well goes through import, parser, engine and alarm machine', async () => {
  const pointId = 'well.ch4';
  const values = [0.1, 0.1, 3, 3, 3, 0.1, 0.1, 0.1, 0.1, 0.1];
  const { alarms, outcome, refused, times } = await replay(
    {
      name: 'made-up',
      bundle: () =>
        bundleOf({
          domain: 'uspace',
          devices: [{ id: 'well', intervalMs: MINUTE_MS, points: [{ id: pointId, metric: 'uspace_ch4_vol' }] }],
          rules: [shipped('uspace_ch4_vol', { id: 'ch4', pointIds: [pointId] })],
        }),
      messages: () => [
        ...values.map((v, i) => ({ deviceId: 'well', t: T + i * MINUTE_MS, values: { uspace_ch4_vol: v } })),
        { deviceId: 'well', t: T + 30 * MINUTE_MS, values: { uspace_ch4_vol: 'Bad' } },
      ],
      series: (id) => id.split('.')[0],
    },
    { rows: () => [] },
  );
  expect(alarms.map(({ series, level, from, to }) => [series, level, (from - T) / MINUTE_MS, ((to ?? 0) - T) / MINUTE_MS])).toEqual([
    ['well', 'orange', 2, 6],
  ]);
  expect([outcome.readings, [...refused], times.get('well')?.length]).toEqual([10, [['value_bad', 1]], 10]);
});
