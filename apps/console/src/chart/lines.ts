import type { BucketJson, Quality, SampleJson } from '@anlan/contracts';

/** A time without data, in ms. */
export type Gap = Readonly<{ from: number; to: number }>;
export type Mark = Readonly<{ t: number; v: number; q: Exclude<Quality, 'good'> }>;

/** What the chart draws: parallel lists by time (s), null where the line breaks. `low`/`high` only for buckets. */
export type Lines = Readonly<{
  x: readonly number[];
  y: readonly (number | null)[];
  low: readonly (number | null)[] | null;
  high: readonly (number | null)[] | null;
  gaps: readonly Gap[];
  /** Readings that are not good: hollow on the line, or out of it. */
  marks: readonly Mark[];
  /** Numbers that the range must hold. */
  values: readonly number[];
}>;

type Dot = Readonly<{ t: number; y: number; low: number; high: number }>;

/** Times of silence that break the line: this many times the usual distance of readings. */
const GAP_TIMES = 3;

/** Readings as lines. `bad` and `maintenance` are beside the line, never on it; nothing is joined across a gap. */
export function linesOfSamples(samples: readonly SampleJson[], maxGapMs?: number): Lines {
  const dots: Dot[] = [];
  const marks: Mark[] = [];
  for (const { t, v, q } of samples) {
    const at = Date.parse(t);
    if (q !== 'good') marks.push({ t: at, v, q });
    if (q === 'good' || q === 'uncertain') dots.push({ t: at, y: v, low: v, high: v });
  }
  return linesOf(dots, marks, maxGapMs ?? GAP_TIMES * usualStep(dots), false);
}

/** Buckets as a mean line with its band. Empty buckets are absent: an absence is a gap. */
export function linesOfBuckets(buckets: readonly BucketJson[], everyMs: number): Lines {
  const dots = buckets.map(({ t, min, max, mean }) => ({ t: Date.parse(t), y: mean, low: min, high: max }));
  // Readings farther apart than the buckets are no gaps.
  const step = usualStep(dots);
  return linesOf(dots, [], GAP_TIMES * Math.max(everyMs, Number.isFinite(step) ? step : 0), true);
}

function linesOf(dots: readonly Dot[], marks: readonly Mark[], gapMs: number, banded: boolean): Lines {
  const x: number[] = [];
  const [y, low, high]: [(number | null)[], (number | null)[], (number | null)[]] = [[], [], []];
  const gaps: Gap[] = [];
  let before: Dot | undefined;
  for (const dot of dots) {
    if (before !== undefined && dot.t - before.t > gapMs) {
      gaps.push({ from: before.t, to: dot.t });
      x.push((before.t + dot.t) / 2_000);
      for (const list of [y, low, high]) list.push(null);
    }
    x.push(dot.t / 1_000);
    y.push(dot.y);
    low.push(dot.low);
    high.push(dot.high);
    before = dot;
  }
  return {
    x,
    y,
    low: banded ? low : null,
    high: banded ? high : null,
    gaps,
    marks,
    values: dots.flatMap((dot) => (banded ? [dot.low, dot.high] : [dot.y])),
  };
}

/** The middle of the distances between neighbours; Infinity below three readings. */
function usualStep(dots: readonly Dot[]): number {
  if (dots.length < 3) return Infinity;
  const steps = dots.slice(1).map((dot, index) => dot.t - (dots[index]?.t ?? dot.t));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? Infinity;
}
