import fc from 'fast-check';
import type { Activation, HealthRule, Verdict } from '@anlan/contracts';
import { bench, four, levelOf, line, pointOf, ruleOf, S, T, type Bench, type Sent } from './testing/bench.js';

describe('live readings', () => {
  test('climb, fall and end, each told once with a running cause', () => {
    const { now, send, verdicts } = bench();
    expect(now(10, 0.5)).toEqual([]);
    expect(now(20, 2.5)).toEqual(['active yellow t0=20 t=20 n=1']);
    expect(now(30, 2.6)).toEqual([]);
    expect(send(50, { t: 40, v: 5 }, { t: 50, v: 0 })).toEqual(['active red t0=20 t=40 n=1', 'normal normal t0=20 t=50 n=1']);
    expect(verdicts.map(({ cause }) => [cause.offset, cause.index])).toEqual([
      [2, 0],
      [4, 0],
      [4, 1],
    ]);
    expect(verdicts[1]).toMatchObject({
      peak: 'red',
      value: 5,
      unit: 'U',
      siteId: 's',
      ruleVersion: 1,
      at: T + 50 * S,
      quality: 'good',
      latching: false,
    });
    expect(verdicts[1]?.id).toBe(`p|r|threshold|live|${T + 20 * S}|1|active|red|${T + 40 * S}|reading`);
  });

  test('a message is sorted by time first', () => {
    expect(bench().send(30, { t: 30, v: 0 }, { t: 10, v: 1 }, { t: 20, v: 2 })).toEqual([
      'active blue t0=10 t=10 n=1',
      'active yellow t0=10 t=20 n=1',
      'normal normal t0=10 t=30 n=1',
    ]);
  });

  test('the reason carries the numbers that mattered, in both languages', () => {
    const { now, verdicts } = bench([pointOf('p', { unit: '%VOL' })], [ruleOf([levelOf('orange', 2.5, { onCount: 2 })])]);
    now(10, 2.6);
    now(20, 2.61);
    expect(verdicts.at(-1)?.reason).toEqual({ zh: '2.61 %VOL ≥ 2.5 %VOL，连续 2 次', en: '2.61 %VOL ≥ 2.5 %VOL for 2 readings' });
    now(30, 0);
    expect(verdicts.at(-1)?.reason.en).toBe('0 %VOL, back inside the limits');
  });

  test('latching of any level reached passes through to the end', () => {
    const { now, verdicts } = bench([pointOf('p')], [ruleOf([levelOf('blue', 1), levelOf('red', 4, { latching: true })])]);
    for (const [at, v] of [
      [10, 1],
      [20, 4],
      [30, 1],
      [40, 0],
    ] as const)
      now(at, v);
    expect(verdicts.map(({ level, latching }) => [level, latching])).toEqual([
      ['blue', false],
      ['red', true],
      ['blue', true],
      ['normal', true],
    ]);
  });

  test('R-03 a repeat is neither judged nor late', () => {
    const { now, send } = bench([pointOf('p')], [ruleOf([levelOf('red', 4, { onCount: 2 })])]);
    expect(now(10, 5)).toEqual(['pending normal t0=10 t=10 n=1']);
    expect(send(11, { t: 10, v: 5 })).toEqual([]);
    expect(send(12, { t: 10, v: 0 })).toEqual([]);
    expect(send(13, { t: 12, tDevice: 75, v: 5 })).toEqual(['active red t0=10 t=12 n=1']);
    expect(send(40, { t: 75, v: 0 })).toEqual([]);
  });
});

