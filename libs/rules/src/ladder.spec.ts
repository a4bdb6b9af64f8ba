import fc from 'fast-check';
import type { ThresholdRule } from '@anlan/contracts';
import { judge } from './ladder.js';
import { QUIET, type Ladder } from './ladder-state.js';
import { mature, nextDue } from './ladder-time.js';
import { compileLadder, type LadderRule } from './ladder-rule.js';

type Level = ThresholdRule['levels'][number];
const step = (level: Level['level'], at: number, more: Partial<Level> = {}): Level => ({
  level,
  at,
  deadband: 0,
  onDelayMs: 0,
  offDelayMs: 0,
  onCount: 1,
  offCount: 1,
  latching: false,
  ...more,
});
const high = (...levels: readonly Level[]): LadderRule => compileLadder({ side: 'high', levels });

type Point = Readonly<{ t: number; v: number; q?: 'good' | 'uncertain'; edited?: boolean }>;

/** Plays samples with sample-and-hold up to `maxGap` and lists every change of (process, level) as it was recorded. */
function play(rule: LadderRule, points: readonly Point[], maxGap = 1000): { log: string[]; last: Ladder } {
  const log: string[] = [];
  let state = QUIET;
  let lastT = -Infinity;
  const note = (next: Ladder): void => {
    if (next.process !== state.process || next.level !== state.level || next.n !== state.n)
      log.push(`${next.changedAt} ${next.process} ${next.level}`);
    state = next;
  };
  for (const { t, v, q = 'good', edited = false } of points) {
    for (let due = nextDue(rule, state); due < t && due <= lastT + maxGap; due = nextDue(rule, state))
      note(mature(rule, state, { due, value: v }));
    note(judge(rule, state, { t, v, certain: q === 'good', broken: t - lastT > maxGap, pausedMs: 0, edited }));
    lastT = t;
  }
  return { log, last: state };
}

const at = (...values: readonly number[]): Point[] => values.map((v, i) => ({ t: i * 10, v }));

