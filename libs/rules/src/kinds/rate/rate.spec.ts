import fc from 'fast-check';
import { memory, normal } from '../../testing/noise.js';
import { bench, pointOf } from '../../testing/bench.js';
import { faultsOf, ruleFrom, watch, type Setting } from '../../testing/trend-watch.js';

const S = 1_000;
const MIN = 60 * S;
const DAY = 1_440 * MIN;
const T0 = 1_750_000_000_000;
const dense: Setting = { point: { intervalMs: S, unit: 'kPa' } };
const daily: Setting = { point: { intervalMs: DAY, unit: 'm' } };

const ewma = { kind: 'rate', window: '10m', perUnit: 'kPa/min', direction: 'fall', levels: [{ level: 'yellow', at: 0.5, onCount: 3 }] };
const week = (more: object = {}): object => ({
  kind: 'rate',
  estimator: 'difference',
  window: '7d',
  perUnit: 'm/7d',
  levels: [{ level: 'yellow', at: 0.5 }],
  ...more,
});

describe('reading a rate rule', () => {
  test('the example of AS 4.21, with the defaults', () => {
    const body = {
      kind: 'rate',
      estimator: 'dualEwma',
      window: '10m',
      perUnit: 'kPa/min',
      direction: 'fall',
      levels: [
        { level: 'yellow', at: 0.5, onCount: 3 },
        { level: 'orange', at: 2, onCount: 2 },
      ],
      minSignal: '3sd',
      minCoverage: 0.7,
    };
    expect(ruleFrom(body, dense)).toMatchObject({
      kind: 'rate',
      side: 'high',
      estimator: 'dualEwma',
      direction: 'fall',
      windowMs: 10 * MIN,
      perMs: MIN,
      perUnit: 'kPa/min',
      minSignal: { sd: 3 },
      minCoverage: 0.7,
      levels: [
        { level: 'yellow', at: 0.5, onCount: 3, deadband: 0.05 },
        { level: 'orange', at: 2, onCount: 2 },
      ],
    });
    expect(ruleFrom({ ...body, estimator: undefined, minSignal: undefined, minCoverage: undefined }, dense)).toEqual(ruleFrom(body, dense));
  });

  test('a difference counts against its window and asks for nothing else unless told', () => {
    expect(ruleFrom(week(), daily)).toMatchObject({ perMs: 7 * DAY, minSignal: { sd: 0 }, minCoverage: 0, learnMs: 350 * DAY });
    expect(ruleFrom(week({ minSignal: 0.2 }), daily)).toMatchObject({ minSignal: { change: 0.2 } });
    expect(ruleFrom({ ...week(), perUnit: 'm/168h' }, daily)).toMatchObject({ perMs: 7 * DAY });
  });

  test.each<[string, object, Setting, readonly string[]]>([
    ['no window', { ...ewma, window: undefined }, dense, ['/window duration']],
    ['a window that holds too few readings', { ...ewma, window: '5s' }, dense, ['/window window_short']],
    ['no unit', { ...ewma, perUnit: undefined }, dense, ['/perUnit required']],
    ['a unit without time', { ...ewma, perUnit: 'kPa' }, dense, ['/perUnit rate_unit']],
    ['minutes written as metres', { ...ewma, perUnit: 'kPa/m' }, dense, ['/perUnit rate_unit']],
    ['limits in another unit than the point', { ...ewma, perUnit: 'Pa/min' }, dense, ['/perUnit rate_unit']],
    ['a difference per another time', { ...week(), perUnit: 'm/d' }, daily, ['/perUnit rate_unit']],
    ['a signal that is none', { ...ewma, minSignal: '3x' }, dense, ['/minSignal signal']],
    ['a coverage above 1', { ...ewma, minCoverage: 2 }, dense, ['/minCoverage number']],
    ['another estimator', { ...ewma, estimator: 'kalman' }, dense, ['/estimator choice']],
    ['another direction', { ...ewma, direction: 'down' }, dense, ['/direction choice']],
    ['keys of another estimator', { ...ewma, smooth: '9s', significance: 0.01 }, dense, ['/smooth key_unused', '/significance key_unused']],
    ['a mean longer than half the window', week({ smooth: '4d' }), daily, ['/smooth duration_range']],
    ['a side', { ...ewma, side: 'low' }, dense, ['/side key_unknown']],
  ])('refuses %s', (_name, body, setting, faults) => {
    expect(faultsOf(body, setting)).toEqual(faults);
  });

  test('never throws, whatever the body', () => {
    const keys = fc.constantFrom(
      'estimator',
      'window',
      'perUnit',
      'direction',
      'minSignal',
      'minCoverage',
      'smooth',
      'learn',
      'significance',
      'levels',
    );
    fc.assert(fc.property(fc.dictionary(keys, fc.jsonValue()), (body) => void faultsOf({ kind: 'rate', ...body }, dense)));
  });
});

