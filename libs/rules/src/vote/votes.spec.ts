import type { PointSpec, Rule, VoteRule } from '@anlan/contracts';
import { createEngine } from '../engine.js';
import { parseRule } from '../parse-rule.js';
import { bench, digest, four, levelOf, line, pointOf, ruleOf, S, T, type Bench } from '../testing/bench.js';

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `p${i + 1}`);
const pointsOf = (count: number, more: (i: number) => Partial<PointSpec> = () => ({})): readonly PointSpec[] =>
  names(count).map((id, i) => pointOf(id, { deviceId: `d${i + 1}`, ...more(i) }));

function voteOf(count: number, body: object, { id = 'vote', version = 1 }: Readonly<{ id?: string; version?: number }> = {}): VoteRule {
  const points = new Map(names(count).map((name) => [name, { intervalMs: 10 * S }] as const));
  const parsed = parseRule({ id, kind: 'vote', pointIds: names(count), ...body }, { path: '/rules/0', version, points });
  if ('faults' in parsed || parsed.rule.kind !== 'vote') throw new Error(JSON.stringify(parsed));
  return parsed.rule;
}

const ladder = (count: number): Rule => ruleOf(four, { scope: { pointIds: names(count) } });
const tailings = {
  rollup: [
    { need: 4, of: 'blue', gives: 'yellow' },
    { need: 3, of: 'yellow', gives: 'orange' },
    { need: 2, of: 'orange', gives: 'red' },
  ],
};
/** Steps of values 0…4 shown by p1, p2 …, all sent at one time. */
const show = (day: Bench, at: number, ...ranks: readonly number[]): readonly string[] => {
  const before = day.verdicts.length;
  day.send(at, ...ranks.map((v, i) => ({ t: at, v, pointId: `p${i + 1}` })));
  return votesIn(day, before);
};
const votesIn = (day: Bench, from = 0): readonly string[] =>
  day.verdicts.slice(from).flatMap((verdict) => (verdict.key.ruleId.startsWith('vote') ? [line(verdict)] : []));

describe('the roll-up of a tailings pond (GB 39496-2020 5.5.4)', () => {
  const day = (count = 6): Bench => bench(pointsOf(count), [ladder(count), voteOf(count, tailings)]);

  test('four blue give yellow, three yellow give orange, two orange give red', () => {
    const dam = day();
    expect(show(dam, 10, 1, 1, 1, 0, 0, 0)).toEqual([]);
    expect(show(dam, 20, 1, 1, 1, 1, 0, 0)).toEqual(['vote active yellow t0=20 t=20 n=1']);
    expect(show(dam, 30, 2, 2, 2, 1, 0, 0)).toEqual(['vote active orange t0=20 t=30 n=1']);
    expect(show(dam, 40, 3, 3, 2, 1, 0, 0)).toEqual(['vote active red t0=20 t=40 n=1']);
    expect(show(dam, 50, 0, 0, 0, 0, 0, 0)).toEqual(['vote normal normal t0=20 t=50 n=1']);
  });

  test('a graver member counts for milder needs', () => {
    expect(show(day(), 10, 4, 1, 1, 1, 0, 0)).toEqual(['vote active yellow t0=10 t=10 n=1']);
  });

  test('the alarm stands at the first member, or at the place that is named, and says who and why', () => {
    const dam = day();
    show(dam, 10, 1, 1, 1, 1);
    expect(dam.verdicts.at(-1)?.key).toEqual({ pointId: 'p1', ruleId: 'vote', kind: 'vote' });
    expect(dam.verdicts.at(-1)?.reason.zh).toBe('至少 4 个达到蓝色及以上，判为黄色：p1、p2、p3、p4');
    const named = bench(pointsOf(4), [ladder(4), voteOf(4, { ...tailings, at: 'p4' })]);
    show(named, 10, 1, 1, 1, 1);
    expect(named.verdicts.at(-1)?.key.pointId).toBe('p4');
  });
});