describe('time', () => {
  const delayed = [ruleOf([levelOf('red', 4, { onDelayMs: 15 * S, offDelayMs: 15 * S })])];

  test('a tick completes an on-delay at t0 + D while the value holds', () => {
    const { now, tick, verdicts } = bench(undefined, delayed);
    expect(now(10, 5)).toEqual(['pending normal t0=10 t=10 n=1']);
    expect(verdicts[0]).toMatchObject({ pendingLevel: 'red', dueAt: T + 25 * S });
    expect(tick(25)).toEqual([]);
    expect(tick(26)).toEqual(['active red t0=10 t=25 n=1 tick']);
    expect(tick(30)).toEqual([]);
  });

  test('the same raise is recorded whether a tick or the next reading notices it', () => {
    const { now } = bench(undefined, delayed);
    now(10, 5);
    expect(now(30, 5)).toEqual(['active red t0=10 t=25 n=1 tick']);
  });

  test('beyond maxGap a value is not held: no raise', () => {
    const { now, tick } = bench(undefined, [ruleOf([levelOf('red', 4, { onDelayMs: 60 * S })], { maxGapMs: 20 * S })]);
    now(10, 5);
    expect(tick(120)).toEqual(['stale active yellow t0=10 t=40 n=1 tick', 'pending normal t0=10 t=40 n=1 data_stale']);
    expect(now(130, 5)).toEqual([
      'stale normal normal t0=10 t=130 n=1',
      'pending normal t0=10 t=130 n=1 data_back',
      'normal normal t0=10 t=130 n=1',
      'pending normal t0=130 t=130 n=2',
    ]);
  });

  test('with hold, an on-delay goes on through silence', () => {
    const { now, tick } = bench(undefined, [ruleOf([levelOf('red', 4, { onDelayMs: 120 * S })], { quality: 'hold' })]);
    now(10, 5);
    tick(60);
    expect(tick(131)).toEqual(['active red t0=10 t=130 n=1 tick']);
  });

  test('R-14 / I4 silence never ends a recovery; a gap starts it anew', () => {
    const { now, tick } = bench(undefined, delayed);
    now(10, 5);
    now(20, 5);
    now(30, 5);
    expect(now(40, 0)).toEqual(['recovering red t0=10 t=40 n=1']);
    expect(tick(60)).toEqual([]);
    expect(tick(600)).toEqual(['stale active yellow t0=40 t=70 n=1 tick', 'recovering red t0=10 t=70 n=1 data_stale']);
    expect(now(610, 0).slice(1)).toEqual(['recovering red t0=10 t=610 n=1 data_back']);
    expect(now(620, 0)).toEqual([]);
    expect(now(630, 0)).toEqual(['normal normal t0=10 t=625 n=1']);
  });

  test('R-14 bad and maintenance freeze, and do not count for an off-delay', () => {
    const { now } = bench(undefined, delayed);
    now(10, 5);
    now(30, 5);
    now(40, 0);
    expect(now(45, 0, { q: 'bad' })).toEqual(['recovering red t0=10 t=45 n=1 data_stale']);
    expect(now(50, 0, { q: 'maintenance' })).toEqual(['recovering red t0=10 t=50 n=1 data_stale']);
    expect(now(60, 0)).toEqual(['recovering red t0=10 t=60 n=1 data_back']);
    expect(now(65, 0)).toEqual([]);
    expect(now(70, 0)).toEqual(['normal normal t0=10 t=70 n=1']);
  });

  test('an outage of our own is not silence of the devices', () => {
    const { now, up, tick } = bench(undefined, delayed);
    now(10, 5);
    expect(up(3600)).toEqual([]);
    expect(tick(3610)).toEqual([]);
    expect(tick(3631)).toContain('stale active yellow t0=3600 t=3630 n=1 tick');
  });
});