describe.each<[string, object]>([
  ['dualEwma', { estimator: 'dualEwma', minSignal: '3sd' }],
  ['ols', { estimator: 'ols' }],
  ['theilSen', { estimator: 'theilSen' }],
])('rate by %s', (_name, how) => {
  const body = { ...ewma, ...how };
  const ramp = (i: number, m: () => number): number => 100 - (i > 900 ? ((i - 900) * 2) / 60 : 0) + 0.05 * m();

  test('a pressure that begins to fall at 2 kPa/min is seen within the window, with its rate; noise before it is not', () => {
    const rule = watch(body, dense);
    const m = normal(31);
    let raised: number | undefined;
    let score = 0;
    for (let i = 0; i < 1_800; i += 1) {
      const seen = rule.see(T0 + i * S, ramp(i, m));
      if (seen.isRaised) raised ??= i;
      score = seen.score ?? score;
    }
    expect(raised).toBeGreaterThan(900);
    expect(raised).toBeLessThan(900 + 400);
    expect(score).toBeGreaterThan(1.85);
    expect(score).toBeLessThan(2.15);
  });

  test('D1, D4: a memory that went through JSON at every reading says the same', () => {
    const kept = watch(body, dense);
    const saved = watch(body, dense, { save: true });
    const [m, n] = [normal(32), normal(32)];
    for (let i = 0; i < 1_200; i += 1) expect(saved.see(T0 + i * S, ramp(i, m)).score).toBe(kept.see(T0 + i * S, ramp(i, n)).score);
    expect(saved.saved()).toEqual(kept.saved());
  });

  test('D2: the memory is bounded', () => {
    const rule = watch(body, dense);
    const m = normal(33);
    for (let i = 0; i < 20_000; i += 1) rule.see(T0 + i * S, 100 + m());
    expect(JSON.stringify(rule.saved()).length).toBeLessThan(4_500);
  });

  test('D3: no opinion before the window is covered, nor after a gap', () => {
    const rule = watch(body, dense);
    let first: number | undefined;
    for (let i = 0; i < 600; i += 1) if (rule.see(T0 + i * S, 100 + (i % 3)).score !== undefined) first ??= i;
    expect(first).toBeGreaterThanOrEqual(400);
    for (let i = 0; i < 300; i += 1) expect(rule.see(T0 + 1_000 * S + i * S, 90).score).toBeUndefined();
  });

  test('a falling rule says nothing of a rise', () => {
    const rule = watch(body, dense);
    for (let i = 0; i < 1_800; i += 1) expect(rule.see(T0 + i * S, 100 + i * 0.05).score ?? 0).toBeLessThanOrEqual(0);
  });
});

describe('significance', () => {
  const body = { ...ewma, window: '1h', estimator: 'ols', perUnit: 'kPa/h', direction: 'both', levels: [{ level: 'yellow', at: 0.5 }] };
  const minutely: Setting = { point: { intervalMs: MIN, unit: 'kPa' } };
  const raises = (more: object): number => {
    let count = 0;
    const rule = watch({ ...body, ...more }, minutely);
    const m = memory(0.95, 37);
    for (let i = 0; i < 20_000; i += 1) if (rule.see(T0 + i * MIN, 100 + m()).isRaised) count += 1;
    return count;
  };

  test('keeps slow noise, which the plain deviation of the slope takes for trends, almost quiet', () => {
    const plain = raises({});
    expect(plain).toBeGreaterThan(200);
    expect(raises({ significance: 0.01 })).toBeLessThan(plain / 5);
  });

  test('and lets a real trend through', () => {
    const rule = watch({ ...body, significance: 0.01 }, minutely);
    const m = memory(0.5, 38);
    for (let i = 0; i < 60; i += 1) rule.see(T0 + i * MIN, 100 + 0.1 * i + 0.3 * m());
    expect(rule.see(T0 + 60 * MIN, 106).score).toBeCloseTo(6, 0);
  });
});

