/**
 * Cumulative sums over the departures from what is usual (AS 4.6 on 4.9).
 *
 * C1  What is usual is learned from samples at rest only: what a run has seen is learned when the run has come to nothing, and never if it called.
 * C2  A level that has stood for `rebaseMs` while the alarm was open is the usual one from then on, and so is, at once, a lasting change in the
 *     direction that is not watched (a repaired leak). The profile of the season stays, only its height moves.
 * C3  Drift below the slack `k` is followed with the time constant `learnMs`.
 */
import type { Millis } from '@anlan/contracts';
import { isAtRest, newCusum, restCusum, stepCusum, winsorised } from '../../estimate/cusum.js';
import { binOf, learn, learnIn, newProfile, usualIn } from '../../estimate/seasonal.js';
import { learnPair, newWhiteness, widening } from '../../estimate/whiteness.js';
import { limitFor, notePeak } from './alarm-rate.js';
import { leadingRun, type CusumMemory, type CusumRule, type Departed, type Learned } from './cusum-memory.js';
import type { Method } from './method.js';
import { leastScale, type Sample } from './sample.js';
import { drawCusum, sayCusum } from './say-cusum.js';

/** A run longer than this teaches nothing but its beginning. */
const MOST_WAITING = 64;
/** A new height that rests on fewer samples than this is bettered by each next one, unless that is itself far off. */
const SETTLED = 10;
const FAR_OFF = 3;
/** The last few departures of a run count like about two. */
const LATELY = 2;
/** Sums stop growing at this many times the gravest limit: the way back is not longer than the way up. */
const OVERSHOOT = 1.5;

export function cusumMethod(rule: CusumRule): Method<CusumMemory> {
  const most = OVERSHOOT * rule.levels.reduce((gravest, { at = 1 }) => Math.max(gravest, at), 1);
  const terms: Terms = { rule, most };
  return {
    start: () => ({
      profile: newProfile(rule.season),
      moved: 0,
      grounds: SETTLED,
      white: newWhiteness(),
      cusum: newCusum(),
      waiting: [],
      h: null,
      peaks: [],
      open: null,
      last: null,
    }),
    step: (memory, sample, begun) => step(terms, memory, sample, sample.t - begun),
    explain: (memory, about) => sayCusum(rule, memory, about),
    evidence: (memory, about) => drawCusum(rule, memory, about),
  };
}

/** `most`: where sums stop growing, in limits. */
type Terms = Readonly<{ rule: CusumRule; most: number }>;

function step(terms: Terms, memory: CusumMemory, sample: Sample, seenMs: Millis): number | undefined {
  const { rule, most } = terms;
  const isTaken = hasStood(rule, memory, sample);
  if (isTaken && memory.open) rebase(memory, memory.open.sum / memory.open.n, memory.open.n);
  const departed = departedFrom(rule, memory, sample);
  if (!departed || seenMs < rule.learnMs) {
    study(terms, memory, { sample, departed, seenMs });
    return undefined;
  }
  const h = limitOf(rule, memory);
  advance(rule, memory, { departed, most: most * h });
  noteOpen(memory, sample, departed.v - departed.usual);
  if (!sample.open && sample.certain) better(memory, departed);
  const isFollowed = followUnwatched(rule, memory, h);
  const mayLearn = sample.certain && !isTaken && !isFollowed && !(rule.freezeWhileOpen && sample.open);
  if (mayLearn) learnAtRest(rule, memory, { sample, h });
  // The sample at which a level is taken as the usual one ends the alarm; what departs from the new one already is kept for the next.
  return isTaken ? 0 : leadingRun(rule, memory.cusum).c / h;
}

/** The learning stretch. Its second half, when the seasons are roughly known, shows how the departures behave by chance. */
function study(
  { rule, most }: Terms,
  memory: CusumMemory,
  { sample, departed, seenMs }: Readonly<{ sample: Sample; departed: Departed | undefined; seenMs: Millis }>,
): void {
  const isSecondHalf = seenMs >= rule.learnMs / 2;
  if (departed && isSecondHalf && rule.targetAlarmsPerMonth !== undefined) rehearse(rule, memory, { departed, most: most * Infinity });
  if (!sample.certain) return;
  if (isSecondHalf) teach(rule, memory, sample);
  else learn(memory.profile, rule.season, sample);
}

