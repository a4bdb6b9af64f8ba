import type { Derived, LevelStep, Rule } from '@anlan/contracts';
import { lessenedLevels, restOnFormula } from './lessening.js';
import { parseRule } from './parse-rule.js';
import type { Laddered } from './laddered.js';

const step = (level: LevelStep['level'], limits: Partial<LevelStep>): LevelStep => ({
  level,
  deadband: 0,
  onDelayMs: 0,
  offDelayMs: 0,
  onCount: 1,
  offCount: 1,
  latching: false,
  ...limits,
});
const BASE: Laddered = {
  id: 'r',
  version: 1,
  kind: 'threshold',
  enabled: true,
  scope: { pointIds: ['a', 'b'] },
  side: 'high',
  quality: 'pause',
  levels: [step('yellow', { at: 1 }), step('orange', { at: 2 }), step('red', { at: 3 })],
};
const with_ = (change: Partial<Laddered>): Rule => ({ ...BASE, ...change }) as Rule;
const lessened = (was: Rule, is: Rule | null) => lessenedLevels([was], is && [is]);
const at = (orange: number, red: number): Rule => with_({ levels: [step('orange', { at: orange }), step('red', { at: red })] });

test('raising a limit, taking one away, disabling and removing are told, each with the levels that it weakens', () => {
  expect(lessened(BASE as Rule, at(2, 3.5))).toEqual(['red']);
  expect(lessened(BASE as Rule, at(2.5, 3.5))).toEqual(['orange', 'red']);
  expect(lessened(BASE as Rule, with_({ levels: BASE.levels.slice(0, 2) }))).toEqual(['red']);
  expect(lessened(BASE as Rule, with_({ enabled: false }))).toEqual(['orange', 'red']);
  expect(lessened(BASE as Rule, with_({ scope: { pointIds: ['a'] } }))).toEqual(['orange', 'red']);
  expect(lessened(BASE as Rule, with_({ side: 'low' }))).toEqual(['orange', 'red']);
  expect(lessened(BASE as Rule, with_({ modes: ['normal'] }))).toEqual(['orange', 'red']);
  expect(lessened(BASE as Rule, null)).toEqual(['orange', 'red']);
});

test('lowering a limit, adding one, wider scope, milder levels and other texts are not', () => {
  expect(lessened(BASE as Rule, at(1.5, 2.5))).toEqual([]);
  expect(lessened(BASE as Rule, with_({ levels: [step('yellow', { at: 1.9 }), ...BASE.levels.slice(1)] }))).toEqual([]);
  expect(lessened(BASE as Rule, with_({ scope: { pointIds: ['a', 'b', 'c'] }, name: 'n' }))).toEqual([]);
  expect(lessened(with_({ modes: ['normal'] }), BASE as Rule)).toEqual([]);
  expect(lessened(with_({ levels: BASE.levels.slice(0, 1) }), null)).toEqual([]);
  expect(lessened(with_({ enabled: false }), null)).toEqual([]);
  const health: Rule = { id: 'h', version: 1, kind: 'health', enabled: true, scope: { pointIds: ['a'] } };
  expect(lessened(health, null)).toEqual([]);
});

test('a longer delay and more readings put orange and red off; a longer way down, and all that of milder levels, does not', () => {
  const red = (limits: Partial<LevelStep>): Rule =>
    with_({ levels: [...BASE.levels.slice(0, 2), step('red', { at: 3, onDelayMs: 10, onCount: 2, ...limits })] });
  expect(lessened(red({}), red({ onDelayMs: 11 }))).toEqual(['red']);
  expect(lessened(red({}), red({ onCount: 3 }))).toEqual(['red']);
  expect(lessened(red({}), red({ onDelayMs: 9, onCount: 1, offDelayMs: 99, offCount: 9, latching: true, deadband: 1 }))).toEqual([]);
  expect(lessened(BASE as Rule, with_({ levels: [step('yellow', { at: 1, onDelayMs: 99 }), ...BASE.levels.slice(1)] }))).toEqual([]);
});

describe('what rests on a formula', () => {
  const reads = (point: string): Derived => ({ value: { op: 'last', point } });
  const formulas = new Map([
    ['b', reads('a')],
    ['c', reads('b')],
    ['d', reads('e')],
  ]);
  const on = (pointId: string, more: Partial<Laddered> = {}): Rule =>
    with_({ id: `on-${pointId}`, scope: { pointIds: [pointId] }, ...more });
  const found = (pointId: string, ...rules: readonly Rule[]): readonly string[] =>
    restOnFormula(pointId, { formulas, rules }).map(({ ruleId, levels }) => `${ruleId} ${levels.join()}`);

  test('rules on the point, and on what is computed from it, however far', () => {
    expect(found('b', on('a'), on('b'), on('c'), on('d'))).toEqual(['on-b orange,red', 'on-c orange,red']);
  });
  test('not those that are off or milder; but conditions that look at it', () => {
    const vote = { kind: 'vote', way: { by: 'when', tree: { not: { point: 'c', side: 'high', at: 1 } }, gives: 'red' } } as object;
    expect(found('b', on('b', { enabled: false }), on('c', { levels: BASE.levels.slice(0, 1) }))).toEqual([]);
    expect(found('b', on('d', vote))).toEqual(['on-d orange,red']);
  });
});