test('V1: from point to item to pond in one record', () => {
  const item = (id: string, pointIds: readonly string[]): Rule => ({
    ...voteOf(8, { ...tailings, at: pointIds[0] }, { id }),
    scope: { pointIds },
  });
  const pond = voteOf(8, { items: ['vote-a', 'vote-b'], rollup: [{ need: 2, of: 'yellow', gives: 'orange' }], at: 'p8' }, { id: 'vote-0' });
  const dam = bench(pointsOf(8), [ladder(8), item('vote-a', names(4)), item('vote-b', names(8).slice(4)), pond]);
  expect(show(dam, 10, 1, 1, 1, 1, 1, 1, 1, 0)).toEqual(['vote active yellow t0=10 t=10 n=1']);
  expect(show(dam, 20, 1, 1, 1, 1, 1, 1, 1, 1)).toEqual(['vote active yellow t0=20 t=20 n=1', 'vote active orange t0=20 t=20 n=1']);
  expect(dam.verdicts.at(-1)?.reason.en).toBe('at least 2 at yellow or graver give orange: vote-a, vote-b');
  expect(show(dam, 30, 0, 1, 1, 1, 1, 1, 1, 1)).toEqual(['vote normal normal t0=10 t=30 n=1', 'vote normal normal t0=20 t=30 n=1']);
});

describe('k of n', () => {
  test('the level is what k members confirm', () => {
    const day = bench(pointsOf(3), [ladder(3), voteOf(3, { k: 2 })]);
    expect(show(day, 10, 4, 0, 0)).toEqual([]);
    expect(show(day, 20, 4, 2, 0)).toEqual(['vote active yellow t0=20 t=20 n=1']);
    expect(show(day, 30, 4, 3, 3)).toEqual(['vote active orange t0=20 t=30 n=1']);
  });

  test.each([
    ['gateway', (i: number) => ({ gatewayId: i < 2 ? 'gw-1' : 'gw-2' })],
    ['gateway', (i: number) => ({ domainOf: i < 2 ? 'north' : 'south' })],
    ['device', (i: number) => ({ deviceId: i < 2 ? 'd-1' : 'd-2' })],
  ] as const)('members that share a %s count once', (domains, shares) => {
    const day = bench(pointsOf(3, shares), [ladder(3), voteOf(3, { k: 2, domains })]);
    expect(show(day, 10, 4, 4, 0)).toEqual([]);
    expect(show(day, 20, 4, 4, 4)).toEqual(['vote active red t0=20 t=20 n=1']);
  });

  test('only the rules that are named count', () => {
    const other = ruleOf([levelOf('red', 1)], { id: 'other', scope: { pointIds: names(2) } });
    const day = bench(pointsOf(2), [ladder(2), other, voteOf(2, { k: 2, rules: ['r'] })]);
    expect(show(day, 10, 2, 2)).toEqual(['vote active yellow t0=10 t=10 n=1']);
  });

  test('a level seen within the window counts as if it stood', () => {
    const day = bench(pointsOf(2), [ladder(2), voteOf(2, { k: 2, window: '60s' })]);
    expect(show(day, 10, 2, 0)).toEqual([]);
    expect(show(day, 20, 0, 0)).toEqual([]);
    expect(show(day, 60, 0, 2)).toEqual(['vote active yellow t0=60 t=60 n=1']);
    const before = day.verdicts.length;
    day.send(70, { t: 70, v: 0, pointId: 'p1' }, { t: 70, v: 2, pointId: 'p2' });
    day.send(81, { t: 81, v: 0, pointId: 'p1' }, { t: 81, v: 2, pointId: 'p2' });
    expect(votesIn(day, before)).toEqual(['vote normal normal t0=60 t=81 n=1']);
  });

  test('V2: delays of the vote run by time alone', () => {
    const day = bench(pointsOf(2), [ladder(2), voteOf(2, { k: 2, onDelay: '15s', offDelay: '10s' })]);
    expect(show(day, 10, 2, 2)).toEqual(['vote pending normal t0=10 t=10 n=1']);
    const before = day.verdicts.length;
    for (let at = 11; at < 30; at += 1) day.tick(at);
    expect(votesIn(day, before)).toEqual(['vote active yellow t0=10 t=25 n=1 tick']);
    show(day, 30, 0, 0);
    for (let at = 31; at < 45; at += 1) day.tick(at);
    expect(votesIn(day).slice(-2)).toEqual(['vote recovering yellow t0=10 t=30 n=1', 'vote normal normal t0=10 t=40 n=1']);
  });
});

