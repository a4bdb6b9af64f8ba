import type { Millis } from '@anlan/contracts';
import fc from 'fast-check';
import type { About, Detector, Input } from '../../detector.js';
import type { Ground } from '../../rule-ground.js';
import { collector, type Body } from '../../shape.js';
import { parseRule } from '../../parse-rule.js';
import { bench, pointOf } from '../../testing/bench.js';
import { chance } from '../../testing/story.js';
import { baseline, type BaselineState } from './baseline.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ground: Ground = {
  common: { id: 'r', version: 1, enabled: true, scope: { pointIds: ['p'] } },
  points: [{ intervalMs: MINUTE }],
  rules: undefined,
};

function faults(body: Body): readonly string[] {
  const place = collector('');
  baseline.parse(place, { level: 'yellow', ...body }, ground);
  return place.faults.map(({ path, code }) => `${path} ${code}`);
}

function detector(body: Body): Detector<BaselineState> {
  const place = collector('');
  const rule = baseline.parse(place, { level: 'yellow', season: 'none', adapt: 'frozen', learn: { rows: 20 }, ...body }, ground);
  if (!rule) throw new Error(JSON.stringify(place.faults));
  return baseline.detector(rule);
}

/** Feeds a reading a minute. */
function feeder(body: Body): Readonly<{
  watch: Detector<BaselineState>;
  state: BaselineState;
  feed(v: number, more?: Partial<Input>): number | undefined;
  now(): Millis;
}> {
  const watch = detector(body);
  const state = watch.start();
  let t = Date.parse('2025-03-04T00:00:00+08:00');
  return {
    watch,
    state,
    now: () => t,
    feed: (v, more = {}) => {
      const gapMs = more.gapMs ?? MINUTE;
      return watch.step(state, { t: (t += gapMs), v, certain: true, open: false, intervalMs: MINUTE, ...more, gapMs });
    },
  };
}

/** 9, 11, 9, 11 …: mean 10, deviation 1. */
const swing = (i: number): number => (i % 2 ? 11 : 9);

describe('reading the rule', () => {
  test('the example of the design: four weeks of the hours of the week, four scales', () => {
    const place = collector('');
    const body = {
      season: 'hourOfWeek',
      calendar: 'CN',
      learn: '4w',
      band: 4,
      onDelay: '15m',
      offDelay: '30m',
      level: 'blue',
      learnWhen: 'good&noOpenAlarm',
    };
    expect(baseline.parse(place, body, ground)).toMatchObject({
      kind: 'baseline',
      side: 'high',
      direction: 'both',
      excess: 'relative',
      band: {
        season: { season: 'hourOfWeek', zoneOffsetMs: 8 * HOUR, calendar: 'CN' },
        learn: { forMs: 28 * 24 * HOUR },
        adapt: 'slow',
        centre: 'mean',
        scale: 'sd',
        learnWhileOpen: false,
      },
      levels: [{ level: 'blue', at: 4, onDelayMs: 15 * MINUTE, offDelayMs: 30 * MINUTE }],
    });
    expect(place.faults).toEqual([]);
  });

  test.each<[string, Body, string]>([
    ['an unknown season', { season: 'moon' }, '/season choice'],
    ['a calendar without a week', { season: 'hourOfDay', calendar: 'CN' }, '/calendar combination'],
    ['a zone by name', { zone: 'Asia/Shanghai' }, '/zone zone'],
    ['a season with a quantile', { centre: 'median', adapt: 'frozen' }, '/season combination'],
    ['a season with a window', { adapt: 'window', window: '6h' }, '/season combination'],
    ['a quantile that follows slowly', { season: 'none', centre: 'quantile:0.1' }, '/adapt combination'],
    ['a window without its length', { season: 'none', adapt: 'window' }, '/window duration'],
    ['a length without a window', { window: '6h' }, '/window combination'],
    ['a memory that is never used', { adapt: 'frozen', memory: '1w' }, '/memory combination'],
    ['a share that is none', { season: 'none', adapt: 'frozen', centre: 'quantile:1.5' }, '/centre choice'],
    ['too few rows', { learn: { rows: 1 } }, '/learn/rows count'],
    ['a stranger beside the rows', { learn: { rows: 50, x: 1 } }, '/learn/x key_unknown'],
    ['a learning of nothing', { learn: '0s' }, '/learn duration_range'],
    ['too long a mean', { smooth: { rows: 500 } }, '/smooth/rows count'],
    ['a negative scale', { minScale: -1 }, '/minScale number'],
    ['a band of no width', { band: 0 }, '/band number'],
    ['an excess in the unit of the point without a limit', { excess: 'absolute' }, '/levels levels'],
    ['a band beside levels', { level: undefined, levels: [{ level: 'blue', at: 3 }], band: 3 }, '/band combination'],
  ])('refuses %s', (_, body, wanted) => {
    expect(faults(body)).toContain(wanted);
  });
});