describe('the gate of three deviations', () => {
  test('lets white noise through for fewer than 6 of 1 000 readings', () => {
    const rule = watch({ ...ewma, direction: 'both', levels: [{ level: 'yellow', at: 1e-6 }] }, dense);
    const m = normal(39);
    let passed = 0;
    // Never open, so that the gate is the full one each time.
    for (let i = 0; i < 50_000; i += 1) if ((rule.see(T0 + i * S, 100 + m(), { open: false }).score ?? 0) > 0) passed += 1;
    expect(passed / 50_000).toBeLessThan(0.006);
  });
});

describe('uncertain readings', () => {
  test.each(['dualEwma', 'ols', 'theilSen', 'difference'])('%s learns nothing from them', (estimator) => {
    const body = estimator === 'difference' ? { ...ewma, estimator, perUnit: 'kPa/10min' } : { ...ewma, estimator };
    const rule = watch(body, dense);
    const m = normal(34);
    for (let i = 0; i < 700; i += 1) rule.see(T0 + i * S, 100 + 0.05 * m());
    const { gauge: before } = rule.saved() as { gauge: unknown };
    const seen = rule.see(T0 + 700 * S, 20, { certain: false });
    expect((rule.saved() as { gauge: unknown }).gauge).toEqual(before);
    expect(seen.score ?? 0).toBeGreaterThanOrEqual(0);
  });
});

describe('rate by difference', () => {
  test('against any reading of the seven days before, both ends included, not against older ones', () => {
    const rule = watch(week(), daily);
    rule.see(T0, 5);
    for (let i = 1; i < 7; i += 1) rule.see(T0 + i * DAY, 5.1);
    expect(rule.see(T0 + 7 * DAY, 5.5).score).toBe(0.5);
    expect(rule.see(T0 + 8 * DAY, 5.5).score).toBeCloseTo(0.4, 12);
    expect(rule.see(T0 + 9 * DAY, 5).score).toBe(0.5);
  });

  test('a first reading, and one after a gap of more than the window, has nothing to be compared with', () => {
    const rule = watch(week(), daily);
    expect(rule.see(T0, 5).score).toBeUndefined();
    expect(rule.see(T0 + 8 * DAY, 9).score).toBeUndefined();
    expect(rule.see(T0 + 9 * DAY, 9).score).toBe(0);
  });

  test('means over a minute are compared, and none that is not complete', () => {
    const rule = watch(week({ window: '20min', smooth: '60s', perUnit: 'kPa/20min', levels: [{ level: 'yellow', at: 15 }] }), dense);
    const scores = Array.from({ length: 300 }, (_, i) => rule.see(T0 + i * S, i % 2 ? 80 : 120).score ?? 0);
    expect(Math.max(...scores)).toBeLessThan(1);
    for (let i = 300; i < 420; i += 1) scores.push(rule.see(T0 + i * S, (i % 2 ? 80 : 120) + 20).score ?? 0);
    expect(scores.at(-1)).toBeCloseTo(20, 0);
  });

  test('more than the usual change of this point: a lively well needs more than a calm one', () => {
    const raisedAt = (amplitude: number): number | undefined => {
      const rule = watch(week({ minSignal: '5sd', direction: 'rise' }), daily);
      const m = normal(35);
      for (let i = 0; i < 400; i += 1) if (rule.see(T0 + i * DAY, 10 + amplitude * m()).isRaised) return -1;
      for (let rise = 0.1; rise < 20; rise += 0.1) {
        const next = watch(week({ minSignal: '5sd', direction: 'rise' }), daily);
        const again = normal(35);
        for (let i = 0; i < 400; i += 1) next.see(T0 + i * DAY, 10 + amplitude * again());
        if (next.see(T0 + 400 * DAY, 10 + rise).isRaised) return rise;
      }
      return undefined;
    };
    const calm = raisedAt(0.01) ?? 0;
    const lively = raisedAt(0.3) ?? 0;
    expect(calm).toBeGreaterThan(0.4);
    expect(calm).toBeLessThan(0.7);
    expect(lively).toBeGreaterThan(2);
    expect(lively).toBeLessThan(8);
  });

  test('what is usual is not known at once: until then there is no opinion', () => {
    const rule = watch(week({ minSignal: '5sd' }), daily);
    for (let i = 0; i < 35; i += 1) expect(rule.see(T0 + i * DAY, 10 + (i % 2)).score).toBeUndefined();
    for (let i = 35; i < 40; i += 1) rule.see(T0 + i * DAY, 10 + (i % 2));
    expect(rule.see(T0 + 40 * DAY, 10).score).toBe(0);
  });
});