describe('V3: who is lost', () => {
  const quiet = (day: Bench, from: number, to: number, ...ids: readonly [string, number][]): void => {
    for (let at = from; at <= to; at += 10) day.send(at, ...ids.map(([pointId, v]) => ({ t: at, v, pointId })));
  };

  test('leaves the vote; while the rest can reach nothing this is said, and nothing falls', () => {
    const day = bench(pointsOf(3), [ladder(3), voteOf(3, { k: 2 })]);
    expect(show(day, 10, 2, 2, 0)).toEqual(['vote active yellow t0=10 t=10 n=1']);
    quiet(day, 20, 50, ['p2', 2]);
    expect(votesIn(day).slice(1)).toEqual(['stale active yellow t0=50 t=50 n=1', 'vote active yellow t0=10 t=50 n=1 data_stale']);
    expect(day.verdicts.find(({ key }) => key.ruleId === 'vote' && key.kind === 'stale')?.reason.zh).toBe('无法表决：可信测点 1/3');
    quiet(day, 60, 100, ['p2', 0]);
    expect(votesIn(day)).toHaveLength(3);
    expect(show(day, 110, 0, 0, 0)).toEqual([
      'stale normal normal t0=50 t=110 n=1',
      'vote active yellow t0=10 t=110 n=1 data_back',
      'vote normal normal t0=10 t=110 n=1',
    ]);
  });

  test('holds a level that only the lost may still have', () => {
    const day = bench(pointsOf(4), [ladder(4), voteOf(4, { k: 2 })]);
    show(day, 10, 2, 2, 0, 0);
    quiet(day, 20, 60, ['p2', 2], ['p3', 0], ['p4', 0]);
    expect(votesIn(day)).toEqual(['vote active yellow t0=10 t=10 n=1']);
    expect(show(day, 70, 0, 2, 0, 0)).toEqual(['vote normal normal t0=10 t=70 n=1']);
  });

  test('is said when only a part of the table is out of reach, and the rest still votes', () => {
    const dam = bench(pointsOf(4), [ladder(4), voteOf(4, tailings)]);
    show(dam, 10, 0, 0, 0, 0);
    quiet(dam, 20, 50, ['p1', 0], ['p2', 0]);
    expect(votesIn(dam)).toEqual(['stale active yellow t0=50 t=50 n=1']);
    expect(show(dam, 60, 3, 3)).toEqual(['vote active red t0=60 t=60 n=1']);
  });

  test('who was never heard of is waited for until it counts as silent', () => {
    const day = bench(pointsOf(2), [ladder(2), voteOf(2, { k: 2 })]);
    day.send(5, { t: 5, v: 0, pointId: 'p1' });
    expect(votesIn(day)).toEqual([]);
    day.send(31, { t: 31, v: 0, pointId: 'p1' });
    expect(votesIn(day)).toEqual(['stale active yellow t0=31 t=31 n=1']);
  });
});

describe('conditions', () => {
  const drop = { point: 'p1', side: 'low', at: 10 };
  const rise = { point: 'p2', at: 50 };
  const day = (when: object, rules: readonly Rule[] = []): Bench => bench(pointsOf(3), [...rules, voteOf(3, { when, gives: 'orange' })]);

  test('pressure falls while flow rises', () => {
    const pipe = day({ all: [drop, rise] });
    expect(show(pipe, 10, 20, 60, 0)).toEqual([]);
    expect(show(pipe, 20, 5, 40, 0)).toEqual([]);
    expect(show(pipe, 30, 5, 60, 0)).toEqual(['vote active orange t0=30 t=30 n=1']);
    expect(show(pipe, 40, 20, 60, 0)).toEqual(['vote normal normal t0=30 t=40 n=1']);
  });

  test.each([
    [{ any: [drop, rise] }, [5, 0, 0], true],
    [{ not: drop }, [20, 0, 0], true],
    [{ not: drop }, [5, 0, 0], false],
    [{ atLeast: 2, of: [drop, rise, { point: 'p3', at: 1 }] }, [5, 0, 1], true],
    [{ atLeast: 2, of: [drop, rise, { point: 'p3', at: 1 }] }, [5, 0, 0], false],
  ])('%j of %j is %p', (when, values, expected) => {
    expect(show(day(when), 10, ...values).length > 0).toBe(expected);
  });

  test('a leaf may be the level that a rule shows', () => {
    const pipe = day({ all: [{ rule: 'r', point: 'p1', level: 'orange' }, rise] }, [ladder(3)]);
    expect(show(pipe, 10, 2, 60, 0)).toEqual([]);
    expect(show(pipe, 20, 3, 60, 0)).toEqual(['vote active orange t0=20 t=20 n=1']);
  });

  test('of a rule that judges no member, any point at the site counts; a rule that is not there can never be voted on', () => {
    const flow = ruleOf([levelOf('blue', 50)], { id: 'flow', scope: { pointIds: ['p9'] } });
    const when = { all: [{ rule: 'r', level: 'yellow' }, { rule: 'flow' }] };
    const pipe = bench([...pointsOf(3), pointOf('p9')], [ladder(3), flow, voteOf(3, { when, gives: 'red' })]);
    expect(show(pipe, 10, 2, 0, 0)).toEqual([]);
    const before = pipe.verdicts.length;
    pipe.send(20, { t: 20, v: 60, pointId: 'p9' });
    expect(votesIn(pipe, before)).toEqual(['vote active red t0=20 t=20 n=1']);
    pipe.activate(21, { rules: [{ ...flow, version: 2, enabled: false }] });
    expect(votesIn(pipe).slice(1)).toEqual(['stale active yellow t0=21 t=21 n=1', 'vote active red t0=20 t=21 n=1 data_stale']);
    const lost = bench(pointsOf(3), [ladder(3), voteOf(3, { when, gives: 'red' })]);
    expect(show(lost, 10, 2, 0, 0)).toEqual([]);
    expect(votesIn(lost)).toEqual(['stale active yellow t0=0 t=0 n=1']);
  });

  test('V3: what cannot be known is said, and neither raises nor clears', () => {
    const pipe = day({ all: [drop, rise] });
    show(pipe, 10, 5, 60, 0);
    pipe.send(20, { t: 20, v: 5, pointId: 'p1' }, { t: 20, v: 60, q: 'bad', pointId: 'p2' });
    expect(votesIn(pipe).slice(1)).toEqual(['stale active yellow t0=20 t=20 n=1', 'vote active orange t0=10 t=20 n=1 data_stale']);
    pipe.send(30, { t: 30, v: 20, pointId: 'p1' });
    expect(votesIn(pipe).slice(3)).toEqual([
      'stale normal normal t0=20 t=30 n=1',
      'vote active orange t0=10 t=30 n=1 data_back',
      'vote normal normal t0=10 t=30 n=1',
    ]);
  });
});

