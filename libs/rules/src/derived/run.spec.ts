import type { Derived } from '@anlan/contracts';
import fc from 'fast-check';
import { createEngine } from '../engine.js';
import { chance, pick } from '../testing/story.js';
import { bench, digest, levelOf, pointOf, ruleOf, S, T, type Bench } from '../testing/bench.js';

const sumOf: Derived = {
  value: {
    op: 'add',
    of: [
      { op: 'last', point: 'a' },
      { op: 'last', point: 'b' },
    ],
  },
};
const rule = (pointId: string, at: number) => ruleOf([levelOf('yellow', at)], { id: `on-${pointId}`, scope: { pointIds: [pointId] } });
const points = [pointOf('a'), pointOf('b'), pointOf('sum', { derived: sumOf })];
const values = ({ engine }: Bench): string[] =>
  engine.computed().flatMap(({ readings }) => readings.map(({ pointId, t, v, q }) => `${pointId} t=${(t - T) / S} ${v} ${q}`));

test('R1: it is computed when an input is judged, and judged in the same record', () => {
  const day = bench(points, [rule('sum', 10)]);
  expect(day.send(10, { t: 10, v: 4, pointId: 'a' })).toEqual([]);
  expect(values(day)).toEqual([]);
  expect(day.send(11, { t: 11, v: 6, pointId: 'b' })).toEqual(['active yellow t0=11 t=11 n=1']);
  expect(values(day)).toEqual(['sum t=11 10 good']);
  expect(day.tick(12)).toEqual([]);
  expect(values(day)).toEqual([]);
});

test('R1: everything of one event time is heard first, and a message of many times gives as many values', () => {
  const day = bench(points, []);
  day.send(
    21,
    { t: 10, v: 1, pointId: 'a' },
    { t: 20, v: 2, pointId: 'a' },
    { t: 10, v: 10, pointId: 'b' },
    { t: 20, v: 20, pointId: 'b' },
  );
  expect(values(day)).toEqual(['sum t=10 11 good', 'sum t=20 22 good']);
});

test('`on` names the one input that calls for it', () => {
  const day = bench([pointOf('a'), pointOf('b'), pointOf('sum', { derived: { ...sumOf, on: 'b' } })], []);
  day.send(10, { t: 10, v: 1, pointId: 'b' });
  day.send(11, { t: 11, v: 1, pointId: 'a' });
  expect(values(day)).toEqual([]);
  day.send(12, { t: 12, v: 2, pointId: 'b' });
  expect(values(day)).toEqual(['sum t=12 3 good']);
});

test('derived points of derived points come in the order of dependence', () => {
  const twice: Derived = { value: { op: 'mul', of: [{ op: 'last', point: 'sum' }, 2] } };
  const day = bench(
    [pointOf('a'), pointOf('b'), pointOf('0-twice', { derived: twice }), pointOf('sum', { derived: sumOf })],
    [rule('0-twice', 20)],
  );
  expect(day.send(10, { t: 10, v: 4, pointId: 'a' }, { t: 10, v: 6, pointId: 'b' })).toEqual(['active yellow t0=10 t=10 n=1']);
  expect(values(day)).toEqual(['sum t=10 10 good', '0-twice t=10 20 good']);
});

test('what reads itself is never computed and does not hang', () => {
  const round = (of: string): Derived => ({ value: { op: 'last', point: of } });
  const day = bench(
    [pointOf('a'), pointOf('x', { derived: round('y') }), pointOf('y', { derived: round('x') }), pointOf('sum', { derived: round('a') })],
    [],
  );
  day.send(10, { t: 10, v: 1, pointId: 'a' });
  expect(values(day)).toEqual(['sum t=10 1 good']);
});

test('R2: a late input changes nothing that was computed', () => {
  const day = bench(points, []);
  day.send(20, { t: 20, v: 1, pointId: 'a' }, { t: 20, v: 1, pointId: 'b' });
  day.send(21, { t: 15, v: 9, pointId: 'a' });
  expect(values(day)).toEqual([]);
  day.send(30, { t: 30, v: 2, pointId: 'b' });
  expect(values(day)).toEqual(['sum t=30 3 good']);
});