describe('threshold ladder', () => {
  const four = high(step('blue', 1, { deadband: 0.2 }), step('yellow', 2, { deadband: 0.2 }), step('orange', 3), step('red', 4));

  test.each<[string, LadderRule, readonly Point[], readonly string[]]>([
    ['L2 breach is at the limit', four, at(0.9, 1), ['10 active 1']],
    [
      'L2 climbs and falls through the colours',
      four,
      at(0, 1, 2.5, 4, 3.5, 1.8, 0.8),
      ['10 active 1', '20 active 2', '30 active 4', '40 active 3', '50 active 1', '60 normal 0'],
    ],
    ['L3 the deadband holds a level', four, at(2, 1.9, 1.81, 1.8), ['0 active 2', '30 active 1']],
    ['without deadband clear is strictly inside', high(step('red', 4)), at(4, 4, 3.99), ['0 active 4', '20 normal 0']],
    ['L2 on-delay is recorded at t0 + D', high(step('red', 4, { onDelayMs: 15 })), at(5, 5, 5), ['0 pending 0', '15 active 4']],
    [
      'L2 on-delay starts again after a clear sample',
      high(step('red', 4, { onDelayMs: 15 })),
      at(5, 5, 0, 5),
      ['0 pending 0', '15 active 4', '20 normal 0', '30 pending 0'],
    ],
    [
      'L2 a gap over maxGap breaks the delay',
      high(step('red', 4, { onDelayMs: 1500 })),
      [
        { t: 0, v: 5 },
        { t: 1400, v: 5 },
        { t: 2000, v: 5 },
      ],
      ['0 pending 0', '1400 pending 0'],
    ],
    [
      'L2 on-count',
      high(step('red', 4, { onCount: 3 })),
      at(5, 5, 0, 5, 5, 5),
      ['0 pending 0', '20 normal 0', '30 pending 0', '50 active 4'],
    ],
    ['L2 delay and count both', high(step('red', 4, { onCount: 3, onDelayMs: 5 })), at(5, 5, 5), ['0 pending 0', '20 active 4']],
    [
      'L3 off-delay is recorded at its end',
      high(step('red', 4, { offDelayMs: 15 })),
      at(5, 0, 0, 0),
      ['0 active 4', '10 recovering 4', '25 normal 0'],
    ],
    [
      'L3 off-count',
      high(step('red', 4, { offCount: 2 })),
      at(5, 0, 5, 0, 0),
      ['0 active 4', '10 recovering 4', '20 active 4', '30 recovering 4', '40 normal 0'],
    ],
    [
      'L3 normal is when the last level fell, not the gravest',
      high(step('blue', 1, { offDelayMs: 20 }), step('red', 4, { offDelayMs: 5 })),
      [
        { t: 0, v: 5 },
        { t: 10, v: 0 },
        { t: 50, v: 0 },
      ],
      ['0 active 4', '10 recovering 4', '30 normal 0'],
    ],
    ['E5 a breach ends recovery', high(step('red', 4, { offDelayMs: 15 })), at(5, 0, 5), ['0 active 4', '10 recovering 4', '20 active 4']],
    [
      'E4 level is kept while recovering',
      high(step('blue', 1, { offDelayMs: 30 }), step('red', 4)),
      at(5, 0, 0, 0, 0),
      ['0 active 4', '10 recovering 4', '40 normal 0'],
    ],
    [
      'L5 a milder level in breach takes over',
      high(step('blue', 1, { onDelayMs: 500 }), step('red', 4)),
      at(5, 2, 0),
      ['0 active 4', '10 active 1', '20 normal 0'],
    ],
    [
      'R-14 uncertain raises but never clears',
      high(step('red', 4)),
      [
        { t: 0, v: 5, q: 'uncertain' },
        { t: 10, v: 0, q: 'uncertain' },
        { t: 20, v: 0 },
      ],
      ['0 active 4', '20 normal 0'],
    ],
    [
      'R-14 uncertain breaks an off-delay',
      high(step('red', 4, { offDelayMs: 15 })),
      [
        { t: 0, v: 5 },
        { t: 10, v: 0 },
        { t: 20, v: 0, q: 'uncertain' },
        { t: 30, v: 0 },
        { t: 40, v: 0 },
        { t: 50, v: 0 },
      ],
      ['0 active 4', '10 recovering 4', '45 normal 0'],
    ],
    [
      'an edit ends what no longer breaches, deadband or not',
      high(step('red', 4, { deadband: 1 })),
      [
        { t: 0, v: 5 },
        { t: 10, v: 3.5 },
        { t: 20, v: 3.5, edited: true },
      ],
      ['0 active 4', '20 normal 0'],
    ],
    [
      'low side',
      compileLadder({ side: 'low', levels: [step('blue', 2, { deadband: 0.5 }), step('red', 1)] }),
      at(3, 2, 1, 2.4, 2.5),
      ['10 active 1', '20 active 4', '30 active 1', '40 normal 0'],
    ],
    [
      'both sides',
      compileLadder({ side: 'both', levels: [{ ...step('red', 0), high: 10, low: 2 }] }),
      at(5, 10, 5, 2, 3),
      ['10 active 4', '20 normal 0', '30 active 4', '40 normal 0'],
    ],
  ])('%s', (_name, rule, points, want) => {
    expect(play(rule, points).log).toEqual(want);
  });

  test('L2 the held value completes a delay before the sample that ends it', () => {
    expect(
      play(high(step('red', 4, { onDelayMs: 15 })), [
        { t: 0, v: 5 },
        { t: 60, v: 0 },
      ]).log,
    ).toEqual(['0 pending 0', '15 active 4', '60 normal 0']);
  });

  test('L6 a step that changes nothing returns the same object', () => {
    const up = play(four, at(5)).last;
    expect(judge(four, up, { t: 20, v: 6, certain: true, broken: false, pausedMs: 0, edited: false })).toBe(up);
    expect(judge(four, QUIET, { t: 20, v: 0, certain: true, broken: false, pausedMs: 0, edited: false })).toBe(QUIET);
  });

  test('peak never falls within an episode (I12), t0 stays, n grows', () => {
    const { last } = play(four, at(1, 4, 1));
    expect(last).toMatchObject({ level: 1, peak: 4, t0: 0, n: 1, peakValue: 4 });
    expect(play(four, at(4, 0, 1)).last).toMatchObject({ level: 1, peak: 1, t0: 20, n: 2 });
  });
});

