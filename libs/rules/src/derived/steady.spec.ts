import { parseDerived, type DerivedNode, type Reading } from '@anlan/contracts';
import fc from 'fast-check';
import { compileFormula } from './formula.js';
import { hearEvent, loadSteady, newSteady, saveSteady, steadyMs, type Steady, type SteadyTerms } from './steady.js';

const MIN = 60_000;
const HOUR = 60 * MIN;
const terms: SteadyTerms = { windowMs: 24 * HOUR, intervalMs: 24 * MIN, tolerance: 0.2, least: 6 };

const after = (minutes: readonly number[], own: SteadyTerms = terms): Steady => {
  const steady = newSteady();
  for (const minute of minutes) hearEvent(steady, minute * MIN, own);
  return steady;
};
/** Events at a fixed interval. */
const even = (count: number, every: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i * every);
const minutesOf = (steady: Steady): number => steadyMs(steady) / MIN;

test('even events count from the sixth gap on, with all of their gaps', () => {
  expect(minutesOf(after(even(6, 30)))).toBe(0);
  expect(minutesOf(after(even(7, 30)))).toBe(180);
  expect(minutesOf(after(even(20, 30)))).toBe(570);
});

test('before the first event nothing is known', () => expect(steadyMs(newSteady())).toBeNaN());

test('a faster flow than asked for is something larger, however even', () => expect(minutesOf(after(even(100, 12)))).toBe(0));

test('larger use in between breaks no count: the small flow goes on beside it', () => {
  const use = [601, 602, 603, 604];
  const resumed = even(12, 30, 630);
  expect(minutesOf(after([...even(21, 30), ...use, ...resumed]))).toBe(600 + 26 + 330);
});

test('a pause as long as no interval counts is not counted, and a new rate is not added to the old', () => {
  expect(minutesOf(after([...even(11, 30), ...even(4, 90, 600)]))).toBe(300);
});

test('uneven gaps are no steady flow', () => {
  const gaps = [25, 60, 33, 90, 41, 120, 27, 70, 35, 100, 30, 55];
  let at = 0;
  expect(minutesOf(after(gaps.map((gap) => (at += gap))))).toBe(0);
});

test('slow drift is followed', () => {
  let at = 0;
  const drifting = Array.from({ length: 20 }, (_, i) => (at += 30 + i * 0.5));
  expect(minutesOf(after(drifting))).toBeGreaterThan(600);
});

test('what lies before the window is forgotten', () => {
  expect(minutesOf(after([...even(11, 30), 3_000]))).toBe(0);
  expect(minutesOf(after(even(200, 30)))).toBe(24 * 60);
});

test('F2: it stays bounded, and going on after a save is going on', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 300 }), fc.nat(300), (gaps, cut) => {
      let at = 0;
      const times = gaps.map((gap) => (at += gap * MIN));
      const straight = newSteady();
      let saved = newSteady();
      times.forEach((t, i) => {
        hearEvent(straight, t, terms);
        if (i === cut) saved = loadSteady(JSON.parse(JSON.stringify(saveSteady(saved))) as ReturnType<typeof saveSteady>);
        hearEvent(saved, t, terms);
      });
      expect(saved).toEqual(straight);
      expect(straight.gaps.length).toBeLessThanOrEqual(24 * 60);
    }),
  );
  const tiny = { ...terms, windowMs: 90 * 24 * HOUR, intervalMs: MIN };
  expect(after(even(5_000, 1), tiny).gaps).toHaveLength(512);
});

test('as an operator it hears readings above its limit only, and answers in its unit', () => {
  const node: DerivedNode = { op: 'steady', point: 'p', window: '24h', interval: '24min', tolerance: 0.2, least: 6, unit: 'h' };
  expect('derived' in parseDerived({ value: node })).toBe(true);
  const formula = compileFormula({ value: node }, () => MIN);
  const memory = formula.start();
  for (let minute = 0; minute <= 600; minute += 1)
    formula.hear(memory, { pointId: 'p', t: minute * MIN, v: minute % 30 === 0 ? 1 : 0, q: 'good' } satisfies Reading);
  const loaded = formula.load(JSON.parse(JSON.stringify(formula.save(memory))) as ReturnType<typeof formula.save>);
  expect(formula.compute(loaded, { t: 600 * MIN, open: false })?.v).toBe(10);
});
