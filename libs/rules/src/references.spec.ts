import type { Limit, Rule } from '@anlan/contracts';
import { compileRule } from './compile-rule.js';
import { segmentsOf } from './references.js';
import { collector } from './shape.js';

const Y = (year: number): number => Date.UTC(year, 0);
const points = new Map([['p', { intervalMs: 60_000, metricSpan: 100 }]]);
const LIMIT: Limit = {
  id: 'dam',
  assetId: 'a',
  metric: 'm',
  versions: [
    { from: Y(2024), orange: 5, red: 10, source: '设计' },
    { from: Y(2025), orange: 6, red: 12, source: '复核' },
  ],
};
type Extra = Readonly<{ limits?: readonly Limit[]; rules?: Readonly<Record<string, unknown>> }>;
const compiled = (body: Readonly<Record<string, unknown>>, { limits = [LIMIT], rules = {} }: Extra = {}) =>
  compileRule(
    { id: 'r', kind: 'threshold', pointId: 'p', ...body },
    { path: '', version: 3, points, limits: new Map(limits.map((limit) => [limit.id, limit])), rules: new Map(Object.entries(rules)) },
  );
function rulesOf(outcome: ReturnType<typeof compileRule>): readonly Rule[] {
  if ('faults' in outcome) throw new Error(JSON.stringify(outcome.faults));
  return outcome.rules;
}
const limitsOf = (rules: readonly Rule[]) =>
  rules.map((rule) => [
    rule.version,
    rule.validFrom,
    ...(rule.kind === 'health' ? [] : rule.levels.map(({ at, high, low }) => at ?? [low, high])),
  ]);
const faultsOf = (outcome: ReturnType<typeof compileRule>) =>
  'faults' in outcome ? outcome.faults.map(({ path, code }) => `${path} ${code}`) : [];

test('F1: a level may be a multiple of another, and of one that is itself a multiple', () => {
  const levels = [
    { level: 'red', at: 5 },
    { level: 'orange', at: { times: 0.9, of: 'red' } },
    { level: 'yellow', at: { times: 0.5, of: 'orange', plus: 0.1 } },
  ];
  expect(limitsOf(rulesOf(compiled({ levels })))).toEqual([[3, undefined, 2.35, 4.5, 5]]);
  expect(
    limitsOf(
      rulesOf(
        compiled({
          side: 'low',
          levels: [
            { level: 'red', at: 5 },
            { level: 'orange', at: { times: 1.1, of: 'red' } },
          ],
        }),
      ),
    ),
  ).toEqual([[3, undefined, 5.5, 5]]);
});

test('F1: both limits of a two-sided level may be multiples', () => {
  const levels = [
    { level: 'red', high: 10, low: -10, deadband: 0 },
    { level: 'orange', high: { times: 0.8, of: 'red' }, low: { times: 0.8, of: 'red' }, deadband: 0 },
  ];
  expect(limitsOf(rulesOf(compiled({ side: 'both', levels })))).toEqual([[3, undefined, [-8, 8], [-10, 10]]]);
});

test('F2: one version for each version of the limit, valid from when it holds', () => {
  const levels = [
    { level: 'yellow', at: { times: 0.5, of: { limit: 'dam', level: 'red' } } },
    { level: 'orange', limit: 'dam' },
    { level: 'red', limit: 'dam' },
  ];
  // Yellow is half of red: 5 beside an orange of 5 would not lie below it.
  const [first] = LIMIT.versions;
  const limits = [
    {
      ...LIMIT,
      versions: [
        { ...first, from: Y(2024), source: 's', orange: 7, red: 10 },
        ...LIMIT.versions.slice(1).map((v) => ({ ...v, orange: 9 })),
      ],
    },
  ];
  expect(limitsOf(rulesOf(compiled({ levels }, { limits })))).toEqual([
    [3, Y(2024), 5, 7, 10],
    [4, Y(2025), 6, 9, 12],
  ]);
});

test('F2: the rule begins when the last of its limits has begun, and not before its own validFrom', () => {
  const other: Limit = { id: 'other', assetId: 'a', metric: 'm', versions: [{ from: Y(2024) + 5, yellow: 1, source: 's' }] };
  const levels = [
    { level: 'yellow', limit: 'other' },
    { level: 'red', limit: 'dam' },
  ];
  const limits = [LIMIT, other];
  expect(limitsOf(rulesOf(compiled({ levels }, { limits })))).toEqual([
    [3, Y(2024) + 5, 1, 10],
    [4, Y(2025), 1, 12],
  ]);
  expect(limitsOf(rulesOf(compiled({ levels, validFrom: Y(2026) }, { limits })))).toEqual([[3, Y(2026), 1, 12]]);
});

test('F2: a rule that refers to another sees its body as it is at the time, in plain numbers', () => {
  const place = collector('');
  const body = { kind: 'forecast', target: { ref: 'limits', level: 'orange' } };
  const other = {
    levels: [
      { level: 'orange', at: { times: 0.5, of: 'red' } },
      { level: 'red', limit: 'dam' },
    ],
  };
  const segments = segmentsOf(place, body, { limits: new Map([['dam', LIMIT]]), rules: new Map([['limits', other]]) });
  expect(place.faults).toEqual([]);
  expect(segments.map(({ body: { validFrom }, rules }) => [validFrom, rules.get('limits')])).toEqual([
    [
      Y(2024),
      {
        levels: [
          { level: 'orange', at: 5 },
          { level: 'red', at: 10 },
        ],
      },
    ],
    [
      Y(2025),
      {
        levels: [
          { level: 'orange', at: 6 },
          { level: 'red', at: 12 },
        ],
      },
    ],
  ]);
});

test('F3: every reference that leads nowhere is a fault at its place', () => {
  expect(faultsOf(compiled({ levels: [{ level: 'red', limit: 'gone' }] }))).toEqual(['/levels/0/limit limit_unknown']);
  expect(
    faultsOf(
      compiled({
        levels: [
          { level: 'blue', limit: 'dam' },
          { level: 'red', limit: 'dam' },
        ],
      }),
    ),
  ).toEqual(['/levels/0/limit limit_level', '/levels/0/limit limit_level']);
  expect(faultsOf(compiled({ levels: [{ level: 'red', limit: 'dam', at: 3 }] }))).toEqual(['/levels/0/at limit']);
  expect(faultsOf(compiled({ levels: [{ level: 'red', at: { times: 2, of: 'orange' } }] }))).toEqual(['/levels/0/at/of reference']);
  expect(faultsOf(compiled({ levels: [{ level: 'red', at: { times: 'x', of: 'red', by: 1 } }] }))).toEqual([
    '/levels/0/at/by key_unknown',
    '/levels/0/at/times number',
    '/levels/0/at/of reference',
  ]);
  const circle = [
    { level: 'orange', at: { times: 0.5, of: 'red' } },
    { level: 'red', at: { times: 2, of: 'orange' } },
  ];
  expect(faultsOf(compiled({ levels: circle })).length).toBeGreaterThan(0);
});

test('what is not a body at all is a fault, not a crash', () => {
  const context = { path: '', version: 1, points, limits: new Map(), rules: new Map() };
  for (const body of [null, 3, 'x', [], {}, { levels: [null, 3, { at: {} }] }]) expect('faults' in compileRule(body, context)).toBe(true);
});
