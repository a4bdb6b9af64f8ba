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
import { binOf, learn, learnIn, newProfile, usualAt, usualIn } from '../../estimate/seasonal.js';
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
    step: (memory, sample, begun) => step(rule, memory, { sample, seenMs: sample.t - begun }),
    explain: (memory, about) => sayCusum(rule, memory, about),
    evidence: (memory, about) => drawCusum(rule, memory, about),
  };
}

type Seen = Readonly<{ sample: Sample; seenMs: Millis }>;

function step(rule: CusumRule, memory: CusumMemory, seen: Seen): number | undefined {
  const { sample, seenMs } = seen;
  const isTaken = hasStood(rule, memory, sample);
  if (isTaken && memory.open) rebase(memory, memory.open.sum / memory.open.n, memory.open.n);
  const departed = departedFrom(rule, memory, sample);
  if (departed) memory.last = departed;
  if (!departed || seenMs < rule.learnMs) {
    study(rule, memory, { sample, departed, seenMs });
    return undefined;
  }
  const h = limitOf(rule, memory);
  advance(rule, memory, { departed, h });
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
  rule: CusumRule,
  memory: CusumMemory,
  { sample, departed, seenMs }: Seen & Readonly<{ departed: Departed | undefined }>,
): void {
  const isSecondHalf = seenMs >= rule.learnMs / 2;
  if (departed && isSecondHalf && rule.targetAlarmsPerMonth !== undefined) rehearse(rule, memory, departed);
  if (!sample.certain) return;
  if (isSecondHalf) teach(rule, memory, sample);
  else learn(memory.profile, rule.season, sample);
}

function departedFrom(rule: CusumRule, { profile, moved, white }: CusumMemory, { t, v }: Sample): Departed | undefined {
  const known = usualAt(profile, rule.season, { t });
  if (!known) return undefined;
  const usual = known.centre + moved;
  return { t, v, usual, sigma: Math.max(known.scale * widening(white), leastScale(rule, usual)) };
}

function advance(rule: CusumRule, { cusum }: CusumMemory, { departed, h }: Readonly<{ departed: Departed; h: number }>): void {
  const { t, v, usual, sigma } = departed;
  const gravest = rule.levels.reduce((most, { at = 1 }) => Math.max(most, at), 1);
  stepCusum(cusum, { t, z: (v - usual) / sigma, by: v - usual }, { k: rule.k, most: OVERSHOOT * gravest * h });
}

/** The second half of the learning stretch shows how high runs get by chance. */
function rehearse(rule: CusumRule, memory: CusumMemory, departed: Departed): void {
  const { up, down } = memory.cusum;
  const before = [up.peak, down.peak];
  advance(rule, memory, { departed, h: Infinity });
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
  if (waiting.length < MOST_WAITING) waiting.push({ t: sample.t, v: sample.v, forMs: sample.forMs, everyMs: sample.everyMs });
  if (!isAtRest(cusum)) return;
  for (const one of waiting) teach(rule, memory, one);
  memory.waiting = [];
}

function teach(rule: CusumRule, memory: CusumMemory, { t, v, forMs, everyMs }: Learned): void {
  const { profile, moved, white } = memory;
  const bin = binOf(t, rule.season);
  const known = usualIn(profile, rule.season, { bin, floor: 0 });
  // In units of the short-term deviation: this is what the widening is measured against.
  if (known) learnPair(white, winsorised((v - known.centre - moved) / Math.max(known.scale, leastScale(rule, known.centre + moved))));
  // The seasons rise and sink together: left to themselves, bins that are visited once a week would each lag behind a slow drift on their own.
  if (known && rule.season.season !== 'none') memory.moved += (everyMs / (everyMs + rule.learnMs)) * (v - known.centre - moved);
  learnIn(profile, rule.season, { bin, v: v - memory.moved, forMs });
}
