import { FAR_HOURS, type ForecastRule } from '@anlan/contracts';
import fc from 'fast-check';
import { memory, normal } from '../../testing/noise.js';
import { bench, pointOf } from '../../testing/bench.js';
import { faultsOf, ruleFrom, watch, type Setting } from '../../testing/trend-watch.js';
import { sayInterval } from './say-forecast.js';

const MIN = 60_000;
const HOUR = 60 * MIN;
const T0 = 1_750_000_000_000;
const threshold = {
  id: 'lim',
  kind: 'threshold',
  levels: [
    { level: 'orange', at: 12.5 },
    { level: 'red', at: 13 },
  ],
};
const band = { id: 'lim2', kind: 'threshold', side: 'both', levels: [{ level: 'red', high: 9, low: 1 }] };
const usual = { id: 'base', kind: 'baseline', level: 'blue', season: 'hourOfDay', learn: '7d', pointId: 'p' };
const setting: Setting = {
  point: { intervalMs: MIN, unit: 'm' },
  rules: new Map<string, unknown>([
    ['lim', threshold],
    ['lim2', band],
    ['base', usual],
  ]),
};
const body = { kind: 'forecast', target: { at: 12.5, level: 'orange' }, horizon: '12h', level: 'orange' };

type Raise = Readonly<{ hour: number; score: number; early: number; late: number | undefined; zh: string; en: string }>;

/** Raises within `hours` of a reading a minute. */
function raises(course: (hour: number) => number, { hours, more = {} }: Readonly<{ hours: number; more?: object }>): readonly Raise[] {
  const rule = watch({ ...body, ...more }, setting);
  const found: Raise[] = [];
  for (let i = 0; i <= hours * 60; i += 1) {
    const seen = rule.see(T0 + i * MIN, course(i / 60));
    if (!seen.isRaised || seen.score === undefined) continue;
    const numbers = rule.drawn()?.numbers ?? {};
    const { zh, en } = rule.why(seen.score);
    found.push({
      hour: i / 60,
      score: seen.score,
      early: numbers['hours_left_early'] ?? Number.NaN,
      late: numbers['hours_left_late'],
      zh,
      en,
    });
  }
  return found;
}

describe('reading a forecast rule', () => {
  test('the example of AS 4.21', () => {
    const rule = ruleFrom(
      {
        kind: 'forecast',
        target: { ref: 'lim', level: 'red' },
        horizon: '12h',
        confirm: { k: 4, n: 6 },
        significance: 0.01,
        autocorrelation: 'neff',
        detrendWith: 'base',
        level: 'orange',
        say: 'interval',
      },
      setting,
    );
    expect(rule).toMatchObject({
      kind: 'forecast',
      side: 'low',
      target: { at: 13, side: 'high', level: 'red' },
      horizonMs: 12 * HOUR,
      windowMs: 12 * HOUR,
      tauMs: 30 * MIN,
      confirm: { k: 4, n: 6 },
      significance: 0.01,
      memory: true,
      detrend: { season: { season: 'hourOfDay' } },
      levels: [{ level: 'orange', at: 12, deadband: 1.2000000000000002 }],
    });
  });

  test('both sides of a limit can be aimed at, and levels are hours', () => {
    expect(ruleFrom({ ...body, target: { ref: 'lim2', level: 'red', side: 'low' } }, setting)).toMatchObject({
      target: { at: 1, side: 'low', level: 'red' },
    });
    const levels = [
      { level: 'yellow', at: 12 },
      { level: 'orange', at: 4 },
    ];
    expect((ruleFrom({ ...body, level: undefined, levels }, setting) as ForecastRule).levels.map(({ at }) => at)).toEqual([12, 4]);
  });

  test.each<[string, object, readonly string[]]>([
    ['no target', { target: undefined }, ['/target required']],
    ['a rule that is not there', { target: { ref: 'x', level: 'red' } }, ['/target/ref ref_unknown']],
    ['a rule that has no limits', { target: { ref: 'base', level: 'blue' } }, ['/target/ref ref_unknown']],
    ['a level that the rule lacks', { target: { ref: 'lim', level: 'blue' } }, ['/target/level ref_level']],
    ['one of two sides unsaid', { target: { ref: 'lim2', level: 'red' } }, ['/target/side choice']],
    ['the other side', { target: { ref: 'lim', level: 'red', side: 'low' } }, ['/target/side ref_side']],
    ['no horizon', { horizon: undefined }, ['/horizon duration', '/levels levels']],
    ['a window that holds too little', { window: '20m' }, ['/window window_short']],
    ['votes that cannot be', { confirm: { k: 7, n: 6 } }, ['/confirm confirm']],
    ['certainty of nothing', { significance: 0 }, ['/significance number']],
    ['one time', { say: 'time' }, ['/say choice']],
    ['a season of nobody', { detrendWith: 'lim' }, ['/detrendWith ref_unknown']],
    ['a level beyond the horizon', { level: undefined, levels: [{ level: 'blue', at: 13 }] }, ['/levels horizon']],
  ])('refuses %s', (_name, more, faults) => {
    expect(faultsOf({ ...body, ...more }, setting)).toEqual(faults);
  });

  test('never throws, whatever the body', () => {
    const keys = fc.constantFrom(
      'target',
      'horizon',
      'window',
      'tau',
      'confirm',
      'significance',
      'autocorrelation',
      'detrendWith',
      'say',
      'level',
      'levels',
    );
    fc.assert(fc.property(fc.dictionary(keys, fc.jsonValue()), (given) => void faultsOf({ kind: 'forecast', ...given }, setting)));
  });
});