describe('in the engine', () => {
  test('a rate is told as a verdict of its kind, with unit, reason and line', () => {
    const point = pointOf('p', { unit: 'kPa', intervalMs: S });
    const rule = ruleFrom({ ...ewma, levels: [{ level: 'yellow', at: 0.5 }] }, dense);
    const run = bench([point], [rule]);
    for (let i = 0; i < 900; i += 1) run.now(i, 60 - (i > 500 ? (i - 500) * 0.03 : 0) + (i % 3) * 0.01);
    const [raised] = run.verdicts.filter(({ process }) => process === 'active');
    expect(raised).toMatchObject({ key: { kind: 'rate' }, level: 'yellow', unit: 'kPa/min', evidence: { lines: [{ name: 'slope' }] } });
    expect(raised?.reason.zh).toContain('下降速率');
    expect(raised?.value).toBeGreaterThanOrEqual(0.5);
  });
});

describe('what a rate says', () => {
  test('how fast, over what, against which limit, and how far beyond its noise', () => {
    const rule = watch(ewma, dense);
    const m = normal(36);
    for (let i = 0; i < 900; i += 1) rule.see(T0 + i * S, 100 - i * 0.02 + 0.01 * m());
    const { zh, en } = rule.why(1.2, 0.5);
    expect(zh).toMatch(/^近 10 min 下降速率 1\.2 kPa\/min ≥ 0\.5 kPa\/min，为噪声的 \d+ 倍$/);
    expect(en).toMatch(/^falling at 1\.2 kPa\/min over the last 10 min, ≥ 0\.5 kPa\/min; \d+ times its noise$/);
    expect(rule.why(0.46, 0.5).zh).toContain('尚未退出限值回差');
  });

  test('a difference says from what to what', () => {
    const rule = watch(week({ direction: 'rise' }), daily);
    rule.see(T0, 5.2);
    rule.see(T0 + 3 * DAY, 5.8);
    expect(rule.why(0.6, 0.5)).toEqual({
      zh: '3 d 内上升 0.6 m ≥ 0.5 m（7 d 内限值），5.2 → 5.8 m',
      en: 'rising by 0.6 m within 3 d, ≥ 0.5 m allowed in 7 d; 5.2 → 5.8 m',
    });
  });

  test('and draws the line', () => {
    const rule = watch({ ...ewma, estimator: 'ols' }, dense);
    for (let i = 0; i <= 600; i += 1) rule.see(T0 + i * S, 100 - i * 0.02);
    const drawn = rule.drawn();
    expect(drawn).toMatchObject({ numbers: { rate: expect.closeTo(-1.2, 6) }, lines: [{ name: 'slope' }] });
    const [[from, start] = [0, 0], [to, end] = [0, 0]] = drawn?.lines[0]?.points ?? [];
    expect((end - start) / ((to - from) / S)).toBeCloseTo(-0.02, 6);
    expect(end).toBeCloseTo(100 - (0.02 * (to - T0)) / S, 6);
  });
});