describe('old, late and shuffled readings', () => {
  test('an old episode that ended is one retro verdict; one that stands goes live once with its true t0', () => {
    const { send, up } = bench();
    up(9_990);
    expect(send(10_000, { t: 100, v: 3 }, { t: 110, v: 4 }, { t: 120, v: 0 }, { t: 5_000, v: 2 })).toEqual([
      'retro normal normal peak red t0=100 t=120 n=1 ended=120',
    ]);
    expect(send(10_001, { t: 9_000, v: 3 })).toEqual([]);
    expect(send(10_002, { t: 9_990, v: 3 })).toEqual(['active orange t0=5000 t=9000 n=2']);
    expect(send(10_003, { t: 10_003, v: 0 })).toEqual(['normal normal t0=5000 t=10003 n=2']);
  });

  test('old readings never end a live alarm; the first live one tells the net state', () => {
    const { now, send } = bench();
    expect(now(10, 4)).toEqual(['active red t0=10 t=10 n=1']);
    expect(send(9_999, { t: 20, v: 0 }, { t: 30, v: 2 })).toEqual([
      'stale active yellow t0=10 t=40 n=1 tick',
      'active red t0=10 t=40 n=1 data_stale',
      'stale normal normal t0=10 t=9999 n=1',
    ]);
    expect(now(10_000, 2)).toEqual([
      'active red t0=10 t=10000 n=1 data_back',
      'normal normal t0=10 t=20 n=1',
      'active yellow t0=30 t=30 n=2',
    ]);
  });

  test('an old episode that stands when the burst is over is recorded, not raised', () => {
    const { send, tick, up } = bench();
    up(9_990);
    expect(send(10_000, { t: 100, v: 4 })).toEqual([]);
    expect(tick(10_011)).toEqual(['retro normal red peak red t0=100 t=100 n=1']);
    expect(tick(10_012)).toEqual([]);
    expect(send(10_013, { t: 110, v: 0 })).toEqual(['retro normal normal peak red t0=100 t=110 n=1 ended=110']);
  });

  test('late readings make retro records of their own and touch nothing live (R-14)', () => {
    const { now, send } = bench();
    now(100, 2);
    expect(send(101, { t: 50, v: 4 })).toEqual(['retro normal red peak red t0=50 t=50 n=1']);
    expect(send(102, { t: 60, v: 0 })).toEqual(['retro normal normal peak red t0=50 t=60 n=1 ended=60']);
    expect(send(103, { t: 40, v: 3 }, { t: 45, v: 4 })).toEqual([
      'retro normal orange peak orange t0=40 t=40 n=2',
      'retro normal red peak red t0=40 t=45 n=2',
    ]);
    expect(now(110, 2)).toEqual([]);
  });

  const shuffled = bench([pointOf('p', { reorderMs: 20 * S })], [ruleOf(four.slice(0, 3))]);
  test('inside the reorder window order of arrival does not matter', () => {
    const sorted = bench([pointOf('p', { reorderMs: 20 * S })], [ruleOf(four.slice(0, 3))]);
    const values = [
      [10, 1],
      [14, 2],
      [18, 0],
      [22, 3],
      [26, 0],
    ] as const;
    values.forEach(([t, v], i) => sorted.send(26 + i, { t, v }));
    [2, 0, 1, 4, 3].forEach((k, i) => shuffled.send(26 + i, { t: values[k]![0], v: values[k]![1] }));
    sorted.tick(55);
    shuffled.tick(55);
    expect(shuffled.verdicts.map(line)).toEqual(sorted.verdicts.map(line));
    expect(sorted.verdicts).toHaveLength(5);
  });

  test('inside the reorder window no order of arrival, no batch and no tick changes an id', () => {
    const levels = [
      levelOf('blue', 1, { deadband: 0.5 }),
      levelOf('yellow', 2, { onDelayMs: 9 * S, offDelayMs: 5 * S }),
      levelOf('orange', 3, { onCount: 2 }),
    ];
    const windowed = (): Bench => bench([pointOf('p', { reorderMs: 20 * S, intervalMs: 100 * S })], [ruleOf(levels)]);
    const history = fc.array(
      fc.record({ v: fc.integer({ min: 0, max: 16 }), delay: fc.integer({ min: 0, max: 19 }), together: fc.boolean() }),
      { minLength: 2, maxLength: 40 },
    );
    fc.assert(
      fc.property(history, (entries) => {
        const sent = entries.map(({ v, delay, together }, i) => ({ t: 10 + 4 * i, v: v / 4, arrival: 10 + 4 * i + delay, together }));
        const sorted = windowed();
        for (const { t, v } of sent) sorted.send(t + 0.5, { t, v });
        const shuffled = windowed();
        const byArrival = [...sent].sort((a, b) => a.arrival - b.arrival || b.t - a.t);
        let message: Sent[] = [];
        byArrival.forEach((one, i) => {
          message.push(one);
          if (one.together && byArrival[i + 1]?.arrival === one.arrival) return;
          shuffled.send(one.arrival, ...message);
          if (i % 3 === 0) shuffled.tick(one.arrival);
          message = [];
        });
        for (const each of [sorted, shuffled]) each.tick(10 + 4 * entries.length + 100);
        const ids = (verdicts: readonly Verdict[]): string[] => verdicts.filter(({ key }) => key.kind === 'threshold').map(({ id }) => id);
        expect(ids(shuffled.verdicts)).toEqual(ids(sorted.verdicts));
      }),
      { numRuns: 200 },
    );
  });

  test('red does not wait in the window; t0 is the earliest breach held, and nothing is told twice', () => {
    const { send, tick } = bench([pointOf('p', { reorderMs: 20 * S })]);
    expect(send(10, { t: 8, v: 2 })).toEqual([]);
    expect(send(11, { t: 10, v: 5 })).toEqual(['active red t0=8 t=10 n=1']);
    expect(send(12, { t: 6, v: 1 })).toEqual([]);
    expect(send(13, { t: 12, v: 2 })).toEqual([]);
    expect(tick(40)).toEqual(['active yellow t0=8 t=12 n=1']);
  });

  const windowed = pointOf('p', { reorderMs: 20 * S, intervalMs: 100 * S });
  const twice = [ruleOf([levelOf('yellow', 2), levelOf('red', 4, { onCount: 2 })])];

  test('S4 red told ahead and refuted when its turn comes falls at its own time, never before', () => {
    const { send, tick } = bench([windowed], twice);
    send(10, { t: 2, v: 2 });
    expect(tick(40)).toEqual(['active yellow t0=2 t=2 n=1']);
    expect(send(41, { t: 30, v: 5 })).toEqual([]);
    expect(send(42, { t: 34, v: 5 })).toEqual(['active red t0=2 t=34 n=1']);
    expect(send(43, { t: 32, v: 2 })).toEqual([]);
    expect(tick(63)).toEqual(['active yellow t0=2 t=34 n=1']);
  });

  test('S4 red told ahead of a ladder that is calm when its turn comes ends, and counts on', () => {
    const { send, tick, now } = bench([windowed], [ruleOf([levelOf('red', 4, { onCount: 2 })])]);
    send(10, { t: 6, v: 5 });
    expect(send(11, { t: 10, v: 5 })).toEqual(['active red t0=6 t=10 n=1']);
    expect(send(12, { t: 8, v: 0 })).toEqual([]);
    expect(tick(35)).toEqual(['normal normal t0=6 t=10 n=1', 'pending normal t0=10 t=10 n=2']);
    expect(now(36, 0)).toEqual([]);
  });

  test('S4 a rule that leaves and comes back does not judge again what was held', () => {
    const { send, activate, tick } = bench([windowed]);
    expect(send(10, { t: 10, v: 5 })).toEqual(['active red t0=10 t=10 n=1']);
    expect(activate(11, { rules: [ruleOf(four, { version: 2, enabled: false })] })).toEqual(['normal normal t0=10 t=10 n=1 rule_removed']);
    expect(activate(12, { rules: [ruleOf(four, { version: 3 })] })).toEqual([]);
    expect(tick(39)).toEqual([]);
  });

  test('L7 a fall at an event time that a tick has already passed is recorded after the raise', () => {
    const { now, send, tick } = bench(undefined, [ruleOf([levelOf('red', 4, { onDelayMs: 15 * S })])]);
    now(10, 5);
    expect(tick(26)).toEqual(['active red t0=10 t=25 n=1 tick']);
    expect(send(27, { t: 20, v: 0 })).toEqual(['normal normal t0=10 t=25.001 n=1']);
  });
});

