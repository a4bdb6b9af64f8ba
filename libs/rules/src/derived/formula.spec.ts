import fc from 'fast-check';
import { parseDerived, type Derived, type DerivedNode, type Quality, type Reading } from '@anlan/contracts';
import { compileFormula } from './formula.js';

const MIN = 60_000;
const HOUR = 60 * MIN;

/** Hears readings (pointId, minutes, value), computes at each time, and gives what the last one gave. */
function told(value: DerivedNode, readings: readonly (readonly [string, number, number, Quality?])[], more: Partial<Derived> = {}) {
  const formula = compileFormula({ value, ...more }, () => MIN);
  let memory = formula.start();
  let found: ReturnType<typeof formula.compute>;
  for (const [i, [pointId, minutes, v, q = 'good']] of readings.entries()) {
    formula.hear(memory, { pointId, t: minutes * MIN, v, q } satisfies Reading);
    if (readings[i + 1]?.[1] === minutes) continue;
    found = formula.compute(memory, { t: minutes * MIN, open: false });
    // F2: going through JSON changes nothing.
    memory = formula.load(JSON.parse(JSON.stringify(formula.save(memory))) as ReturnType<typeof formula.save>);
  }
  return found;
}
const last = (point: string): DerivedNode => ({ op: 'last', point });

test.each<[DerivedNode, number | undefined]>([
  [{ op: 'add', of: [last('a'), 1, 2] }, 6],
  [{ op: 'sub', of: [last('a'), 1] }, 2],
  [{ op: 'mul', of: [last('a'), 2, 2] }, 12],
  [{ op: 'div', of: [last('a'), 2] }, 1.5],
  [{ op: 'div', of: [last('a'), 0] }, undefined],
  [{ op: 'pow', of: [last('a'), 2] }, 9],
  [{ op: 'ln', of: { op: 'div', of: [last('a'), 3] } }, 0],
  [{ op: 'ln', of: -1 }, undefined],
  [{ op: 'sqrt', of: { op: 'add', of: [last('a'), 1] } }, 2],
  [{ op: 'sqrt', of: -1 }, undefined],
  [{ op: 'abs', of: { op: 'sub', of: [0, last('a')] } }, 3],
  [{ op: 'least', of: [last('a'), 2] }, 2],
  [{ op: 'greatest', of: [last('a'), 2] }, 3],
  [{ op: 'first', of: [last('silent'), last('a'), 7] }, 3],
  [{ op: 'polynomial', of: last('a'), coefficients: [1, 2, 3] }, 34],
  [{ op: 'mix', of: [last('a'), 5], times: [2, -1], plus: 10 }, 11],
  [{ op: 'gt', of: [last('a'), 3] }, 0],
  [{ op: 'ge', of: [last('a'), 3] }, 1],
  [{ op: 'lt', of: [last('a'), 4] }, 1],
  [{ op: 'le', of: [last('a'), 2] }, 0],
  [{ op: 'not', of: { op: 'gt', of: [last('a'), 3] } }, 1],
  [{ op: 'atLeast', k: 2, of: [1, 0, last('a')] }, 1],
])('%j of a = 3 is %p', (node, expected) => {
  expect(told(node, [['a', 0, 3]])?.v).toBe(expected);
});

test('F1: logic answers when the unknown cannot change it, and is silent when it can', () => {
  const unknown = last('silent');
  expect(told({ op: 'or', of: [unknown, last('a')] }, [['a', 0, 1]])?.v).toBe(1);
  expect(told({ op: 'or', of: [unknown, last('a')] }, [['a', 0, 0]])).toBeUndefined();
  expect(told({ op: 'and', of: [unknown, last('a')] }, [['a', 0, 0]])?.v).toBe(0);
  expect(told({ op: 'and', of: [unknown, last('a')] }, [['a', 0, 1]])).toBeUndefined();
  expect(told({ op: 'gt', of: [unknown, last('a')] }, [['a', 0, 1]])).toBeUndefined();
});

test('an input older than its age has no value; absent the age is three intervals', () => {
  const sum: DerivedNode = { op: 'add', of: [last('a'), last('b')] };
  expect(
    told(sum, [
      ['b', 0, 1],
      ['a', 3, 1],
    ])?.v,
  ).toBe(2);
  expect(
    told(sum, [
      ['b', 0, 1],
      ['a', 4, 1],
    ]),
  ).toBeUndefined();
  expect(
    told(
      sum,
      [
        ['b', 0, 1],
        ['a', 4, 1],
      ],
      { maxAge: '5min' },
    )?.v,
  ).toBe(2);
  expect(
    told(
      { op: 'add', of: [last('a'), { op: 'last', point: 'b', maxAge: '1min' }] },
      [
        ['b', 0, 1],
        ['a', 2, 1],
      ],
      { maxAge: '5min' },
    ),
  ).toBeUndefined();
});