describe('what is on its way', () => {
  test.each([0.05, 0.1, 0.2, 0.5])('a rise of %f an hour is foretold with hours to spare, and the interval holds the truth', (rate) => {
    const crossing = 24 + 2.5 / rate;
    let held = 0;
    for (let seed = 1; seed <= 10; seed += 1) {
      const m = normal(40 + seed);
      const [first] = raises((h) => 10 + Math.max(0, h - 24) * rate + 0.1 * m(), { hours: crossing });
      expect(first?.hour).toBeGreaterThan(24);
      const left = crossing - (first?.hour ?? crossing);
      // A stretch of three hours is the shortest that is looked at, and is believed three hours ahead.
      expect(left).toBeGreaterThan(rate === 0.5 ? 1 : 4);
      expect((first?.score ?? 0) / left).toBeGreaterThan(0.6);
      expect((first?.score ?? 0) / left).toBeLessThan(1.7);
      if (left >= (first?.early ?? Infinity) && left <= (first?.late ?? Infinity)) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(9);
  });

  test('the interval holds the truth in most cases even when the slope wanders by an eighth of itself', () => {
    let held = 0;
    let told = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const m = normal(400 + seed);
      let [extra, value, crossing] = [0, 10, Infinity];
      const course = Array.from({ length: 48 * 60 }, (_, i) => {
        extra += -extra / 360 + 0.02 * Math.sqrt(2 / 360) * m();
        if (i > 24 * 60) value += (0.15 + extra) / 60;
        if (value >= 12.5) crossing = Math.min(crossing, i / 60);
        return value + 0.05 * m();
      });
      const [first] = raises((h) => course[Math.round(h * 60)] ?? value, { hours: Math.min(47, crossing) });
      if (!first) continue;
      told += 1;
      const left = crossing - first.hour;
      if (left >= first.early && left <= (first.late ?? Infinity)) held += 1;
    }
    expect(told).toBe(20);
    expect(held).toBeGreaterThanOrEqual(17);
  });

  test('a fall to a lower limit likewise', () => {
    const m = normal(55);
    const [first] = raises((h) => 10 - Math.max(0, h - 24) * 0.1 + 0.1 * m(), { hours: 60, more: { target: { at: 7, side: 'low' } } });
    expect(first?.hour).toBeGreaterThan(30);
    expect(first?.score).toBeLessThanOrEqual(12);
  });

  test('it is said as an interval, in both languages, with the colour of the limit', () => {
    const m = normal(56);
    const [first] = raises((h) => 10 + Math.max(0, h - 24) * 0.2 + 0.1 * m(), { hours: 36 });
    expect(first?.zh).toMatch(/^按当前趋势，约 \d+–\d+ 小时后可能达到橙色限值 12\.5 m（现约 1[01](\.\d+)? m，每小时 0\.\d+）$/);
    expect(first?.en).toMatch(
      /^at the present trend it may reach the orange limit of 12\.5 m in about \d+–\d+ h \(now about 1[01](\.\d+)? m, 0\.\d+ an hour\)$/,
    );
  });

  test('a forecast stands until the value turns, whether the limit was reached or not', () => {
    const rule = watch(body, setting);
    const m = normal(57);
    const levels: number[] = [];
    for (let i = 0; i < 80 * 60; i += 1) {
      const h = i / 60;
      levels.push(
        rule.see(T0 + i * MIN, 10 + Math.min(3, Math.max(0, h - 24) * 0.2) - Math.max(0, h - 45) * 0.3 + 0.05 * m()).ladder.level,
      );
    }
    const first = levels.findIndex((level) => level > 0) / 60;
    expect(first).toBeGreaterThan(24);
    expect(first).toBeLessThan(33);
    expect(levels.slice(34 * 60, 45 * 60).every((level) => level === 3)).toBe(true);
    expect(levels.at(-1)).toBe(0);
    expect(levels.filter((level, i) => level > 0 && levels[i - 1] === 0)).toHaveLength(1);
  });
});