/** The last sample from now on; one object for all of them, for this runs for every reading. */
function departedFrom(rule: CusumRule, memory: CusumMemory, { t, v }: Sample): Departed | undefined {
  const { profile, moved, white } = memory;
  const known = usualIn(profile, rule.season, binOf(t, rule.season));
  if (!known) return undefined;
  const usual = known.centre + moved;
  const sigma = Math.max(known.scale * widening(white), leastScale(rule, usual));
  const { last } = memory;
  if (!last) return (memory.last = { t, v, usual, sigma });
  last.t = t;
  last.v = v;
  last.usual = usual;
  last.sigma = sigma;
  return last;
}

type Advance = Readonly<{ departed: Departed; most: number }>;

function advance({ k }: CusumRule, { cusum }: CusumMemory, { departed, most }: Advance): void {
  const { t, v, usual, sigma } = departed;
  stepCusum(cusum, { t, z: (v - usual) / sigma, by: v - usual }, { k, most });
}

/** The second half of the learning stretch shows how high runs get by chance. */
function rehearse(rule: CusumRule, memory: CusumMemory, way: Advance): void {
  const { up, down } = memory.cusum;
  const before = [up.peak, down.peak];
  advance(rule, memory, way);
  const after = [up, down];
  before.forEach((peak, i) => {
    if (after[i]?.c === 0) notePeak(memory.peaks, peak);
  });
}

function limitOf(rule: CusumRule, memory: CusumMemory): number {
  if (memory.h !== null) return memory.h;
  notePeak(memory.peaks, memory.cusum.up.peak);
  notePeak(memory.peaks, memory.cusum.down.peak);
  memory.h = limitFor(rule, memory.peaks);
  restCusum(memory.cusum);
  memory.peaks = [];
  return memory.h;
}

/** C2, the level that has stood. */
function hasStood({ rebaseMs }: CusumRule, { open }: CusumMemory, sample: Sample): boolean {
  return sample.open && open !== null && sample.t - open.since >= rebaseMs;
}

function noteOpen(memory: CusumMemory, { t, open }: Sample, by: number): void {
  if (!open) {
    memory.open = null;
    return;
  }
  memory.open ??= { since: t, n: 0, sum: 0 };
  memory.open.n += 1;
  memory.open.sum += by;
}

/** C2, the direction that is not watched. */
function followUnwatched({ direction }: CusumRule, memory: CusumMemory, h: number): boolean {
  if (direction === 'both') return false;
  const run = direction === 'rise' ? memory.cusum.down : memory.cusum.up;
  if (run.c < h) return false;
  rebase(memory, run.lately, LATELY);
  return true;
}

function rebase(memory: CusumMemory, by: number, grounds: number): void {
  memory.moved += by;
  memory.grounds = Math.min(SETTLED, grounds);
  memory.open = null;
  memory.waiting = [];
  memory.white.last = null;
  restCusum(memory.cusum);
}

function better(memory: CusumMemory, { v, usual, sigma }: Departed): void {
  if (memory.grounds >= SETTLED || Math.abs(v - usual) > FAR_OFF * sigma) return;
  memory.grounds += 1;
  memory.moved += (v - usual) / memory.grounds;
}

/** C1. */
function learnAtRest(rule: CusumRule, memory: CusumMemory, { sample, h }: Readonly<{ sample: Sample; h: number }>): void {
  const { waiting, cusum, white } = memory;
  if (Math.max(cusum.up.c, cusum.down.c) >= h) {
    memory.waiting = [];
    white.last = null;
    return;
  }
  if (waiting.length === 0 && isAtRest(cusum)) return teach(rule, memory, sample);
  if (waiting.length < MOST_WAITING) waiting.push({ t: sample.t, v: sample.v, forMs: sample.forMs, everyMs: sample.everyMs });
  if (!isAtRest(cusum)) return;
  for (const one of waiting) teach(rule, memory, one);
  memory.waiting = [];
}

function teach(rule: CusumRule, memory: CusumMemory, { t, v, forMs, everyMs }: Learned): void {
  const { profile, moved, white } = memory;
  const bin = binOf(t, rule.season);
  const known = usualIn(profile, rule.season, bin);
  // In units of the short-term deviation: this is what the widening is measured against.
  if (known) learnPair(white, winsorised((v - known.centre - moved) / Math.max(known.scale, leastScale(rule, known.centre + moved))));
  // The seasons rise and sink together: left to themselves, bins that are visited once a week would each lag behind a slow drift on their own.
  if (known && rule.season.season !== 'none') memory.moved += (everyMs / (everyMs + rule.learnMs)) * (v - known.centre - moved);
  learnIn(profile, rule.season, bin, { v: v - memory.moved, forMs });
}