describe('windows', () => {
  const readings = [1, 2, 3, 4, 5].map((v) => ['a', v, v] as const);
  const over = (op: 'sum' | 'mean' | 'min' | 'max' | 'count', more = {}): DerivedNode => ({ op, point: 'a', window: '3min', ...more });

  test.each([
    ['sum', 12],
    ['mean', 4],
    ['min', 3],
    ['max', 5],
    ['count', 3],
  ] as const)('%s over 3 min ending now', (op, expected) => {
    expect(told(over(op), readings)?.v).toBe(expected);
  });

  test('a window may end earlier', () => {
    expect(told(over('sum', { offset: '2min' }), readings)?.v).toBe(6);
  });

  test('quantile is the nearest rank', () => {
    expect(told({ op: 'quantile', point: 'a', window: '5min', p: 0.5 }, readings)?.v).toBe(3);
    expect(told({ op: 'quantile', point: 'a', window: '5min', p: 1 }, readings)?.v).toBe(5);
  });

  test('there is no value before the window was watched whole, a reading speaking for the interval before it', () => {
    expect(told(over('sum'), readings.slice(0, 2))).toBeUndefined();
    expect(told(over('sum'), readings.slice(0, 3))?.v).toBe(6);
  });

  test('what is missing counts as nothing, unless a coverage is asked for', () => {
    const gappy = [
      ['a', 1, 1],
      ['a', 2, 1],
      ['a', 5, 1],
    ] as const;
    const node = (coverage?: number): DerivedNode => ({
      op: 'sum',
      point: 'a',
      window: '4min',
      ...(coverage !== undefined && { coverage }),
    });
    expect(told(node(), gappy)?.v).toBe(2);
    expect(told(node(0.9), gappy)).toBeUndefined();
    expect(told(node(0.5), gappy)?.v).toBe(2);
  });

  test('after a silence longer than the window it is watched anew', () => {
    expect(told(over('sum'), [...readings, ['a', 60, 1]])).toBeUndefined();
  });

  test('F3: a bad reading is not in the window, and its badness is said', () => {
    expect(told(over('sum'), [...readings, ['a', 6, 99, 'bad']])).toEqual({ v: 9, q: 'bad' });
  });

  test('lag is the value that held then', () => {
    const change: DerivedNode = { op: 'sub', of: [last('a'), { op: 'lag', point: 'a', by: '2min' }] };
    expect(told(change, readings)?.v).toBe(2);
    expect(told(change, readings.slice(0, 2))).toBeUndefined();
  });

  test('property: sums of dense readings are right but for the edge, and the memory stays bounded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 600, max: 3_000 }), fc.integer({ min: 1, max: 90 }), (count, stepSeconds) => {
        const formula = compileFormula({ value: { op: 'count', point: 'a', window: '1h' } }, () => stepSeconds * 1_000);
        const memory = formula.start();
        for (let i = 0; i < count; i += 1) formula.hear(memory, { pointId: 'a', t: i * stepSeconds * 1_000, v: 1, q: 'good' });
        const found = formula.compute(memory, { t: (count - 1) * stepSeconds * 1_000, open: false })?.v;
        const whole = 3_600 / stepSeconds;
        expect(memory.histories[0]?.entries.length).toBeLessThanOrEqual(515);
        if (found === undefined) expect(count * stepSeconds).toBeLessThanOrEqual(3_600 + stepSeconds);
        else expect(Math.abs(found - whole)).toBeLessThanOrEqual(1 + whole / 512 + 1);
      }),
      { numRuns: 60 },
    );
  });
});

test('age counts from when the condition was last true, or from its last beginning', () => {
  const wet = [0, 5, 6, 7, 0, 0].map((v, i) => ['a', i, v] as const);
  expect(told({ op: 'age', point: 'a', above: 5, unit: 'min' }, wet)?.v).toBe(2);
  expect(told({ op: 'age', point: 'a', above: 5, since: 'begin', unit: 'min' }, wet)?.v).toBe(4);
  expect(told({ op: 'age', point: 'a', below: 0, unit: 'min' }, wet)?.v).toBe(0);
  expect(told({ op: 'age', point: 'a', above: 99, unit: 'min' }, wet)).toBeUndefined();
});

test('inOrder counts neighbours that rose one after the other, whichever end it began at', () => {
  const node: DerivedNode = { op: 'inOrder', points: ['a', 'b', 'c'], above: 5, within: '60min' };
  const rise = (order: readonly string[]) => [
    ...['a', 'b', 'c'].map((id) => [id, 0, 0] as const),
    ...order.map((id, i) => [id, 10 + i, 9] as const),
  ];
  expect(told(node, rise([]))?.v).toBe(0);
  expect(told(node, rise(['a']))?.v).toBe(1);
  expect(told(node, rise(['a', 'b', 'c']))?.v).toBe(3);
  expect(told(node, rise(['c', 'b', 'a']))?.v).toBe(3);
  expect(told(node, rise(['b', 'a', 'c']))?.v).toBe(2);
  expect(told(node, rise(['a', 'c']))?.v).toBe(1);
  expect(told(node, [...rise(['a', 'b', 'c']), ['a', 71, 0]])?.v).toBe(2);
});

