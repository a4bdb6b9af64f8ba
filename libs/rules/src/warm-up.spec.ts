import type { PointSpec, RateRule, Rule } from '@anlan/contracts';
import { createEngine } from './engine.js';
import { reachOf } from './kinds/kinds.js';
import { parseRule } from './parse-rule.js';
import { bench, digest, levelOf, pointOf, S, T, type Bench } from './testing/bench.js';
import { rehearsal, warmedSlot, type StoredReading, type WarmUp } from './warm-up.js';

const MIN = 60;
const point: PointSpec = pointOf('p', { intervalMs: MIN * S });
const rule: RateRule = {
  id: 'r',
  version: 1,
  kind: 'rate',
  enabled: true,
  scope: { pointIds: ['p'] },
  side: 'high',
  quality: 'pause',
  levels: [levelOf('red', 0.5)],
  estimator: 'ols',
  windowMs: 20 * MIN * S,
  perMs: MIN * S,
  perUnit: 'U/min',
  direction: 'rise',
  minSignal: { sd: 0 },
  minCoverage: 0.7,
  learnMs: 0,
};
/** Another window: another memory. */
const edited: RateRule = { ...rule, version: 2, windowMs: 10 * MIN * S };

/** Flat for half an hour, then one unit a minute. */
const course = (minute: number): number => Math.max(0, minute - 30);
const stored = (from: number, to: number): readonly StoredReading[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ t: T + (from + i) * MIN * S, v: course(from + i), q: 'good' }));

const play = (b: Bench, from: number, to: number): readonly string[] => {
  const told: string[] = [];
  for (let minute = from; minute <= to; minute += 1) told.push(...b.now(minute * MIN, course(minute)));
  return told.filter((one) => one.startsWith('rate'));
};
const orderIn = (b: Bench): WarmUp => {
  const [order] = b.engine.waiting(9);
  if (!order) throw new Error('nothing waits');
  return order;
};
/** What the shell does: reads what is stored from where the order says up to where the recorder is, and says what the rule remembers of it. */
const answer = (b: Bench, at: number, upTo = orderIn(b).upTo): readonly string[] => {
  const order = orderIn(b);
  const played = rehearsal(order);
  played.take(stored(Math.ceil((order.from - T) / (MIN * S)), (upTo - T) / (MIN * S)));
  return b.warmed(at, throughText(warmedSlot(order, { upTo, memory: played.memory() })));
};
const throughText = <V>(value: V): V => JSON.parse(JSON.stringify(value)) as V;
const saved = (b: Bench): string => b.engine.changes().put.get('p') ?? '';

const begun = (minutes = 36): Bench => {
  const b = bench([point], [rule], { warmsUp: true });
  play(b, 1, minutes);
  b.activate(minutes * MIN + 1, { rules: [edited] });
  return b;
};