describe('the score', () => {
  test('no opinion while learning, then scales away from the mean', () => {
    const { feed } = feeder({});
    for (let i = 0; i < 20; i += 1) expect(feed(swing(i))).toBeUndefined();
    expect(feed(15)).toBeCloseTo(5, 9);
    expect(feed(5)).toBeCloseTo(5, 9);
    expect(feed(10)).toBeCloseTo(0, 9);
  });

  test.each([
    ['rise', 5, -5],
    ['fall', -5, 5],
    ['both', 5, 5],
  ] as const)('direction %s', (direction, above, below) => {
    const { feed } = feeder({ direction });
    for (let i = 0; i < 20; i += 1) feed(swing(i));
    expect(feed(15)).toBeCloseTo(above, 9);
    expect(feed(5)).toBeCloseTo(below, 9);
  });

  test('in the unit of the point', () => {
    const { feed, watch } = feeder({ excess: 'absolute', band: 2, direction: 'rise' });
    for (let i = 0; i < 20; i += 1) feed(swing(i) * 10);
    expect(feed(130)).toBeCloseTo(30, 9);
    expect(watch.unit('ppm')).toBe('ppm');
  });

  test('a constant past gives a finite score: the least scale where one is written, else a thousand', () => {
    const bare = feeder({});
    const floored = feeder({ minScale: 0.5 });
    for (let i = 0; i < 25; i += 1) for (const { feed } of [bare, floored]) feed(7);
    expect(bare.feed(7)).toBe(0);
    expect(bare.feed(7.001)).toBe(1_000);
    expect(floored.feed(8)).toBe(2);
  });

  test('D3: the mean of the last readings begins anew after a gap, and needs half of them', () => {
    const { feed } = feeder({ smooth: { rows: 4 } });
    for (let i = 0; i < 20; i += 1) feed(swing(i));
    expect(feed(14)).toBeCloseTo(1.25, 9);
    expect(feed(10, { gapMs: 10 * MINUTE })).toBeUndefined();
    expect(feed(14)).toBeCloseTo(2, 9);
  });

  test('the mean of a stretch of time', () => {
    const { feed } = feeder({ smooth: '4m' });
    for (let i = 0; i < 20; i += 1) feed(swing(i));
    expect(feed(14)).toBeCloseTo(1.25, 9);
    expect(feed(14)).toBeCloseTo(2, 9);
  });

  test('B3: an uncertain reading is scored, but teaches nothing', () => {
    const { feed, state } = feeder({ adapt: 'slow', learn: '30m' });
    for (let i = 0; i < 40; i += 1) feed(swing(i));
    const before = JSON.stringify(state.band);
    expect(feed(15, { certain: false })).toBeGreaterThan(3);
    expect(JSON.stringify(state.band)).toBe(before);
  });

  test('D1, D4: saved and loaded at random places it gives the same scores', () => {
    const bodies: readonly Body[] = [
      { smooth: { rows: 5 }, centre: 'median', scale: 'mad' },
      { season: 'hourOfWeek', calendar: 'CN', adapt: 'slow', learn: '2h' },
      { adapt: 'window', window: '40m', learn: '20m', centre: 'quantile:0.1', excess: 'absolute', band: 1, smooth: '3m' },
    ];
    const one = fc.record({
      v: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      gapMs: fc.constantFrom(1_000, MINUTE, 20 * MINUTE, 90 * MINUTE),
      certain: fc.boolean(),
      open: fc.boolean(),
      isSaved: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.array(one, { minLength: 60, maxLength: 150 }), (body, story) => {
        const watch = detector(body);
        const whole = watch.start();
        let parts = watch.start();
        let t = 0;
        for (const { isSaved, ...input } of story) {
          t += input.gapMs;
          expect(watch.step(parts, { ...input, t, intervalMs: MINUTE })).toBe(watch.step(whole, { ...input, t, intervalMs: MINUTE }));
          if (isSaved) parts = watch.load(JSON.parse(JSON.stringify(watch.save(parts))));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('how seldom it is wrong', () => {
  const normal = (seed: number): (() => number) => {
    const next = chance(seed);
    return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  };

  test.each([
    [0, 4],
    [0.9, 4],
    [0.98, 2],
  ])(
    'four scales above the hours of the week in a year of readings with lag-1 autocorrelation %d: a handful of episodes',
    (phi, swingOfDay) => {
      const { feed, now } = feeder({ season: 'hourOfWeek', calendar: 'CN', adapt: 'slow', learn: '4w' });
      const noise = normal(5);
      let a = 0;
      let open = false;
      let episodes = 0;
      for (let i = 0; i < 365 * 96; i += 1) {
        const hour = (now() / HOUR + 8) % 24;
        a = phi * a + Math.sqrt(1 - phi * phi) * noise();
        const v = 100 + swingOfDay * Math.sin((hour / 12) * Math.PI) + a;
        const score: number = feed(v, { gapMs: 15 * MINUTE, intervalMs: 15 * MINUTE, open }) ?? 0;
        if (score >= 4 && !open) episodes += 1;
        open = score >= 4 || (open && score >= 3.6);
      }
      // Independent normal readings would give two or three.
      expect(episodes).toBeLessThanOrEqual(10);
    },
  );
});

describe('what it says', () => {
  const about = (more: Partial<About>): About => ({ t: 0, score: 0, rank: 2, limit: 4, pointUnit: 'm³/h', ...more });

  test('the numbers that mattered, in both languages', () => {
    const { feed, watch, state, now } = feeder({});
    for (let i = 0; i < 20; i += 1) feed(swing(i));
    const score = feed(15) ?? 0;
    expect(watch.explain(state, about({ t: now(), score }))).toEqual({
      zh: '15 m³/h，比常值 10 m³/h 高 5 m³/h（5 倍常态波动，限 4）',
      en: '15 m³/h is 5 m³/h above the usual 10 m³/h (5 σ, limit 4 σ)',
    });
    const other = feed(15.123_456) ?? 0;
    expect(watch.explain(state, about({ t: now(), score: other })).en).toBe(
      '15.12 m³/h is 5.12 m³/h above the usual 10 m³/h (5.12 σ, limit 4 σ)',
    );
    expect(watch.explain(state, about({ score: 7.777 }))).toEqual({
      zh: '偏离常值 7.78 倍常态波动，限 4',
      en: '7.78 σ, limit 4 σ from the usual',
    });
  });

  test('the hour of the week, the smoothing and the background by their names', () => {
    const week = feeder({ season: 'hourOfWeek', adapt: 'slow', learn: '30m', direction: 'fall', smooth: { rows: 2 } });
    for (let i = 0; i < 40; i += 1) week.feed(swing(i));
    const score = week.feed(5) ?? 0;
    const said = week.watch.explain(week.state, about({ score, limit: 2 }));
    expect(said.zh).toMatch(/^近 2 次平均 8 m³\/h，比周二 0 时的常值 10 m³\/h 低 2 m³/);
    expect(said.en).toMatch(/^the mean of the last 2 readings, 8 m³\/h, is 2 m³\/h below the usual of Tuesday 00:00, 10 m³/);
    const gas = feeder({
      adapt: 'window',
      window: '6h',
      learn: '30m',
      centre: 'quantile:0.1',
      excess: 'absolute',
      band: 1,
      direction: 'rise',
    });
    for (let i = 0; i < 40; i += 1) gas.feed(2);
    expect(gas.watch.explain(gas.state, about({ score: gas.feed(3.5) ?? 0, limit: 1, pointUnit: 'ppm' })).zh).toBe(
      '3.5 ppm，比近 6 h 本底 2 ppm 高 1.5 ppm（限 1 ppm）',
    );
  });

  test('draws a day of the band, with the edge that was reached', () => {
    const { feed, watch, state, now } = feeder({ season: 'hourOfDay', adapt: 'slow', learn: '30m', direction: 'rise' });
    expect(watch.evidence(state, about({}))).toBeUndefined();
    for (let i = 0; i < 40; i += 1) feed(swing(i));
    const score = feed(20) ?? 0;
    const evidence = watch.evidence(state, about({ t: now(), score }));
    expect(evidence?.to).toBe(now());
    expect(evidence?.numbers).toMatchObject({ value: 20, score });
    expect(evidence?.lines.map(({ name, points }) => [name, points.length])).toEqual([
      ['centre', 26],
      ['upper', 26],
    ]);
    const [, upper] = evidence?.lines ?? [];
    const sigma = evidence?.numbers['sigma'] ?? 0;
    expect(upper?.points.at(-1)?.[1]).toBeCloseTo((evidence?.numbers['centre'] ?? 0) + 4 * sigma, 9);
  });
});

describe('in the engine', () => {
  const body = {
    id: 'r',
    kind: 'baseline',
    pointId: 'p',
    season: 'none',
    adapt: 'slow',
    learn: { rows: 30 },
    level: 'orange',
    band: 4,
    onCount: 2,
  };

  test('a leak is raised, is not learned while it stands, and ends when it is over', () => {
    const spec = pointOf('p', { intervalMs: MINUTE, max: 1_000 });
    const parsed = parseRule(body, { path: '', version: 1, points: new Map([['p', spec]]) });
    if (!('rule' in parsed)) throw new Error(JSON.stringify(parsed.faults));
    const day = bench([spec], [parsed.rule]);
    let at = 0;
    const feed = (v: number): readonly string[] => day.now((at += 60), v);
    for (let i = 0; i < 60; i += 1) expect(feed(swing(i))).toEqual([]);
    feed(30);
    expect(feed(30)).toEqual([expect.stringContaining('baseline active orange')]);
    for (let i = 0; i < 600; i += 1) expect(feed(30)).toEqual([]);
    expect(day.verdicts.at(-1)?.reason.zh).toMatch(/^30 U，比常值 10 U 高 20 U（2\d(\.\d)? 倍常态波动，限 4）$|^30 U，比常值/);
    expect(day.verdicts.at(-1)?.unit).toBe('σ');
    expect([...feed(10), ...feed(10)].at(-1)).toContain('normal');
  });
});