describe('residual', () => {
  const node = (more: object): DerivedNode => ({ op: 'residual', y: last('y'), x: [last('x')], ...more });
  const line = (from: number, to: number, leak = 0) =>
    Array.from({ length: to - from }, (_, i) => from + i).flatMap((i): [string, number, number][] => [
      ['x', i, Math.sin(i)],
      ['y', i, 3 + 2 * Math.sin(i) + leak],
    ]);

  test('is nothing while it learns, then what the line does not explain', () => {
    expect(told(node({ learn: '1h' }), line(0, 50))).toBeUndefined();
    expect(told(node({ learn: '1h' }), line(0, 100))?.v).toBeCloseTo(0, 9);
    expect(told(node({ learn: '1h' }), [...line(0, 100), ...line(100, 400, 5)])?.v).toBeCloseTo(5, 9);
  });

  test('with forgetting it follows a change slowly', () => {
    const long = told(node({ forget: '30min' }), [...line(0, 100), ...line(100, 400, 5)])?.v ?? 99;
    expect(Math.abs(long)).toBeLessThan(0.1);
  });

  test('an x that never moves explains nothing', () => {
    const flat = Array.from({ length: 100 }, (_, i): [string, number, number][] => [
      ['x', i, 7],
      ['y', i, i % 2],
    ]).flat();
    expect(Math.abs(told(node({ learn: '1h' }), flat)?.v ?? 99)).toBeCloseTo(0.5, 1);
  });

  test('nothing is learned from uncertain readings or while an alarm stands', () => {
    const formula = compileFormula({ value: node({ forget: '30min' }) }, () => MIN);
    const memory = formula.start();
    const hear = (i: number, leak: number, open: boolean): number | undefined => {
      formula.hear(memory, { pointId: 'x', t: i * MIN, v: Math.sin(i), q: 'good' });
      formula.hear(memory, { pointId: 'y', t: i * MIN, v: 2 * Math.sin(i) + leak, q: 'good' });
      return formula.compute(memory, { t: i * MIN, open })?.v;
    };
    for (let i = 0; i < 100; i += 1) hear(i, 0, false);
    let residual: number | undefined;
    for (let i = 100; i < 400; i += 1) residual = hear(i, 5, true);
    expect(residual).toBeCloseTo(5, 6);
  });
});

test('the conversion of a vibrating-wire piezometer is one mix of a polynomial, a thermistor and a barometer', () => {
  const kPaPerPsi = 6.894_757_29;
  const metres = 0.101_997_733_4;
  const [slope, at20] = [0.04, -0.7];
  const level: DerivedNode = {
    op: 'mix',
    of: [
      { op: 'polynomial', of: last('f'), coefficients: [800, -0.002, -0.0001] },
      { op: 'steinhartHart', of: last('r'), a: 1.4051e-3, b: 2.369e-4, c: 1.019e-7 },
      last('baro'),
    ],
    times: [metres, -slope * kPaPerPsi * metres, -metres],
    plus: (20 * slope + at20) * kPaPerPsi * metres + 101.3 * metres,
  };
  expect(parseDerived({ value: level, on: 'f' })).toHaveProperty('derived');
  const ln = Math.log(5_000);
  const celsius = 1 / (1.4051e-3 + 2.369e-4 * ln + 1.019e-7 * ln ** 3) - 273.15;
  const kPa = 800 - 0.002 * 2_800 - 0.0001 * 2_800 ** 2 + ((20 - celsius) * slope + at20) * kPaPerPsi - (99.5 - 101.3);
  expect(
    told(level, [
      ['r', 0, 5_000],
      ['baro', 0, 99.5],
      ['f', 0, 2_800],
    ])?.v,
  ).toBeCloseTo(kPa * metres, 9);
});

test('property: whatever parses runs, and gives a finite number or none', () => {
  const leaf = fc.constantFrom<DerivedNode>(
    last('a'),
    last('b'),
    0,
    1e9,
    { op: 'sum', point: 'a', window: '2min' },
    { op: 'lag', point: 'b', by: '1min' },
  );
  const { node } = fc.letrec<{ node: DerivedNode }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.record({
        op: fc.constantFrom('add', 'mul', 'least', 'and', 'or'),
        of: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
      }) as fc.Arbitrary<DerivedNode>,
      fc.record({ op: fc.constantFrom('sub', 'div', 'pow', 'gt'), of: fc.tuple(tie('node'), tie('node')) }) as fc.Arbitrary<DerivedNode>,
      fc.record({ op: fc.constantFrom('ln', 'sqrt', 'not'), of: tie('node') }) as fc.Arbitrary<DerivedNode>,
    ),
  }));
  fc.assert(
    fc.property(
      node,
      fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.double({ noNaN: true, min: -1e15, max: 1e15 })), { maxLength: 12 }),
      (value, sent) => {
        const found = told(
          value,
          sent.map(([id, v], i) => [id, i, v] as const),
        );
        if (found) expect(Number.isFinite(found.v)).toBe(true);
      },
    ),
  );
});

test('hours are hours', () => {
  expect(
    told(
      { op: 'age', point: 'a', above: 1, unit: 'h' },
      [
        ['a', 0, 1],
        ['a', 2, 0],
      ],
      { maxAge: HOUR },
    )?.v,
  ).toBeCloseTo(2 / 60, 12);
});
