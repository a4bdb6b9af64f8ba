import fc from 'fast-check';
import { accel } from './accel.js';
import { normal } from '../../testing/noise.js';
import { D, follow, H, highest, lasting, ruleFrom, ruleOf, T0, watch } from '../../testing/slope.js';

const creep = (d: number): number => 0.8 * d;
/** Displacement of a slope that fails at day 60: velocity a / days left. */
const failing =
  (a: number) =>
  (d: number): number =>
    a * Math.log(60 / (60 - d));

describe('accel as written', () => {
  test('has the defaults of AS 4.21', () => {
    const rule = ruleOf();
    expect(rule).toMatchObject({
      windowMs: 72 * H,
      noiseMm: 1,
      direction: 'rise',
      uniform: { setBy: null },
      redNeeds: 'both',
      side: 'high',
    });
    expect(rule.tangent).toEqual({ yellow: 45, orange: 80, red: 85 });
    expect(rule.inverse).toEqual({ minR2: 0.8, minPoints: 8, stableN: 3, stableTol: 0.2, orangeBeforeMs: 7 * D, redBeforeMs: 2 * D });
    expect(rule.levels.map(({ level, at, onDelayMs, offDelayMs }) => [level, at, onDelayMs, offDelayMs])).toEqual([
      ['blue', 1, 6 * H, 6 * H],
      ['yellow', 2, 6 * H, 6 * H],
      ['orange', 3, 6 * H, 6 * H],
      ['red', 4, 6 * H, 6 * H],
    ]);
  });

  test('reads the example of AS 4.21', () => {
    const rule = ruleOf({
      velocity: { window: '72h', stamp: 'centre', noiseMm: 1.0 },
      uniformRate: { value: 0.8, unit: 'mm/d', setBy: 'geo-review-2025-11' },
      tangent: { yellow: 45, orange: 80, red: 85, persist: '6h' },
      inverseVelocity: { minR2: 0.8, minPoints: 8, stable: { n: 3, tol: 0.2 }, orangeIfBefore: '7d', redIfBefore: '48h' },
      redNeeds: '2points|both',
    });
    expect(rule.uniform).toEqual({ perDay: 0.8, setBy: 'geo-review-2025-11' });
  });

  test.each([
    [{ redNeeds: '2points' }, '/redNeeds combination'],
    [{ redNeeds: 'two' }, '/redNeeds choice'],
    [{ uniformRate: { value: 0.8 } }, '/uniformRate/setBy required'],
    [{ uniformRate: { value: -1, setBy: 'x' } }, '/uniformRate/value number'],
    [{ uniformRate: { value: 1, setBy: 'x', unit: 'm/d' } }, '/uniformRate/unit choice'],
    [{ tangent: { yellow: 80, orange: 45 } }, '/tangent level_order'],
    [{ tangent: { red: 90 } }, '/tangent level_order'],
    [{ velocity: { window: '10m' } }, '/velocity/window duration_range'],
    [{ velocity: { noiseMm: 0 } }, '/velocity/noiseMm number'],
    [{ velocity: { stamp: 'end' } }, '/velocity/stamp choice'],
    [{ learn: '3d' }, '/learn duration_range'],
    [{ inverseVelocity: { minPoints: 3 } }, '/inverseVelocity/minPoints number'],
    [{ inverseVelocity: { orangeIfBefore: '1d' } }, '/inverseVelocity/redIfBefore level_order'],
    [{ levels: [{ level: 'yellow', at: 2.5 }] }, '/levels stage'],
    [{ levels: [{ level: 'yellow', at: 2 }], tangent: { persist: '1h' } }, '/tangent/persist levels'],
    [{ velocity: { sigma: 1 } }, '/velocity/sigma key_unknown'],
  ])('refuses %j', (body, fault) => {
    expect(ruleFrom(body).faults).toContain(fault);
  });
});