describe('life of a vote', () => {
  test('an edited table ends what stood and votes anew; a removed vote ends', () => {
    const day = bench(pointsOf(3), [ladder(3), voteOf(3, { k: 2 })]);
    show(day, 10, 2, 2, 2);
    day.activate(11, { rules: [voteOf(3, { k: 3 }, { version: 2 })] });
    expect(votesIn(day).slice(1)).toEqual(['vote normal normal t0=10 t=10 n=1 rule_removed', 'vote active yellow t0=11 t=11 n=2']);
    day.activate(12, { removedRuleIds: ['vote'] });
    expect(votesIn(day).slice(3)).toEqual(['vote normal normal t0=11 t=11 n=2 rule_removed']);
    expect(show(day, 20, 4, 4, 4)).toEqual([]);
  });

  test('G2: an engine restored at any record goes on as the first', () => {
    const rules = [
      ladder(4),
      voteOf(4, { ...tailings, window: '25s', onDelay: '5s' }),
      voteOf(4, { items: ['vote'], k: 1, at: 'p3' }, { id: 'vote-2' }),
    ];
    const day = bench(pointsOf(4), rules);
    const steps = [[1, 1, 1, 1], [2, 2, 2, 0], [3, 3, 0, 0], [], [0, 0, 0, 0], [1, 1, 1, 1], [], [], [0, 0, 0, 4]];
    for (let i = 0; i < 60; i += 1) {
      const ranks = steps[Math.floor(i / 6) % steps.length] ?? [];
      if (i % 3 > 0 || ranks.length === 0) day.tick(10 + i * 4);
      else show(day, 10 + i * 4, ...ranks);
    }
    const activations = day.log.flatMap((one) => one.activations);
    expect(votesIn(day).length).toBeGreaterThan(8);
    for (let cut = 1; cut < day.log.length; cut += 7) {
      const first = createEngine({ partition: 0, digest });
      const entries = new Map<string, string>();
      const told = day.log.slice(0, cut).flatMap(({ at, value, activations: fresh }, offset) => first.step({ offset, at, value }, fresh));
      for (const [key, text] of first.changes().put) entries.set(key, text);
      const second = createEngine({ partition: 0, digest });
      second.restore(entries, activations);
      const rest = day.log.slice(cut).flatMap(({ at, value, activations: fresh }, i) => second.step({ offset: cut + i, at, value }, fresh));
      expect([...told, ...rest]).toEqual(day.verdicts);
    }
  });
});

test('T of the story: times are those of the log', () => {
  const day = bench(pointsOf(2), [ladder(2), voteOf(2, { k: 2 })]);
  show(day, 10, 2, 2);
  expect(day.verdicts.at(-1)).toMatchObject({ at: T + 10 * S, t: T + 10 * S, siteId: 's' });
});
