import fc from 'fast-check';
import { memory, normal } from '../../testing/noise.js';
import { faultsOf, ruleFrom, watch, type Setting } from '../../testing/trend-watch.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const T0 = Date.parse('2026-03-02T00:00:00+08:00');
const hourly: Setting = { point: { intervalMs: HOUR } };
const tenMinutes: Setting = { point: { intervalMs: 10 * MINUTE } };

const SHIFT = { kind: 'shift', learn: '10d', level: 'yellow' } as const;
const RANGE = { kind: 'shift', method: 'range', learn: '8d', level: 'yellow' } as const;
const NIGHT = {
  kind: 'shift',
  baseline: { season: 'hourOfWeek' },
  aggregate: { from: '02:00', to: '04:00' },
  learn: '14d',
  direction: 'rise',
  minScaleShare: 0.03,
  level: 'yellow',
  rebase: '7d',
} as const;

type Course = Readonly<{ every: number; until: number; value: (t: number) => number }>;
type Raise = Readonly<{ day: number; zh: string; en: string }>;

/** Follows a course; gives when the alarm was raised and what was said, and when it was over, in days. */
function follow(
  body: object,
  setting: Setting,
  { every, until, value }: Course,
): Readonly<{ raised: readonly Raise[]; over: readonly number[] }> {
  const one = watch(body, setting);
  const raised: Raise[] = [];
  const over: number[] = [];
  let isUp = false;
  for (let t = 0; t < until; t += every) {
    const { isRaised, ladder, score } = one.see(T0 + t, value(t));
    if (isRaised) raised.push({ day: t / DAY, ...one.why(score ?? 0, 1) });
    if (isUp && ladder.process === 'normal') over.push(t / DAY);
    isUp = ladder.level > 0;
  }
  return { raised, over };
}

describe('reading the rule', () => {
  test('the example of the design: on the residual of another rule', () => {
    const rules = new Map([
      ['b', { id: 'b', kind: 'baseline', pointId: 'p', season: 'hourOfWeek', calendar: 'CN', learn: '4w', level: 'blue' }],
    ]);
    const body = {
      kind: 'shift',
      on: 'residual',
      baseline: 'b',
      sensitivity: 'medium',
      targetAlarmsPerMonth: 0.5,
      direction: 'rise',
      level: 'yellow',
      freezeWhileOpen: true,
    };
    expect(ruleFrom(body, { ...hourly, rules })).toMatchObject({
      kind: 'shift',
      method: 'cusum',
      k: 0.5,
      h: 5,
      targetAlarmsPerMonth: 0.5,
      season: { season: 'hourOfWeek', calendar: 'CN', zoneOffsetMs: 8 * HOUR },
      learnMs: 28 * DAY,
      direction: 'rise',
      side: 'high',
      levels: [{ level: 'yellow', at: 1 }],
    });
  });

  test.each([
    [{ sensitivity: 'extreme' }, '/sensitivity choice'],
    [{ k: 0 }, '/k number'],
    [{ baseline: 'nobody' }, '/baseline ref_unknown'],
    [{ on: 'value', baseline: { season: 'none' } }, '/baseline combination'],
    [{ method: 'range', h: 5 }, '/h combination'],
    [{ margin: 0.5 }, '/margin combination'],
    [{ aggregate: { every: '7h' } }, '/aggregate/every duration_range'],
    [{ aggregate: { every: '1h', from: '02:00', to: '04:00' } }, '/aggregate combination'],
    [{ aggregate: { from: '2', to: '04:00' } }, '/aggregate/from time'],
    [{ aggregate: { from: '04:00', to: '04:00' } }, '/aggregate duration_range'],
    [{ aggregate: { from: '02:00', to: '04:00' }, learn: '3d' }, '/learn duration_range'],
    [{ minScale: -1 }, '/minScale number'],
    [{ zone: 'Asia/Shanghai' }, '/zone zone'],
    [{ lambda: 3 }, '/lambda key_unknown'],
  ])('refuses %j', (more, fault) => {
    expect(faultsOf({ ...SHIFT, ...more }, hourly)).toContain(fault);
  });
});