describe('in the engine', () => {
  test('a forecast is told with its interval and its lines, and its end in words instead of a score', () => {
    const run = bench([pointOf('p', { unit: 'm', intervalMs: MIN })], [ruleFrom(body, setting)]);
    for (let i = 0; i < 50 * 60; i += 1) {
      const h = i / 60;
      run.now(i * 60, 10 + Math.min(2, Math.max(0, h - 20) * 0.2) - Math.max(0, h - 34) * 0.2 + (i % 3) * 0.01);
    }
    const told = run.verdicts.filter(({ key, lane }) => key.kind === 'forecast' && lane === 'live');
    expect(told.map(({ process }) => process)).toEqual(['active', 'normal']);
    expect(told[0]).toMatchObject({ level: 'orange', unit: 'h' });
    expect(told[0]?.reason.zh).toMatch(/^按当前趋势，约 \d+–\d+ 小时后可能达到橙色限值 12\.5 m/);
    expect(told[0]?.evidence?.lines).toHaveLength(5);
    expect(told[1]?.reason).toEqual({ zh: '不再趋向橙色限值 12.5 m', en: 'no longer on its way to the orange limit of 12.5 m' });
  });
});

describe('what is not on its way', () => {
  test.each([0, 0.9, 0.99])('noise with memory %f, thirty days', (phi) => {
    const m = memory(phi, 61);
    expect(raises(() => 10 + 0.3 * m(), { hours: 720 })).toHaveLength(0);
  });

  test.each([11.5, 12, 12.3])('a course that comes to rest at %f', (rest) => {
    const m = normal(62);
    expect(raises((h) => 10 + (h > 24 ? (rest - 10) * -Math.expm1((24 - h) / 20) : 0) + 0.02 * m(), { hours: 168 })).toHaveLength(0);
  });

  test.each([2, 4, 6, 12, 24])('a sawtooth of %d h that turns below the limit: at most until it is known', (hours) => {
    const m = normal(63);
    const found = raises((h) => 10 + (2 * (h % hours)) / hours + 0.05 * m(), { hours: 480 });
    expect(found.length).toBeLessThanOrEqual(2);
    expect(found.every(({ hour }) => hour < 3 * Math.max(hours, 12))).toBe(true);
  });

  test('a habit does not hide what goes higher than before', () => {
    const m = normal(64);
    const found = raises((h) => (h < 120 ? 10 + (h % 6) / 3 : 10 + (h - 120) * 0.12) + 0.02 * m(), { hours: 140 });
    expect(found.filter(({ hour }) => hour > 120)).toHaveLength(1);
    // 12 m is reached after 16.7 h, the limit after 20.8.
    expect(found.at(-1)?.hour).toBeGreaterThan(120 + 15);
  });

  test('a daily swing that is known is taken off: only what comes on top of it is a trend', () => {
    const swing = (h: number): number => 10 + 1.5 * Math.sin((2 * Math.PI * h) / 24);
    const more = { detrendWith: 'base' };
    const [m, n] = [normal(65), normal(66)];
    expect(raises((h) => swing(h) + 0.05 * m(), { hours: 480, more })).toHaveLength(0);
    const [first] = raises((h) => swing(h) + 0.05 * n() + Math.max(0, h - 240) * 0.1, { hours: 255, more });
    expect(first?.hour).toBeGreaterThan(240);
  });

  test('without a trend the time left is far, and before the window is covered there is no opinion', () => {
    const rule = watch(body, setting);
    const m = normal(67);
    const scores = Array.from({ length: 14 * 60 }, (_, i) => rule.see(T0 + i * MIN, 10 + 0.1 * m()).score);
    expect(scores.slice(0, 8 * 60).every((score) => score === undefined)).toBe(true);
    expect(new Set(scores.filter((score) => score !== undefined))).toEqual(new Set([FAR_HOURS]));
  });
});

