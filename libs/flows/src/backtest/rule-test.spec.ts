import type { PointSpec, Rule } from '@anlan/contracts';
import { parseRuleTest, runRuleTest, type RuleTest } from './rule-test.js';
import { parseSeries, readingsOf } from './test-series.js';

const MIN = 60_000;
const point: PointSpec = {
  pointId: 'ch4',
  deviceId: 'd',
  siteId: 's',
  metric: 'm',
  unit: '%VOL',
  intervalMs: MIN,
  reorderMs: 0,
  liveHorizonMs: 900_000,
};
const step = { deadband: 0.1, onDelayMs: 0, offDelayMs: 0, onCount: 1, offCount: 1, latching: false };
const rule: Rule = {
  id: 'r',
  version: 1,
  kind: 'threshold',
  enabled: true,
  scope: { pointIds: ['ch4'] },
  side: 'high',
  quality: 'pause',
  levels: [
    { ...step, level: 'yellow', at: 1, onDelayMs: 2 * MIN },
    { ...step, level: 'red', at: 3 },
  ],
};
const context = { path: '/tests/0', intervalOf: (id: string) => (id === 'ch4' ? MIN : undefined) };
const parse = (more: Readonly<Record<string, unknown>>) =>
  parseRuleTest({ name: 'rises', input: { ch4: { '0s': 0.2 } }, expect: [], ...more }, context);
const testOf = (more: Readonly<Record<string, unknown>>): RuleTest => {
  const parsed = parse(more);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.test;
};
const messages = (more: Readonly<Record<string, unknown>>): readonly string[] =>
  runRuleTest(testOf(more), { points: [point], rules: [rule] }).faults.map(({ code, message }) => `${code} ${message}`);

describe('a written series', () => {
  const values = (series: unknown, untilMinutes: number): readonly string[] => {
    const parsed = parseSeries(series, '');
    if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
    return readingsOf(parsed.stretches, { pointId: 'ch4', intervalMs: MIN, startMs: 0, untilMs: untilMinutes * MIN }).map(
      ({ t, v, q }) => `${t / MIN} ${v}${q === 'good' ? '' : ` ${q}`}`,
    );
  };
  test.each<[string, unknown, number, readonly string[]]>([
    ['holds a value at every interval', { '0s': 1.5 }, 2, ['0 1.5', '1 1.5', '2 1.5']],
    ['draws a line and holds its end', { '0s': '0..4 over 2m' }, 3, ['0 0', '1 2', '2 4', '3 4']],
    ['leaves out what is none', { '0s': 1, '1m': 'none', '3m': 2 }, 3, ['0 1', '3 2']],
    ['carries quality', { '0s': '1 bad', '1m': '-2e1 uncertain' }, 1, ['0 1 bad', '1 -20 uncertain']],
    ['throws single readings in', { '0s': 1, '90s': '9 once' }, 2, ['0 1', '1 1', '1.5 9', '2 1']],
    ['puts a single reading in the place of the one that would have come', { '0s': 1, '1m': '9 once' }, 2, ['0 1', '1 9', '2 1']],
    ['takes moments in any order', { '1m': 2, '0s': 1 }, 1, ['0 1', '1 2']],
  ])('%s', (_, series, until, expected) => expect(values(series, until)).toEqual(expected));

  test.each([
    [{ soon: 1 }],
    [{ '0s': 'high' }],
    [{ '0s': '1..2' }],
    [{ '0s': '1 excellent' }],
    [{ '0s': '1..2 over soon' }],
    [[1, 2]],
    [3],
  ])('refuses %j', (series) => expect(parseSeries(series, '/x')).toHaveProperty('faults'));
});

describe('a test', () => {
  const rise = { ch4: { '0s': 0.2, '5m': 1.5, '10m': 4, '12m': 0.2 } };
  test('passes when exactly the expected alarms come, in their spans', () => {
    expect(
      messages({ until: '20m', input: rise, expect: [{ point: 'ch4', rule: 'r', level: 'red', raised: '7m', ended: '11m..13m' }] }),
    ).toEqual([]);
    expect(messages({ until: '20m' })).toEqual([]);
  });
  test('says what did not come', () => {
    expect(messages({ expect: [{ point: 'ch4', level: 'red', raised: '5m..6m', ended: 'never' }] })).toEqual([
      'not_raised rises: red of ch4 raised 5m..6m, never ended did not come',
    ]);
  });
  test('says what was not expected, with its reason', () => {
    expect(messages({ until: '11m', input: rise })).toEqual([
      expect.stringMatching(/^not_expected rises: red of ch4 by r, raised 7m, ended 12m \(4 %VOL ≥ 3 %VOL.*\), was not expected$/),
    ]);
  });
  test('wants an alarm of its own for each expected one', () => {
    const twice = { point: 'ch4', level: 'red' };
    expect(messages({ until: '20m', input: rise, expect: [twice, twice] })).toHaveLength(1);
  });
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['/tests/0/name', { name: '' }],
    ['/tests/0/what', { what: 1 }],
    ['/tests/0/start', { start: 'tomorrow' }],
    ['/tests/0/until', { until: 'late' }],
    ['/tests/0/input', { input: [] }],
    ['/tests/0/input', { until: '90d', input: { ch4: { '0s': 1 } }, start: '2026-01-01T00:00:00Z', expect: [] }],
    ['/tests/0/input/x', { input: { x: { '0s': 1 } } }],
    ['/tests/0/input/ch4/0s', { input: { ch4: { '0s': 'high' } } }],
    ['/tests/0/expect', { expect: 'none' }],
    ['/tests/0/expect/0', { expect: [1] }],
    ['/tests/0/expect/0/point', { expect: [{ point: 'x', level: 'red' }] }],
    ['/tests/0/expect/0/level', { expect: [{ point: 'ch4', level: 'pink' }] }],
    ['/tests/0/expect/0/raised', { expect: [{ point: 'ch4', level: 'red', raised: '7m..5m' }] }],
    ['/tests/0/expect/0/ended', { expect: [{ point: 'ch4', level: 'red', ended: 'soon' }] }],
    ['/tests/0/expect/0/why', { expect: [{ point: 'ch4', level: 'red', why: 1 }] }],
  ])('with a fault at %s is refused', (path, more) => {
    const given = path === '/tests/0/input' && 'start' in more ? { ...more, until: '1000d' } : more;
    const parsed = parse(given);
    expect('faults' in parsed && parsed.faults.map((fault) => fault.path)).toEqual([path]);
  });
});