describe('health', () => {
  test('stale from the last arrival, for points that never reported from activation; H2', () => {
    const { now, tick } = bench([pointOf('p'), pointOf('q', { intervalMs: 60 * S })], []);
    now(10, 1);
    expect(tick(40)).toEqual([]);
    expect(tick(41)).toEqual(['stale active yellow t0=10 t=40 n=1 tick']);
    expect(tick(181)).toEqual(['stale active yellow t0=0 t=180 n=1 tick']);
    expect(now(190, 1)).toEqual(['stale normal normal t0=10 t=190 n=1']);
  });

  test('out of range at once, until a good reading inside', () => {
    const { now, verdicts } = bench(undefined, []);
    expect(now(10, 200, { q: 'bad', flags: ['outOfRange'] })).toEqual(['out_of_range active orange t0=10 t=10 n=1']);
    expect(now(20, 1, { q: 'uncertain' })).toEqual([]);
    expect(now(30, 1)).toEqual(['out_of_range normal normal t0=10 t=30 n=1']);
    expect(verdicts[0]).toMatchObject({ key: { ruleId: 'health:p' }, value: 200, reason: { en: '200 U outside the range 0…100 U' } });
  });

  test('clock skew by the median of a few, not by an upload of old data', () => {
    const { send, up } = bench([pointOf('p', { liveHorizonMs: 3_600 * S })], []);
    up(990);
    for (let i = 0; i < 50; i += 1) expect(send(1_000 + i * 0.01, { t: i * 10, v: 1 })).toEqual([]);
    const told = [0, 1, 2, 3].flatMap((i) => send(1_010 + i * 10, { t: 500 + i * 10, v: 1 }));
    expect(told).toEqual(['clock_skew active yellow t0=510 t=510 n=1']);
    expect([4, 5, 6, 7].flatMap((i) => send(1_010 + i * 10, { t: 1_010 + i * 10, v: 1 }))).toEqual([
      'clock_skew normal normal t0=510 t=1070 n=1',
    ]);
  });

  test('flatline after its time, ended by a value that moves', () => {
    const rule: HealthRule = {
      id: 'h',
      version: 1,
      kind: 'health',
      enabled: true,
      scope: { pointIds: ['p'] },
      flatline: { forMs: 30 * S, range: 0.1, level: 'blue' },
    };
    const { now } = bench(undefined, [rule]);
    expect([10, 20, 30].flatMap((at) => now(at, 1))).toEqual([]);
    expect(now(40, 1.05)).toEqual(['flatline active blue t0=10 t=40 n=1']);
    expect(now(50, 1)).toEqual([]);
    expect(now(60, 2)).toEqual(['flatline normal normal t0=10 t=60 n=1']);
  });
});