describe('the memory of a forecast', () => {
  const course = (i: number, m: () => number): number => 10 + Math.max(0, i / 60 - 20) * 0.2 + 0.1 * m();

  test('D1, D2, D4: through JSON at every reading it says the same; it is bounded', () => {
    const kept = watch(body, setting);
    const saved = watch(body, setting, { save: true });
    const [m, n] = [normal(68), normal(68)];
    for (let i = 0; i < 30 * 60; i += 1)
      expect(saved.see(T0 + i * MIN, course(i, m)).score).toBe(kept.see(T0 + i * MIN, course(i, n)).score);
    expect(saved.saved()).toEqual(kept.saved());
    expect(JSON.stringify(saved.saved()).length).toBeLessThan(6_000);
  });

  test('D3: a gap of half the window begins anew; uncertain readings are left out', () => {
    const rule = watch(body, setting);
    const m = normal(69);
    for (let i = 0; i < 15 * 60; i += 1) rule.see(T0 + i * MIN, course(i, m));
    const before = rule.saved();
    expect(rule.see(T0 + 15 * HOUR, 99, { certain: false }).score).toBeUndefined();
    expect(rule.saved()).toEqual(before);
    for (let i = 0; i < 8 * 60; i += 1) expect(rule.see(T0 + 23 * HOUR + i * MIN, 10).score).toBeUndefined();
  });

  test('evidence: the line, the way ahead with its interval, the limit', () => {
    const rule = watch(body, setting);
    const m = normal(70);
    for (let i = 0; i < 29 * 60; i += 1) rule.see(T0 + i * MIN, course(i, m));
    const drawn = rule.drawn();
    expect(drawn?.lines.map(({ name }) => name)).toEqual(['slope', 'forecast', 'forecast_low', 'forecast_high', 'limit']);
    expect(drawn?.numbers['slope_per_hour']).toBeCloseTo(0.2, 1);
    const [low, high] = [drawn?.lines[2]?.points, drawn?.lines[3]?.points];
    expect(low?.every(([, v], i) => v < (high?.[i]?.[1] ?? -Infinity))).toBe(true);
    expect(drawn?.lines[4]?.points.every(([, v]) => v === 12.5)).toBe(true);
  });
});

describe('saying when', () => {
  test.each([
    [{ early: 2.7, middle: 4, late: 5.1 }, '约 2–6 小时后', 'in about 2–6 h'],
    [{ early: 0.2, middle: 0.5, late: 0.9 }, '约 10–55 分钟后', 'in about 10–55 min'],
    [{ early: 80, middle: 100, late: 130 }, '约 3–6 天后', 'in about 3–6 d'],
    [{ early: 4, middle: 4, late: 4 }, '约 4–5 小时后', 'in about 4–5 h'],
    [{ early: 3.5, middle: 9, late: null }, '最早约 3 小时后（也可能更晚）', 'in 3 h at the earliest, perhaps later'],
    [{ early: 0, middle: 9, late: null }, '最早约 5 分钟后（也可能更晚）', 'in 5 min at the earliest, perhaps later'],
  ])('%j hours', ({ early, middle, late }, zh, en) => {
    expect(sayInterval({ early: early * HOUR, middle: middle * HOUR, late: late === null ? null : late * HOUR })).toEqual({ zh, en });
  });
});