describe('what a rule that begins anew remembers', () => {
  test('nothing waits in an engine whose questions nobody answers, nor for a point that was never heard of', () => {
    const deaf = bench([point], [rule]);
    play(deaf, 1, 5);
    deaf.activate(5 * MIN + 1, { rules: [edited] });
    expect(deaf.engine.waiting(9)).toEqual([]);
    const young = bench([point], [rule], { warmsUp: true });
    young.activate(1, { rules: [edited] });
    expect(young.engine.waiting(9)).toEqual([]);
  });

  test('a structural edit and a new rule wait for what is stored up to the last reading judged; an edit of limits does not', () => {
    const b = begun();
    expect(b.engine.waiting(9)).toMatchObject([{ rule: { version: 2 }, from: T + 16 * MIN * S, upTo: T + 36 * MIN * S }]);
    const other = bench([point], [rule], { warmsUp: true });
    play(other, 1, 36);
    other.activate(36 * MIN + 1, { rules: [{ ...rule, version: 2, levels: [levelOf('red', 0.8)] }] });
    expect(other.engine.waiting(9)).toEqual([]);
    other.activate(36 * MIN + 2, { rules: [{ ...edited, id: 'young' }] });
    expect(other.engine.waiting(9)).toMatchObject([{ rule: { id: 'young' } }]);
  });

  test('U2, U4: with its history it speaks at the next reading, with the true beginning; without, when it has seen enough itself', () => {
    const warm = begun();
    expect(answer(warm, 36 * MIN + 2)).toEqual([]);
    expect(play(warm, 37, 37)).toEqual([expect.stringMatching(/^rate active red t0=2100 t=2100 n=1$/)]);
    const cold = begun();
    const told = play(cold, 37, 60);
    expect(told).toEqual([expect.stringMatching(/^rate active red t0=2[56789]\d\d/)]);
  });

  test.each([36, 37, 39, 42, 60])('U3: stored up to minute %i, and in the log later still, it comes to the same memory', (upTo) => {
    const first = begun();
    answer(first, 36 * MIN + 2);
    play(first, 37, 70);
    const other = begun();
    play(other, 37, upTo + 3);
    answer(other, (upTo + 3) * MIN + 1, T + upTo * MIN * S);
    play(other, upTo + 4, 70);
    const memory = (b: Bench): unknown => (JSON.parse(saved(b)) as { slots: { r: { trace: { state: unknown } } } }).slots.r.trace;
    expect(memory(other)).toEqual(memory(first));
    expect(other.engine.waiting(9)).toEqual([]);
  });

  test('U3: a restart in between changes nothing', () => {
    const whole = begun();
    const entries = new Map(whole.engine.changes().put);
    const again = createEngine({ partition: 0, digest, warmsUp: true });
    again.restore(
      entries,
      whole.log.flatMap(({ activations }) => activations),
    );
    expect(again.waiting(9)).toEqual(whole.engine.waiting(9));
    play(whole, 37, 38);
    answer(whole, 38 * MIN + 1, T + 37 * MIN * S);
    play(whole, 39, 50);
    for (const [i, { at, value }] of whole.log.entries()) if (at > T + 36 * MIN * S + S) again.step({ offset: i, at, value });
    expect(again.changes().put.get('p')).toBe(saved(whole));
  });

  test('what was kept falls out of reach when too much comes, and the history must reach farther', () => {
    const b = begun();
    const first = orderIn(b);
    play(b, 37, 37 + 128);
    expect(orderIn(b).upTo).toBe(T + 37 * MIN * S);
    expect(answer(b, 166 * MIN, first.upTo)).toEqual([]);
    expect(b.engine.waiting(9)).toHaveLength(1);
    answer(b, 166 * MIN + 1);
    expect(b.engine.waiting(9)).toEqual([]);
  });

  test('a repeated answer, one for another memory, and one for a rule that is gone change nothing', () => {
    const b = begun();
    const order = orderIn(b);
    const played = rehearsal(order);
    played.take(stored(16, 36));
    const slot = warmedSlot(order, { upTo: order.upTo, memory: played.memory() });
    b.warmed(36 * MIN + 2, { ...slot, shape: 'another' });
    b.warmed(36 * MIN + 2, { ...slot, pointId: 'nobody' });
    expect(b.engine.waiting(9)).toHaveLength(1);
    b.warmed(36 * MIN + 2, slot);
    const once = saved(b);
    b.warmed(36 * MIN + 3, slot);
    expect([b.engine.waiting(9), saved(b)]).toEqual([[], '']);
    expect(once).not.toContain('waiting');
    b.activate(36 * MIN + 4, { removedRuleIds: ['r'] });
    b.warmed(36 * MIN + 5, slot);
    expect(saved(b)).not.toContain('"r"');
  });

  test('no history: it goes on with what it has seen itself', () => {
    const b = begun();
    b.warmed(36 * MIN + 2, warmedSlot(orderIn(b), { upTo: orderIn(b).upTo, memory: rehearsal(orderIn(b)).memory() }));
    expect(b.engine.waiting(9)).toEqual([]);
    expect(play(b, 37, 60)).toHaveLength(1);
  });

  test('U4: what has begun to be told meanwhile goes on as it is', () => {
    const b = begun();
    expect(play(b, 37, 50)).toHaveLength(1);
    answer(b, 50 * MIN + 1, T + 45 * MIN * S);
    expect(play(b, 51, 60)).toEqual([]);
  });

  test('a version that is not valid yet begins from what comes then', () => {
    const b = bench([point], [rule], { warmsUp: true });
    play(b, 1, 5);
    b.activate(5 * MIN + 1, { rules: [{ ...edited, id: 'later', validFrom: T + 9 * MIN * S }] });
    expect(b.engine.waiting(9)).toEqual([]);
  });

  test('what has left is forgotten', () => {
    const b = begun();
    b.activate(36 * MIN + 2, { removedPointIds: ['p'] });
    expect(b.engine.waiting(9)).toEqual([]);
  });
});