describe('rules change (AS 3.7, R-16)', () => {
  test('threshold edit: judged anew on the next good sample, as rule_changed until it is over', () => {
    const { now, activate } = bench(undefined, [ruleOf([levelOf('red', 4, { offDelayMs: 10 * S })])]);
    now(10, 5);
    expect(activate(15, { rules: [ruleOf([levelOf('red', 6, { offDelayMs: 10 * S })], { version: 2 })] })).toEqual([]);
    expect(now(20, 5, { q: 'uncertain' })).toEqual([]);
    expect(now(25, 5)).toEqual(['recovering red t0=10 t=25 n=1 rule_changed']);
    expect(now(35, 5)).toEqual(['normal normal t0=10 t=35 n=1 rule_changed']);
  });

  test('threshold edit under which the alarm still stands: said once, with the limit that judges now', () => {
    const { now, activate, verdicts } = bench(undefined, [ruleOf([levelOf('red', 4)])]);
    now(10, 8);
    activate(15, { rules: [ruleOf([levelOf('red', 6)], { version: 2 })] });
    expect(now(20, 8, { q: 'uncertain' })).toEqual([]);
    expect(now(25, 8)).toEqual(['active red t0=10 t=25 n=1 rule_changed']);
    expect(verdicts.at(-1)).toMatchObject({ ruleVersion: 2, reason: { zh: expect.stringContaining('≥ 6') as unknown } });
    expect(now(35, 8)).toEqual([]);
    expect(now(45, 0)).toEqual(['normal normal t0=10 t=45 n=1']);
  });

  test('timing edit keeps t0', () => {
    const { now, tick, activate } = bench(undefined, [ruleOf([levelOf('red', 4, { onDelayMs: 600 * S })], { maxGapMs: 600 * S })]);
    now(10, 5);
    activate(12, { rules: [ruleOf([levelOf('red', 4, { onDelayMs: 10 * S })], { version: 2, maxGapMs: 600 * S })] });
    expect(tick(21)).toEqual(['active red t0=10 t=20 n=1 tick']);
  });

  test.each<[string, Partial<Activation>, string]>([
    ['removed', { removedRuleIds: ['r'] }, 'rule_removed'],
    ['disabled', { rules: [ruleOf(four, { version: 2, enabled: false })] }, 'rule_removed'],
    ['out of scope', { rules: [ruleOf(four, { version: 2, scope: { pointIds: ['other'] } })] }, 'rule_removed'],
    ['another side', { rules: [ruleOf(four, { version: 2, side: 'low' })] }, 'rule_removed'],
    ['point removed', { removedPointIds: ['p'] }, 'point_removed'],
  ])('%s: one normal', (_name, change, trigger) => {
    const { now, activate, tick } = bench();
    now(10, 5);
    expect(activate(15, change)).toEqual([`normal normal t0=10 t=10 n=1 ${trigger}`]);
    expect(tick(16)).toEqual([]);
  });

  test('limits that change as versions: the colour of each day is exact (ruling 24)', () => {
    const day = 86_400;
    const { send, activate } = bench(
      [pointOf('p', { liveHorizonMs: null, intervalMs: day * S })],
      [ruleOf([levelOf('blue', 1), levelOf('orange', 3)])],
    );
    activate(1, { rules: [ruleOf([levelOf('blue', 2), levelOf('orange', 4)], { version: 2, validFrom: T + 2 * day * S })] });
    activate(2, { rules: [ruleOf([levelOf('blue', 3), levelOf('orange', 5)], { version: 3, validFrom: T + 4 * day * S })] });
    expect(
      [1, 2, 3, 4, 5].map((d) =>
        send(6 * day, { t: d * day, v: 3 })
          .at(-1)
          ?.split(' ')
          .slice(0, 2)
          .join(' '),
      ),
    ).toEqual(['active orange', 'active blue', undefined, 'active blue', undefined]);
    expect(send(6 * day, { t: 6 * day, v: 5 })).toEqual([`active orange t0=${day} t=${6 * day} n=1`]);
  });

  test('a health rule replaces the implicit one, which ends as removed', () => {
    const { tick, activate } = bench(undefined, []);
    tick(31);
    const rule: HealthRule = {
      id: 'h',
      version: 1,
      kind: 'health',
      enabled: true,
      scope: { pointIds: ['p'] },
      stale: { afterMs: 100 * S, level: 'red' },
    };
    expect(activate(40, { rules: [rule] })).toEqual(['stale normal normal t0=0 t=40 n=1 rule_removed']);
    expect(tick(101)).toEqual(['stale active red t0=0 t=100 n=1 tick']);
    expect(activate(110, { removedRuleIds: ['h'] })).toEqual(['stale normal normal t0=0 t=110 n=1 rule_removed']);
  });
});