describe('accel on slopes', () => {
  test('steady creep raises nothing, fast or slow, and learns its rate', () => {
    for (const rate of [0, 0.2, 5]) {
      const seen = follow(ruleOf(), 120, (d) => rate * d, { seed: 7, mute: true });
      expect(lasting(seen)).toBe(0);
      expect(lasting(follow(ruleOf(), 120, (d) => rate * d, { seed: 8, mute: true }))).toBe(0);
    }
  });

  test('learns the uniform rate, and says who set it or for how long it was learned', () => {
    const speedsUp = (d: number): number => creep(d) + (d > 50 ? 5 * (d - 50) : 0);
    const given = ruleOf({ uniformRate: { value: 0.8, unit: 'mm/d', setBy: 'geo-review' } });
    expect(follow(given, 54, speedsUp).at(-1)?.zh).toContain('匀速速率 0.80 mm/d，geo-review 设定');
    const learned = follow(ruleOf(), 54, speedsUp).at(-1);
    expect(learned?.zh).toMatch(/匀速速率 0\.\d\d mm\/d，由 28 天平静期学得/);
    expect(learned?.now?.known).toBeCloseTo(0.8, 1);
  });

  test('has no opinion before two windows of readings, and one at once with a given rate', () => {
    const first = (seen: ReturnType<typeof follow>): number => (seen.find(({ rank }) => rank !== undefined)?.t ?? 0) - T0;
    expect(first(follow(ruleOf(), 10, creep)) / D).toBeGreaterThan(3);
    expect(first(follow(ruleOf({ uniformRate: { value: 0.8, setBy: 'x' } }), 10, creep)) / D).toBeCloseTo(1.5, 1);
  });

  test('a failure to come climbs through all colours, each in time, and foretells itself', () => {
    const seen = follow(ruleOf(), 59.5, failing(40), { seed: 3 });
    const leadOf = (rank: number): number => 60 - ((seen.find((one) => (one.rank ?? 0) >= rank)?.t ?? Infinity) - T0) / D;
    expect(leadOf(2)).toBeGreaterThan(20);
    expect(leadOf(3)).toBeGreaterThan(4);
    expect(leadOf(4)).toBeGreaterThan(1);
    const two = seen.find(({ t }) => t >= T0 + 58 * D);
    expect(two?.zh).toMatch(
      /^速率 \d+(\.\d)? mm\/d，为匀速阶段的 \d+(\.\d)? 倍（切线角 8\d°；匀速速率.*），按速度倒数法约 \d+–\d+ 小时后可能失稳$/,
    );
    expect(two?.lines).toEqual(['slope', 'inverse_velocity', 'inverse_velocity']);
  });

  test('an overdue failure is not called off while the slope moves on', () => {
    const seen = follow(ruleOf(), 59.9, failing(40), { seed: 3 });
    const reds = seen.filter(({ rank, t }) => rank === 4 && t < T0 + 59 * D);
    expect(reds.length).toBeGreaterThan(0);
    expect(seen.filter(({ t }) => t > T0 + 59 * D).every(({ rank }) => rank === 4)).toBe(true);
  });

  test('a movement that stops is over within two windows', () => {
    const stops = (d: number): number => creep(d) + (d < 40 ? 0 : d < 44 ? 4 * (d - 40) : 16);
    const seen = follow(ruleOf(), 60, stops, { seed: 5 });
    expect(lasting(seen.filter(({ t }) => t < T0 + 44 * D))).toBeGreaterThanOrEqual(2);
    expect(highest(seen.filter(({ t }) => t > T0 + 50 * D))).toBe(0);
    expect(seen.filter(({ t }) => t > T0 + 46 * D).every(({ now }) => !now?.forecast)).toBe(true);
  });

  test('falling points are watched with direction fall', () => {
    expect(highest(follow(ruleOf({ direction: 'fall' }), 58, (d) => -failing(40)(d), { seed: 3 }))).toBeGreaterThan(2);
    expect(lasting(follow(ruleOf({ direction: 'fall' }), 58, failing(40), { seed: 3 }))).toBe(0);
  });
});