test('below is later for a lower limit, and outside for two', () => {
  const low = (red: number): Rule => with_({ side: 'low', levels: [step('red', { at: red })] });
  expect([lessened(low(3), low(2)), lessened(low(3), low(4))]).toEqual([['red'], []]);
  const both = (lo: number, hi: number): Rule => with_({ side: 'both', levels: [step('red', { low: lo, high: hi })] });
  expect([lessened(both(1, 9), both(0, 9)), lessened(both(1, 9), both(1, 10)), lessened(both(1, 9), both(2, 8))]).toEqual([
    ['red'],
    ['red'],
    [],
  ]);
});

test('each version of a limit is held against the one that it takes over from', () => {
  const from = (validFrom: number, red: number): Rule => with_({ validFrom, levels: [step('red', { at: red })] });
  expect(lessenedLevels([from(10, 5)], [from(10, 5), from(20, 6)])).toEqual(['red']);
  expect(lessenedLevels([from(10, 5), from(20, 6)], [from(10, 5), from(20, 6), from(30, 6)])).toEqual([]);
  expect(lessenedLevels([from(10, 5), from(20, 6)], [from(10, 6)])).toEqual(['red']);
});

describe('what a score is made of moves orange and red without touching the levels', () => {
  const GROUND = {
    path: '',
    version: 1,
    points: new Map([['a', { intervalMs: 60_000 }], ['b', { intervalMs: 60_000 }]]), // prettier-ignore
    rules: new Map([['limits', { id: 'limits', kind: 'threshold', levels: [{ level: 'red', at: 5 }] }]]),
  };
  const parsed = (body: Readonly<Record<string, unknown>>): Rule => {
    const found = parseRule({ id: 'r', pointIds: ['a', 'b'], ...body }, GROUND);
    if ('rule' in found) return found.rule;
    throw new Error(JSON.stringify(found.faults));
  };
  const ACCEL = { kind: 'accel', tangent: { yellow: 45, orange: 80, red: 85 } };
  const FORECAST = { kind: 'forecast', target: { at: 5 }, horizon: '12h', level: 'orange' };
  const VOTE = { kind: 'vote', k: 2, domains: 'none' };
  const BASELINE = { kind: 'baseline', season: 'hourOfDay', learn: '1d', levels: [{ level: 'red', at: 5 }] };
  const SHIFT = { kind: 'shift', learn: '1d', levels: [{ level: 'orange', at: 1 }] };

  test.each([
    ['accel: a steeper tangent', ACCEL, { tangent: { yellow: 45, orange: 80, red: 89 } }, ['orange', 'red']],
    ['accel: red needs both', { ...ACCEL, redNeeds: 'either' }, { redNeeds: 'both' }, ['orange', 'red']],
    ['accel: a later forecast', ACCEL, { inverseVelocity: { minPoints: 12 } }, ['orange', 'red']],
    ['accel: a higher uniform rate', ACCEL, { uniformRate: { value: 9, unit: 'mm/d', setBy: 'x' } }, ['orange', 'red']],
    ['forecast: a farther limit', FORECAST, { target: { at: 6 } }, ['orange']],
    ['forecast: a shorter horizon', FORECAST, { horizon: '6h' }, ['orange']],
    ['vote: more of them', { ...VOTE, k: 1 }, { k: 2 }, ['orange', 'red']],
    ['baseline: another season', BASELINE, { season: 'hourOfWeek' }, ['red']],
    ['baseline: smoothed', BASELINE, { smooth: '30m' }, ['red']],
    ['shift: taken as usual sooner', SHIFT, { rebase: '2d' }, ['orange']],
    ['shift: a coarser scale', SHIFT, { minScale: 3 }, ['orange']],
  ] as const)('%s', (_, body, change, levels) => {
    const { version, ...rest } = parsed({ ...body, name: 'old' });
    expect(lessened(parsed(body), { ...rest, version: version + 1 })).toEqual([]);
    expect(lessened(parsed(body), parsed({ ...body, ...change })).toSorted()).toEqual([...levels].toSorted());
  });

  test("a forecast's limit that came nearer, and what has no orange and red, are none of it", () => {
    expect(lessened(parsed(FORECAST), parsed({ ...FORECAST, target: { at: 4 } }))).toEqual([]);
    const mild = { ...FORECAST, level: 'yellow' };
    expect(lessened(parsed(mild), parsed({ ...mild, horizon: '1h' }))).toEqual([]);
  });
});