describe('cumulative sums', () => {
  test('finds a shift of one deviation, says since when and by how much', () => {
    const next = normal(11);
    const { raised } = follow(SHIFT, hourly, { every: HOUR, until: 18 * DAY, value: (t) => 100 + 2 * next() + (t >= 15 * DAY ? 3 : 0) });
    expect(raised).toHaveLength(1);
    const [only] = raised;
    expect(only?.day).toBeGreaterThan(15);
    expect(only?.day).toBeLessThan(16);
    expect(only?.zh).toMatch(/^自 3 月 1[67] 日 \d\d:00 起抬升约 [2-4](\.\d+)? m（读数，常值约 (99|100)(\.\d+)? m/);
    expect(only?.zh).toMatch(/持续 8 d 后以新水平为常值$/);
    expect(only?.en).toMatch(/^up by about /);
  });

  test('values that lean on each other do not call more often than independent ones', () => {
    const calls = (phi: number, seed: number): number => {
      const next = memory(phi, seed);
      return follow({ ...SHIFT, learn: '28d', rebase: '1d' }, hourly, { every: HOUR, until: 88 * DAY, value: () => 100 + 2 * next() })
        .raised.length;
    };
    const sum = (phi: number): number => [1, 2, 3, 4, 5].reduce((all, seed) => all + calls(phi, seed), 0);
    // 5 × 60 days × 24 values: about 15 chance calls of independent values at one in 465, some 350 of φ = 0.9 without the widening.
    expect(sum(0)).toBeLessThan(25);
    expect(sum(0.5)).toBeLessThan(25);
    expect(sum(0.9)).toBeLessThan(25);
  });

  test('C1: a slow leak is not learned while it runs, nor while the alarm is open', () => {
    const next = normal(5);
    const one = watch({ ...SHIFT, rebase: '30d' }, hourly);
    let found = 0;
    for (let t = 0; t < 30 * DAY; t += HOUR) {
      const { score = 0 } = one.see(T0 + t, 50 + next() + Math.max(0, (t - 15 * DAY) / DAY));
      found = t > 20 * DAY ? Math.max(found, Math.abs(score - 1.5)) : 0;
    }
    // Still at the top: the usual level has not crept after the leak.
    expect(found).toBe(0);
    expect(one.drawn(1.5)?.numbers['usual']).toBeLessThan(51);
  });

  test('C2: a level that has stood is the usual one, and the next step is called anew', () => {
    const next = normal(6);
    const value = (t: number): number => 100 + next() + (t >= 15 * DAY ? 20 : 0) + (t >= 25 * DAY ? 20 : 0);
    const { raised, over } = follow({ ...SHIFT, rebase: '3d', sensitivity: 'low' }, hourly, { every: HOUR, until: 30 * DAY, value });
    expect(raised.map(({ day }) => Math.floor(day))).toEqual([15, 25]);
    expect(over.map((day) => Math.floor(day))).toEqual([18, 28]);
  });

  test('C2: a fall that is not watched is followed at once and makes no alarm when it ends', () => {
    const next = normal(8);
    const value = (t: number): number => 100 + next() - (t >= 15 * DAY && t < 20 * DAY ? 20 : 0);
    const { raised } = follow({ ...SHIFT, direction: 'rise', sensitivity: 'low' }, hourly, { every: HOUR, until: 30 * DAY, value });
    // Only the way back up, against the lower level that had become usual.
    expect(raised.map(({ day }) => Math.floor(day))).toEqual([20]);
  });

  test('a constant past is no precision: half a per cent is noise', () => {
    expect(follow(SHIFT, hourly, { every: HOUR, until: 20 * DAY, value: (t) => (t < 15 * DAY ? 100 : 100.2) }).raised).toEqual([]);
    expect(follow(SHIFT, hourly, { every: HOUR, until: 20 * DAY, value: (t) => (t < 15 * DAY ? 100 : 105) }).raised).toHaveLength(1);
  });

  test('doubtful readings teach nothing', () => {
    const one = watch({ ...SHIFT, learn: '2d' }, hourly);
    for (let i = 0; i < 200; i += 1) one.see(T0 + i * HOUR, 10 + (i % 2), { certain: false });
    expect(one.see(T0 + 200 * HOUR, 99).score).toBeUndefined();
  });

  test('after a silence as long as the learning stretch it begins anew', () => {
    const one = watch(SHIFT, hourly);
    for (let i = 0; i < 300; i += 1) one.see(T0 + i * HOUR, 10 + (i % 2));
    expect(one.see(T0 + 300 * HOUR, 10).score).toBeDefined();
    expect(one.see(T0 + 300 * HOUR + 11 * DAY, 99).score).toBeUndefined();
    expect(one.see(T0 + 301 * HOUR + 11 * DAY, 99).score).toBeUndefined();
  });

  test('targetAlarmsPerMonth raises the limit where chance runs are high, and never lowers it', () => {
    const limitFor = (target: number, next: () => number): number => {
      const one = watch({ ...SHIFT, learn: '30d', k: 0.25, h: 3, targetAlarmsPerMonth: target }, hourly);
      for (let t = 0; t < 31 * DAY; t += HOUR) one.see(T0 + t, 100 + next());
      return (one.saved() as { memory: { h: number } }).memory.h;
    };
    const often = limitFor(20, normal(3));
    const seldom = limitFor(0.2, normal(3));
    expect(often).toBeGreaterThanOrEqual(3);
    expect(seldom).toBeGreaterThan(often + 3);
    expect(limitFor(1_000, normal(3))).toBe(3);
  });
});