describe('accel and what is no movement', () => {
  test('a spike of one or two readings never gets above blue, and is gone with them', () => {
    for (const length of [1, 2]) {
      const spiked = (d: number): number => creep(d) + (d >= 40 && d < 40 + length / 24 - 1e-9 ? 60 : 0);
      const seen = follow(ruleOf(), 45, spiked, { seed: 9 });
      expect(lasting(seen)).toBe(0);
      const since = seen.filter(({ t }) => t >= T0 + 40 * D);
      expect(highest(since)).toBe(1);
      expect(highest(since.slice(4))).toBe(0);
    }
  });

  test('spikes on daily readings stay blue too', () => {
    const spiked = (d: number): number => 0.2 * d + (d % 25 === 20 ? 40 : 0);
    expect(highest(follow(ruleOf({ velocity: { window: '7d', noiseMm: 2.5 } }), 120, spiked, { sigma: 2.5, everyMs: D }))).toBe(1);
  });

  test.each([
    ['hourly', { window: '72h', noiseMm: 1 }, H, 1],
    ['daily', { window: '7d', noiseMm: 3 }, D, 3],
  ])('a step (%s) is blue at most: no trend, and never a time to failure', (_, velocity, everyMs, sigma) => {
    const stepped = (d: number): number => 0.3 * d + (d >= 60 ? 230 : 0);
    const seen = follow(ruleOf({ velocity }), 80, stepped, { everyMs, sigma, seed: 11 });
    expect(highest(seen)).toBe(1);
    const after = seen.filter(({ t }) => t >= T0 + 60 * D);
    expect(after.some(({ zh }) => zh.includes('突变'))).toBe(true);
    expect(after.some(({ zh }) => /台阶 2[23]\d mm/.test(zh))).toBe(true);
    for (const { zh, lines, numbers } of after) {
      expect(zh).not.toContain('失稳');
      expect([...lines, ...numbers].join()).not.toMatch(/inverse|failure/);
    }
  });

  test('a small step, within the noise of single readings, does not become a trend', () => {
    const seen = follow(ruleOf(), 60, (d) => 0.3 * d + (d >= 40 ? 3.5 : 0), { seed: 13 });
    expect(lasting(seen)).toBeLessThan(2);
  });

  test('a movement that goes on after a step is seen through it', () => {
    const moving = (d: number): number => 0.3 * d + (d >= 40 ? 100 + 6 * (d - 40) : 0);
    expect(highest(follow(ruleOf(), 46, moving, { seed: 15 }))).toBeGreaterThanOrEqual(2);
  });

  test('two steps of one direction within a window are a movement', () => {
    const steps = (d: number): number => 0.3 * d + (d >= 40 ? 30 : 0) + (d >= 41 ? 30 : 0) + (d >= 42 ? 30 : 0);
    expect(lasting(follow(ruleOf(), 44, steps, { seed: 17 }))).toBeGreaterThanOrEqual(2);
  });

  test('readings that err together, day after day, widen the error that is reckoned with', () => {
    const seen = follow(ruleOf(), 120, (d) => creep(d) + 2 * Math.sin(2 * Math.PI * d), { seed: 19 });
    expect(lasting(seen.filter(({ t }) => t > T0 + 28 * D))).toBe(0);
  });

  test('instruments worse than stated widen it too', () => {
    expect(lasting(follow(ruleOf({ velocity: { noiseMm: 0.2 } }), 90, creep, { sigma: 3, seed: 21 }))).toBe(0);
  });

  test('uncertain readings give no opinion and leave no trace', () => {
    const watcher = watch(ruleOf());
    const gauss = normal(23);
    for (let h = 0; h < 400; h += 1) watcher.take(T0 + h * H, creep(h / 24) + gauss());
    const before = JSON.stringify(watcher.state());
    expect(watcher.take(T0 + 400 * H, 500, { certain: false }).rank).toBeUndefined();
    expect(JSON.stringify(watcher.state())).toBe(before);
  });
});

