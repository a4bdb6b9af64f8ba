import fc from 'fast-check';
import { editClass } from './edit-class.js';
import { parseRule, type RuleContext } from './parse-rule.js';

const context: RuleContext = {
  path: '/rules/0',
  version: 3,
  points: new Map([
    ['p', { metricSpan: 20, intervalMs: 60_000 }],
    ['q', { metricSpan: 10, intervalMs: 10_000 }],
    ['bare', { intervalMs: 60_000 }],
  ]),
};
const threshold = (more: object = {}): Record<string, unknown> => ({
  id: 'r',
  kind: 'threshold',
  pointId: 'p',
  side: 'high',
  levels: [{ level: 'blue', at: 1 }],
  ...more,
});
const faultsOf = (body: unknown, more: Partial<RuleContext> = {}): string[] => {
  const parsed = parseRule(body, { ...context, ...more });
  return 'faults' in parsed ? parsed.faults.map(({ path, code }) => `${path} ${code}`) : [];
};

describe('parseRule', () => {
  test('the example of the contract, with the defaults of ruling 6', () => {
    const body = threshold({
      levels: [
        { level: 'blue', at: 0.5, deadband: 0.05, onCount: 2 },
        { level: 'yellow', at: 1, onDelay: '0s', offDelay: '60s' },
        { level: 'red', at: 5, onDelay: '1.5m', latching: true },
      ],
    });
    expect(parseRule(body, context)).toEqual({
      rule: {
        id: 'r',
        version: 3,
        kind: 'threshold',
        enabled: true,
        scope: { pointIds: ['p'] },
        side: 'high',
        quality: 'pause',
        levels: [
          { level: 'blue', at: 0.5, deadband: 0.05, onDelayMs: 0, offDelayMs: 0, onCount: 2, offCount: 1, latching: false },
          { level: 'yellow', at: 1, deadband: 0.2, onDelayMs: 0, offDelayMs: 60_000, onCount: 1, offCount: 1, latching: false },
          { level: 'red', at: 5, deadband: 0.2, onDelayMs: 90_000, offDelayMs: 0, onCount: 1, offCount: 1, latching: true },
        ],
      },
    });
  });

  test('deadband is 1 % of the smallest span of the scope, none where no span is known', () => {
    const deadbandOf = (pointIds: readonly string[]): unknown => {
      const parsed = parseRule({ ...threshold(), pointId: undefined, pointIds }, context);
      return 'rule' in parsed && parsed.rule.kind === 'threshold' ? parsed.rule.levels[0]?.deadband : parsed;
    };
    expect([deadbandOf(['p', 'q']), deadbandOf(['bare'])]).toEqual([0.1, 0]);
  });

  test('two sides, maxGap in intervals, validFrom, and a scope that the caller resolved', () => {
    const body = threshold({
      pointId: undefined,
      group: 'g',
      side: 'both',
      maxGap: '5x',
      validFrom: '2026-01-02T00:00:00+08:00',
      levels: [
        { level: 'red', high: 9, low: 2, deadband: 1 },
        { level: 'blue', high: 8, low: 3, deadband: 0 },
      ],
    });
    expect(parseRule(body, { ...context, pointIds: ['p', 'q', 'p'] })).toMatchObject({
      rule: {
        scope: { pointIds: ['p', 'q'] },
        maxGapMs: 300_000,
        validFrom: Date.UTC(2026, 0, 1, 16),
        levels: [{ level: 'blue', high: 8, low: 3 }, { level: 'red' }],
      },
    });
  });

  test('health: what is not said is as the implicit rule has it', () => {
    expect(parseRule({ id: 'h', kind: 'health', pointIds: ['p'] }, context)).toMatchObject({
      rule: { stale: { times: 3, level: 'yellow' }, clockSkew: { overMs: 300_000, level: 'yellow' } },
    });
    const body = {
      id: 'h',
      kind: 'health',
      pointId: 'p',
      stale: { after: '2x', level: 'orange' },
      flatline: { for: '6h', range: 'resolution' },
      clockSkew: '10m',
    };
    expect(parseRule(body, context)).toMatchObject({
      rule: {
        stale: { times: 2, level: 'orange' },
        flatline: { forMs: 21_600_000, range: 0, level: 'yellow' },
        clockSkew: { overMs: 600_000 },
      },
    });
    expect(parseRule({ id: 'h', kind: 'health', pointId: 'p', stale: '90s' }, context)).toMatchObject({
      rule: { stale: { afterMs: 90_000 } },
    });
  });

  test.each<[string, unknown, readonly string[]]>([
    ['no object', 'r', ['/rules/0 shape']],
    ['no kind', { id: 'r', pointId: 'p' }, ['/rules/0/kind kind_unknown']],
    ['another kind', threshold({ kind: 'trend' }), ['/rules/0/kind kind_unknown']],
    [
      'unknown keys',
      threshold({ colour: 1, levels: [{ level: 'blue', at: 1, delay: 5 }] }),
      ['/rules/0/colour key_unknown', '/rules/0/levels/0/delay key_unknown'],
    ],
    ['no scope', threshold({ pointId: undefined }), ['/rules/0 scope']],
    ['two scopes', threshold({ pointIds: ['p'] }), ['/rules/0 scope']],
    ['unknown point', threshold({ pointId: 'x' }), ['/rules/0 point_unknown']],
    ['no levels', threshold({ levels: [] }), ['/rules/0/levels levels']],
    [
      'levels out of order',
      threshold({
        levels: [
          { level: 'blue', at: 2 },
          { level: 'yellow', at: 1 },
        ],
      }),
      ['/rules/0/levels level_order'],
    ],
    [
      'low side out of order',
      threshold({
        side: 'low',
        levels: [
          { level: 'blue', at: 1 },
          { level: 'yellow', at: 2 },
        ],
      }),
      ['/rules/0/levels level_order'],
    ],
    [
      'a level twice',
      threshold({
        levels: [
          { level: 'blue', at: 1 },
          { level: 'blue', at: 2 },
        ],
      }),
      ['/rules/0/levels level_twice'],
    ],
    ['no room', threshold({ side: 'both', levels: [{ level: 'blue', high: 2, low: 1, deadband: 0.6 }] }), ['/rules/0/levels level_room']],
    ['limits of the wrong side', threshold({ levels: [{ level: 'blue', at: 1, low: 0 }] }), ['/rules/0/levels/0/low limit']],
    ['a limit by reference', threshold({ levels: [{ level: 'blue', limit: 'x' }] }), ['/rules/0/levels/0 ref_unsupported']],
    [
      'numbers that are none',
      threshold({ levels: [{ level: 'blue', at: '1', deadband: -1, onCount: 0, onDelay: -1, offDelay: '31d' }] }),
      ['/rules/0/levels/0/at number', '/rules/0/levels/0/onDelay duration_range', '/rules/0/levels/0/offDelay duration_range']
        .flatMap((x, i) => (i === 0 ? [x, '/rules/0/levels/0/deadband number'] : [x]))
        .concat('/rules/0/levels/0/onCount count'),
    ],
    [
      'non-finite',
      threshold({ levels: [{ level: 'blue', at: Infinity, onDelay: Number.NaN }] }),
      ['/rules/0/levels/0/at number', '/rules/0/levels/0/onDelay duration'],
    ],
    ['an id with |', threshold({ id: 'a|b' }), ['/rules/0/id id']],
    ['the name of an implicit rule', threshold({ id: 'health:p' }), ['/rules/0/id id']],
    [
      'a clock limit below what delay can do',
      { id: 'h', kind: 'health', pointId: 'p', clockSkew: '5s' },
      ['/rules/0/clockSkew/over duration_range'],
    ],
  ])('refuses %s with every fault at once', (_name, body, faults) => {
    expect(faultsOf(body).sort()).toEqual([...faults].sort());
  });

  test('never throws, whatever the body', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void parseRule(value, context)),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('id', 'kind', 'pointId', 'levels', 'side', 'stale', 'flatline', 'maxGap'),
          fc.oneof(fc.jsonValue(), fc.constantFrom('threshold', 'health', 'p')),
        ),
        (value) => void parseRule(value, context),
      ),
      { numRuns: 300 },
    );
  });
});

describe('editClass', () => {
  const ruleOf = (body: Record<string, unknown>) => {
    const parsed = parseRule(body, context);
    if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
    return parsed.rule;
  };
  const was = ruleOf(threshold());
  test.each<[object, string]>([
    [{ name: 'other' }, 'cosmetic'],
    [{ levels: [{ level: 'blue', at: 1, onDelay: '5s' }] }, 'timing'],
    [{ quality: 'hold' }, 'timing'],
    [{ levels: [{ level: 'blue', at: 2, onDelay: '5s' }] }, 'threshold'],
    [
      {
        levels: [
          { level: 'blue', at: 1 },
          { level: 'red', at: 2 },
        ],
      },
      'threshold',
    ],
    [{ side: 'low' }, 'structural'],
  ])('%j is %s', (more, want) => {
    expect(editClass(was, ruleOf(threshold(more)))).toBe(want);
  });
  test('another kind is structural', () => {
    expect(editClass(was, ruleOf({ id: 'r', kind: 'health', pointId: 'p' }))).toBe('structural');
  });
});