describe('the night flow of a district', () => {
  const weekend = (t: number): number => ([5, 6].includes(Math.floor(t / DAY) % 7) ? 20 : 0);
  const hourOf = (t: number): number => (t % DAY) / HOUR;

  test('weekends are no leak, a leak is called on its second night, with the time and the amount', () => {
    const next = normal(21);
    const flow = (t: number): number =>
      70 + weekend(t) + 60 * Math.sin((Math.PI * hourOf(t)) / 24) ** 2 + 2 * next() + (t >= 30.5 * DAY ? 15 : 0);
    const { raised } = follow(NIGHT, tenMinutes, { every: 10 * MINUTE, until: 34 * DAY, value: flow });
    expect(raised).toHaveLength(1);
    expect(raised[0]?.day).toBeCloseTo(32 + 4 / 24, 5);
    expect(raised[0]?.zh).toMatch(/^自 4 月 2 日 02:00 起抬升约 1[3-7](\.\d)? m（每日 02:00–04:00 平均，常值约 /);
  });

  test('a month without a leak makes no call', () => {
    const next = normal(22);
    const { raised } = follow(NIGHT, tenMinutes, { every: 10 * MINUTE, until: 60 * DAY, value: (t) => 70 + weekend(t) + 3 * next() });
    expect(raised).toEqual([]);
  });
});

describe('range', () => {
  test('N1, N2: silent before a quarter is known; calls beyond the margin; the new level is learned only after it has stood', () => {
    const value = (t: number): number => (t >= 10 * DAY ? 14 : 10 + Math.sin(t / HOUR));
    const { raised, over } = follow({ ...RANGE, rebase: '2d' }, hourly, { every: HOUR, until: 14 * DAY, value });
    expect(raised.map(({ day }) => day)).toEqual([10]);
    expect(raised[0]?.zh).toMatch(/^读数 14 m，高于近 8 d 的最高值 11 m（超出 3 m，裕度 0.5 m）；持续 8 d|持续 2 d/);
    expect(raised[0]?.en).toContain('above the highest of the last 8 d, 11 m');
    expect(over.map((day) => Math.round(day))).toEqual([12]);
    expect(watch(RANGE, hourly).see(T0, 1e6).score).toBeUndefined();
  });

  test('the range is that of window values: a spike is averaged away, a lasting rise is not', () => {
    const body = { ...RANGE, aggregate: { every: '2h' } };
    const calm = (t: number): number => 10 + Math.sin(t / HOUR);
    const spike = follow(body, tenMinutes, { every: 10 * MINUTE, until: 10 * DAY, value: (t) => calm(t) + (t === 9 * DAY ? 4 : 0) });
    expect(spike.raised).toEqual([]);
    const rise = follow(body, tenMinutes, { every: 10 * MINUTE, until: 10 * DAY, value: (t) => calm(t) + (t >= 9 * DAY ? 4 : 0) });
    expect(rise.raised.map(({ day }) => day)).toEqual([9 + 2 / 24]);
  });

  test('direction: a fall is none of a rule for rises', () => {
    const value = (t: number): number => (t >= 6 * DAY ? -50 : 10 + Math.sin(t / HOUR));
    expect(follow({ ...RANGE, direction: 'rise' }, hourly, { every: HOUR, until: 8 * DAY, value }).raised).toEqual([]);
    expect(follow({ ...RANGE, direction: 'fall' }, hourly, { every: HOUR, until: 8 * DAY, value }).raised).toHaveLength(1);
  });
});

describe('memory', () => {
  test('D4: saved and loaded before every reading it goes on as if nothing had been; bounded', () => {
    const bodies = [
      { ...SHIFT, learn: '2d', targetAlarmsPerMonth: 1 },
      { ...SHIFT, learn: '9d', baseline: { season: 'hourOfDay' }, aggregate: { every: '3h', stat: 'median' } },
      { ...RANGE, learn: '3d', aggregate: { every: '2h' } },
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 100, maxLength: 400 }),
        (body, values) => {
          const plain = watch(body, hourly);
          const careful = watch(body, hourly, { save: true });
          let t = T0;
          for (const v of values) {
            t += HOUR * (v === 30 ? 20 : 1);
            expect(careful.see(t, v).score).toBe(plain.see(t, v).score);
          }
          expect(JSON.stringify(careful.saved()).length).toBeLessThan(6_000);
        },
      ),
      { numRuns: 30 },
    );
  });
});