/** The oracle: each level on its own, as the definition reads (AS 2.2), over all samples so far; the alarm is the gravest. No run bookkeeping. */
function oracle(levels: readonly Level[], points: readonly Point[], maxGap: number): (number | 'pending')[] {
  const up = levels.map(() => false);
  const since = levels.map(() => 0);
  return points.map((point, k) => {
    levels.forEach((level, i) => {
      const on = (p: Point): boolean => p.v >= (level.at ?? Infinity);
      const off = (p: Point): boolean => (level.deadband > 0 ? p.v <= (level.at ?? 0) - level.deadband : p.v < (level.at ?? 0));
      const predicate = up[i] ? off : on;
      const [delay, many] = up[i] ? [level.offDelayMs, level.offCount] : [level.onDelayMs, level.onCount];
      let first = k + 1;
      while (first > 0 && first > (since[i] ?? 0) && predicate(points[first - 1]!)) first -= 1;
      let start = k;
      while (start > first && points[start]!.t - points[start - 1]!.t <= maxGap) start -= 1;
      if (predicate(point) && k - first + 1 >= many && point.t - points[start]!.t >= delay) {
        up[i] = !up[i];
        since[i] = k + 1;
      }
    });
    return up.lastIndexOf(true) + 1;
  });
}

describe('against a naive oracle', () => {
  const limits = fc.record({
    deadband: fc.constantFrom(0, 0.5, 1.5),
    offDelayMs: fc.constantFrom(0, 10, 25),
    onCount: fc.constantFrom(1, 2, 3),
    offCount: fc.constantFrom(1, 2),
  });
  const history = fc.array(fc.record({ gap: fc.constantFrom(1, 5, 10, 10, 40), v: fc.double({ min: 0, max: 6, noNaN: true }) }), {
    maxLength: 60,
  });

  test('one level with counts, off-delay, deadband and gaps: the same level after every sample', () => {
    fc.assert(
      fc.property(limits, history, (shape, gaps) => {
        const level = step('red', 3, shape);
        const points = gaps.reduce<Point[]>((all, { gap, v }) => [...all, { t: (all.at(-1)?.t ?? 0) + gap, v }], []);
        const want = oracle([level], points, 30).map((up) => (up ? 4 : 0));
        points.forEach((_, k) => {
          const { last } = play(high(level), points.slice(0, k + 1), 30);
          expect(last.raised === 0 ? 0 : 4).toBe(want[k]);
        });
      }),
      { numRuns: 150 },
    );
  });

  test('four colours with deadbands and off-delays: raised levels are those of four single rules', () => {
    fc.assert(
      fc.property(fc.array(limits, { minLength: 4, maxLength: 4 }), history, (shapes, gaps) => {
        // Counts equal: a milder level is never slower than a graver one, so L5 never acts and levels are independent.
        const levels = (['blue', 'yellow', 'orange', 'red'] as const).map((name, i) => step(name, i + 1.5, { ...shapes[i], onCount: 1 }));
        const points = gaps.reduce<Point[]>((all, { gap, v }) => [...all, { t: (all.at(-1)?.t ?? 0) + gap, v }], []);
        const want = oracle(levels, points, 30);
        points.forEach((_, k) => {
          const { last } = play(high(...levels), points.slice(0, k + 1), 30);
          expect(32 - Math.clz32(last.raised)).toBe(want[k]);
        });
      }),
      { numRuns: 100 },
    );
  });

  test('on-delay by held values: raised exactly when some unbroken stretch of breach lasted D', () => {
    fc.assert(
      fc.property(history, fc.constantFrom(5, 10, 25), (gaps, onDelayMs) => {
        const points = gaps.reduce<Point[]>((all, { gap, v }) => [...all, { t: (all.at(-1)?.t ?? 0) + gap, v }], []);
        const { log } = play(high(step('red', 3, { onDelayMs })), points, 30);
        const want: number[] = [];
        let start: number | undefined;
        let isUp = false;
        points.forEach(({ t, v }, k) => {
          const before = points[k - 1];
          const heldTo = before ? Math.min(t, before.t + 30) : t;
          const due = (start ?? Infinity) + onDelayMs;
          // Held past the end of the gap counts up to maxGap, but not the moment of the next sample itself.
          if (!isUp && before && (due < t ? due <= heldTo : due === t && v >= 3 && t - before.t <= 30)) {
            want.push(due);
            isUp = true;
          }
          if (v < 3) [start, isUp] = [undefined, false];
          else if (!isUp && (start === undefined || t - (before?.t ?? t) > 30)) start = t;
        });
        expect(log.filter((line) => line.endsWith('active 4')).map((line) => Number(line.split(' ')[0]))).toEqual(want);
      }),
      { numRuns: 300 },
    );
  });

  test('a non-finite value changes nothing that stands', () => {
    const up = play(high(step('red', 3)), at(5)).last;
    expect(
      judge(high(step('red', 3)), up, { t: 10, v: Number.NaN, certain: true, broken: false, pausedMs: 0, edited: false }),
    ).toMatchObject({ process: 'active', level: 4 });
  });
});