describe('D3: accel after a gap', () => {
  test('begins anew when the gap is longer than its window, with the rate it has learned', () => {
    const watcher = watch(ruleOf());
    for (let h = 0; h < 40 * 24; h += 1) watcher.take(T0 + h * H, creep(h / 24));
    const learned = JSON.stringify(watcher.state().quiet);
    const back = T0 + 50 * D;
    expect(watcher.take(back, 90).rank).toBeUndefined();
    expect(watcher.state().cells.length).toBeLessThan(6);
    let first;
    for (let h = 2; h < 72; h += 1) first ??= watcher.take(back + h * H, 90 + creep(h / 24)).rank;
    expect(first).toBe(0);
    expect(JSON.stringify(watcher.state().quiet)).toBe(learned);
  });

  test('bears whole days without readings', () => {
    const rule = ruleOf({ velocity: { window: '7d', noiseMm: 2.5 } });
    const watcher = watch(rule);
    const gauss = normal(29);
    const ranks: (number | undefined)[] = [];
    for (let d = 0; d < 150; d += 1) {
      if (d % 11 === 3 || d % 11 === 4 || d % 17 === 0) continue;
      ranks.push(watcher.take(T0 + d * D + (d % 5) * 2 * H, 0.2 * d + 2.5 * gauss()).rank);
    }
    expect(ranks.slice(25).filter((rank) => rank === undefined).length).toBeLessThan(ranks.length / 10);
    expect(Math.max(...ranks.map((rank) => rank ?? 0))).toBe(0);
  });
});

describe('accel in small', () => {
  test('the state stays small whatever comes', () => {
    const watcher = watch(ruleOf());
    const gauss = normal(31);
    for (let i = 0; i < 20_000; i += 1) watcher.take(T0 + i * 600_000, 0.01 * i + gauss(), { mute: true });
    expect(JSON.stringify(accel.detector(ruleOf()).save(watcher.state())).length).toBeLessThan(6_000);
  });

  test('a new angle or a new uniform rate is no other memory, a new window is', () => {
    expect(accel.shape(ruleOf({ tangent: { yellow: 60 } }))).toEqual(accel.shape(ruleOf()));
    expect(accel.shape(ruleOf({ velocity: { window: '48h' } }))).not.toEqual(accel.shape(ruleOf()));
  });
});

describe('D1, D4: accel saved and loaded', () => {
  test('goes on as if it had not been, wherever it is saved', () => {
    const days = fc.array(fc.record({ gapH: fc.integer({ min: 1, max: 30 }), mm: fc.float({ min: -3, max: 3, noNaN: true }) }), {
      minLength: 5,
      maxLength: 60,
    });
    const shapes = fc.constantFrom(
      creep,
      failing(40),
      (d: number) => 0.3 * d + (d > 50 ? 80 : 0),
      (d: number) => (d % 9 < 0.2 ? 70 : 0),
    );
    fc.assert(
      fc.property(days, shapes, fc.integer({ min: 1, max: 7 }), (bits, shape, every) => {
        const [plain, saved] = [watch(ruleOf({ learn: '6d' })), watch(ruleOf({ learn: '6d' }))];
        for (let h = 0; h < 45 * 24; h += 6) {
          plain.take(T0 + h * H, shape(h / 24), { mute: true });
          saved.take(T0 + h * H, shape(h / 24), { mute: true });
        }
        let t = T0 + 45 * D;
        for (const [i, { gapH, mm }] of bits.entries()) {
          if (i % every === 0) saved.reload();
          t += gapH * H;
          const v = shape(Math.min(59.9, (t - T0) / D)) + mm;
          expect(saved.take(t, v)).toEqual(plain.take(t, v));
        }
      }),
      { numRuns: 25 },
    );
  });
});