describe('U1: a rehearsal comes to what the rule would have come to live', () => {
  const HOUR = 60 * MIN;
  const rough = (i: number): number => 50 + 5 * Math.sin(i / 7) + ((i * 7919) % 101) / 50 + (i > 300 ? (i - 300) / 10 : 0);
  const readings = Array.from({ length: 400 }, (_, i): StoredReading => {
    const q = i % 37 === 36 ? 'bad' : i % 23 === 22 ? 'uncertain' : 'good';
    // A gap of a night, and readings that come a little apart from their time.
    return { t: T + (i * HOUR + (i > 200 ? 12 * HOUR : 0) + (i % 3)) * S, v: rough(i), q };
  });
  const parsed = (body: object): Rule => {
    const found = parseRule(
      { id: 'r', pointId: 'p', ...body },
      { path: '', version: 1, points: new Map([['p', { intervalMs: HOUR * S }]]) },
    );
    if ('rule' in found) return found.rule;
    throw new Error(JSON.stringify(found.faults));
  };
  test.each([
    { kind: 'rate', window: '12h', perUnit: 'U/h', levels: [{ level: 'yellow', at: 0.05, onDelay: '2h' }] },
    { kind: 'rate', estimator: 'difference', perUnit: 'U/d', window: '24h', minSignal: '3sd', levels: [{ level: 'yellow', at: 0.5 }] },
    { kind: 'forecast', target: { at: 70, side: 'high' }, horizon: '4d', window: '2d', level: 'orange' },
    { kind: 'shift', learn: '5d', level: 'yellow' },
    { kind: 'baseline', season: 'hourOfDay', learn: '5d', levels: [{ level: 'blue', at: 2, offDelay: '3h' }] },
    { kind: 'accel', velocity: { window: '72h' }, learn: '6d', direction: 'rise' },
  ])('$kind $estimator', (body) => {
    const made = parsed(body);
    const spec = pointOf('p', { intervalMs: HOUR * S, liveHorizonMs: null });
    const b = bench([spec], [made]);
    for (const { t, v, q } of readings) b.send((t - T) / S, { t: (t - T) / S, v, q });
    const live = JSON.parse(saved(b)) as { slots: { r: object } };
    const played = rehearsal({ spec, rule: made });
    for (let i = 0; i < readings.length; i += 90) played.take(readings.slice(i, i + 90));
    expect(throughText(played.memory())).toMatchObject({ slot: live.slots.r });
    expect(reachOf(made, HOUR * S)).toBeGreaterThan(0);
  });

  test('a threshold and a vote need no history', () => {
    expect(reachOf(parsed({ kind: 'threshold', levels: [{ level: 'red', at: 5 }] }), HOUR * S)).toBe(0);
    expect(reachOf(parsed({ kind: 'vote', k: 1 }), HOUR * S)).toBe(0);
  });
});
