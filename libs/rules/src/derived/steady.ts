/**
 * How long small things came at even intervals: the mark of a flow that never stops and never changes.
 *
 * Events nearer to each other than the shortest interval belong to something larger and are passed over. Of the others, the longest stretch of at
 * least `least` gaps in a row, each within `tolerance` of the running interval of its stretch, gives *the* interval; counted are all gaps of the
 * window within `tolerance` of it. Bounded: at most 512 gaps are kept, the oldest go first. Cost: one pass over the kept gaps at each slow event.
 */
import type { Millis } from '@anlan/contracts';

export type SteadyTerms = Readonly<{
  windowMs: Millis;
  /** Shortest interval that counts. */
  intervalMs: Millis;
  /** Share of the interval by which gaps may differ from it. */
  tolerance: number;
  least: number;
}>;

/** `joined`: nothing faster happened between this gap and the one before. */
type Gap = { t: Millis; ms: Millis; joined: boolean };
/** Changed in place. `since`: the first event; `last`: the newest. */
export type Steady = { since: Millis | null; last: Millis; isBroken: boolean; gaps: Gap[]; sumMs: Millis };
export type SavedSteady = readonly [
  since: Millis | null,
  last: Millis,
  broken: 0 | 1,
  sumMs: Millis,
  gaps: readonly (readonly [t: Millis, ms: Millis, joined: 0 | 1])[],
];

const MOST_GAPS = 512;
/** Weight of the newest gap in the running interval: slow drift (temperature, pressure) is followed. */
const PACE = 1 / 4;

export function newSteady(): Steady {
  return { since: null, last: 0, isBroken: true, gaps: [], sumMs: 0 };
}

/** Takes in an event later than all before. */
export function hearEvent(steady: Steady, t: Millis, terms: SteadyTerms): void {
  const { since, last } = steady;
  steady.last = t;
  if (since === null) {
    steady.since = t;
    return;
  }
  const ms = t - last;
  if (ms < terms.intervalMs * (1 - terms.tolerance)) {
    steady.isBroken = true;
    return;
  }
  steady.gaps.push({ t, ms, joined: !steady.isBroken });
  steady.isBroken = false;
  const kept = steady.gaps.findIndex((gap) => gap.t > t - terms.windowMs);
  const out = Math.max(kept, steady.gaps.length - MOST_GAPS);
  if (out > 0) steady.gaps.splice(0, out);
  steady.sumMs = steadyIn(steady.gaps, terms);
}

/** Time spent in even gaps; NaN before the first event. */
export function steadyMs({ since, sumMs }: Steady): number {
  return since === null ? Number.NaN : sumMs;
}

function steadyIn(gaps: readonly Gap[], terms: SteadyTerms): Millis {
  const interval = intervalIn(gaps, terms);
  if (interval < terms.intervalMs) return 0;
  return gaps.reduce((sum, { ms }) => (Math.abs(ms - interval) <= terms.tolerance * interval ? sum + ms : sum), 0);
}

/** Running interval at the end of the longest even stretch (of equally long ones, the newest); 0: none. */
function intervalIn(gaps: readonly Gap[], { tolerance, least }: SteadyTerms): Millis {
  let interval = 0;
  let longest = 0;
  let run = { interval: 0, n: 0, ms: 0 };
  for (const { ms, joined } of gaps) {
    const goesOn = joined && run.n > 0 && Math.abs(ms - run.interval) <= tolerance * run.interval;
    run = goesOn ? { interval: run.interval + (ms - run.interval) * PACE, n: run.n + 1, ms: run.ms + ms } : { interval: ms, n: 1, ms };
    if (run.n < least || run.ms < longest) continue;
    longest = run.ms;
    interval = run.interval;
  }
  return interval;
}

/** Times relative to the first event: shorter. */
export function saveSteady({ since, last, isBroken, gaps, sumMs }: Steady): SavedSteady {
  const origin = since ?? 0;
  return [since, last, isBroken ? 1 : 0, sumMs, gaps.map(({ t, ms, joined }) => [t - origin, ms, joined ? 1 : 0])];
}

export function loadSteady([since, last, broken, sumMs, gaps]: SavedSteady): Steady {
  const origin = since ?? 0;
  return { since, last, isBroken: broken === 1, sumMs, gaps: gaps.map(([t, ms, joined]) => ({ t: t + origin, ms, joined: joined === 1 })) };
}