test('R3: quality is the worst of the inputs; bad freezes the rules of the derived point', () => {
  const day = bench(points, [rule('sum', 10)]);
  day.send(10, { t: 10, v: 9, pointId: 'a' }, { t: 10, v: 9, pointId: 'b' });
  expect(day.send(20, { t: 20, v: 0, pointId: 'a', q: 'bad' }, { t: 20, v: 0, pointId: 'b' })).toEqual([
    'active yellow t0=10 t=20 n=1 data_stale',
  ]);
  expect(values(day)).toEqual(['sum t=20 0 bad']);
  expect(day.send(30, { t: 30, v: 9, pointId: 'a' }, { t: 30, v: 9, pointId: 'b' })).toEqual(['active yellow t0=10 t=30 n=1 data_back']);
});

test('R3: it has no silence of its own; that of an input says so under its alarms, and ends nothing', () => {
  const day = bench(points, [rule('sum', 10)]);
  day.send(10, { t: 10, v: 9, pointId: 'a' }, { t: 10, v: 9, pointId: 'b' });
  const told = day.tick(100);
  expect(told.filter((line) => line.startsWith('stale'))).toHaveLength(2);
  expect(told.filter((line) => line.includes('data_stale'))).toEqual(['active yellow t0=10 t=40 n=1 data_stale']);
  expect(day.verdicts.some(({ key }) => key.pointId === 'sum' && key.kind === 'stale')).toBe(false);
});

test('R3: old inputs make old values', () => {
  const day = bench(points, [rule('sum', 10)]);
  const told = day.send(5_000, { t: 10, v: 9, pointId: 'a' }, { t: 10, v: 9, pointId: 'b' });
  expect(told.filter((line) => !line.startsWith('stale'))).toEqual([]);
  expect(day.tick(5_011)).toEqual(['retro normal yellow peak yellow t0=10 t=10 n=1']);
});

test('what one device uploads from its memory does not meet what another sends now', () => {
  const day = bench(points, []);
  day.send(5_000, { t: 5_000, v: 1, pointId: 'b' });
  day.send(5_001, { t: 4_000, v: 9, pointId: 'a' }, { t: 5_001, v: 2, pointId: 'a' });
  expect(values(day)).toEqual(['sum t=5001 3 good']);
});

test('readings of a derived point, as a history that is played again holds them, are not heard', () => {
  const day = bench(points, [rule('sum', 10)]);
  expect(day.send(5, { t: 5, v: 99, pointId: 'sum' })).toEqual([]);
  day.send(10, { t: 10, v: 1, pointId: 'a' }, { t: 10, v: 1, pointId: 'b' }, { t: 10, v: 99, pointId: 'sum' });
  expect(values(day)).toEqual(['sum t=10 2 good']);
});

test('a value outside the range of its metric is bad and says so', () => {
  const day = bench([pointOf('a'), pointOf('b'), pointOf('sum', { derived: sumOf, max: 5 })], [rule('sum', 1)]);
  day.send(10, { t: 10, v: 9, pointId: 'a' }, { t: 10, v: 9, pointId: 'b' });
  expect(day.engine.computed()[0]?.readings).toEqual([{ pointId: 'sum', t: T + 10 * S, v: 18, q: 'bad', flags: ['outOfRange'] }]);
});

test('an input behind a reorder window counts when it is judged', () => {
  const day = bench([pointOf('a', { reorderMs: 20 * S }), pointOf('sum', { derived: { value: { op: 'last', point: 'a' } } })], []);
  day.send(10, { t: 10, v: 1, pointId: 'a' });
  expect(values(day)).toEqual([]);
  day.send(31, { t: 31, v: 2, pointId: 'a' });
  expect(values(day)).toEqual(['sum t=10 1 good']);
});

test('G2: a restored engine computes what the first would have', () => {
  const windowed: Derived = { value: { op: 'sum', point: 'a', window: '30s' } };
  const specs = [pointOf('a'), pointOf('sum', { derived: windowed })];
  const day = bench(specs, [rule('sum', 10)]);
  for (let i = 1; i <= 6; i += 1) day.now(i * 10, i, { pointId: 'a' });
  const { put } = day.engine.changes();
  const other = createEngine({ partition: 0, digest });
  const activation = { version: 1, rules: [rule('sum', 10)], removedRuleIds: [], points: specs, removedPointIds: [] };
  other.restore(put, [activation]);
  const record = {
    offset: 99,
    at: T + 70 * S,
    value: {
      kind: 'readings',
      deviceId: 'd',
      siteId: 's',
      arrivedAt: T + 70 * S,
      rejected: 0,
      quarantined: 0,
      readings: [{ pointId: 'a', t: T + 70 * S, v: 0, q: 'good' }],
    },
  } as const;
  expect(other.step(record)).toEqual(day.engine.step(record));
  expect(other.computed()).toEqual(day.engine.computed());
  expect(other.computed()[0]?.readings[0]?.v).toBe(11);
});

test('G2 property: killed at any record and restored, values and verdicts are the same to the byte', () => {
  const last = (point: string) => ({ op: 'last', point, maxAge: '5min' }) as const;
  const specs = [
    pointOf('a', { liveHorizonMs: 60 * S }),
    pointOf('b', { reorderMs: 15 * S }),
    pointOf('mean', { derived: { value: { op: 'mean', point: 'a', window: '40s' } } }),
    pointOf('rest', { derived: { value: { op: 'residual', y: last('b'), x: [last('a')], forget: '90s' }, on: 'b' } }),
    pointOf('both', {
      derived: {
        value: {
          op: 'or',
          of: [
            { op: 'ge', of: [last('mean'), 6] },
            { op: 'gt', of: [last('rest'), 1] },
          ],
        },
      },
    }),
  ];
  const rules = [
    ruleOf([levelOf('yellow', 5, { onDelayMs: 20 * S })], { id: 'r', scope: { pointIds: ['a', 'b', 'mean'] } }),
    ruleOf([levelOf('orange', 1)], { id: 'flag', scope: { pointIds: ['both'] } }),
  ];
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
      const next = chance(seed);
      const day = bench(specs, rules);
      const computed: unknown[] = [day.engine.computed()];
      for (let at = 10, i = 0; i < 60; i += 1, at += pick(next, [1, 10, 10, 45])) {
        if (next() < 0.15) day.tick(at);
        else
          day.send(
            at,
            ...Array.from({ length: pick(next, [1, 2, 3]) }, () => ({
              pointId: pick(next, ['a', 'b']),
              t: at - pick(next, [0, 0, 3, 20, 300]),
              v: Math.round(next() * 80) / 8,
              q: pick(next, ['good', 'good', 'good', 'uncertain', 'bad'] as const),
            })),
          );
        computed.push(day.engine.computed());
      }
      const cut = 1 + Math.floor(share * (day.log.length - 1));
      const first = createEngine({ partition: 0, digest });
      const again: unknown[] = [];
      const verdicts = day.log.slice(0, cut).flatMap(({ at, value, activations }, offset) => {
        const told = first.step({ offset, at, value }, activations);
        again.push(first.computed());
        return told;
      });
      const second = createEngine({ partition: 0, digest });
      second.restore(first.changes().put, day.log[0]?.activations ?? []);
      const rest = day.log.slice(cut).flatMap(({ at, value, activations }, i) => {
        const told = second.step({ offset: cut + i, at, value }, activations);
        again.push(second.computed());
        return told;
      });
      expect([...verdicts, ...rest]).toEqual(day.verdicts);
      expect(again).toEqual(computed);
    }),
    { numRuns: 60 },
  );
});

test('another formula begins anew; a removed point is computed no more', () => {
  const day = bench([pointOf('a'), pointOf('sum', { derived: { value: { op: 'sum', point: 'a', window: '20s' } } })], []);
  day.now(10, 1, { pointId: 'a' });
  day.now(20, 1, { pointId: 'a' });
  expect(values(day)).toEqual(['sum t=20 2 good']);
  day.activate(21, { points: [pointOf('sum', { derived: { value: { op: 'mean', point: 'a', window: '20s' } } })] });
  day.now(30, 1, { pointId: 'a' });
  expect(values(day)).toEqual([]);
  day.now(40, 3, { pointId: 'a' });
  expect(values(day)).toEqual(['sum t=40 2 good']);
  day.activate(41, { removedPointIds: ['sum'] });
  day.now(50, 3, { pointId: 'a' });
  expect(values(day)).toEqual([]);
});
