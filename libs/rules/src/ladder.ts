/**
 * Four-colour thresholds of one point under one rule: up to four levels, each with its own limit, deadband, delays and counts.
 *
 * L1  Pure: the next state is a function of the arguments, all times are event times of the point.
 * L2  A level rises when every sample in [t0, t] breaches, with no gap over maxGap, t − t0 ≥ onDelay, and onCount samples in a row breached.
 *     The time recorded is t0 + onDelay, whatever noticed it. Between samples a value holds.
 * L3  A level falls by the same rule on "past the deadband" with offDelay and offCount, but only on a good sample: silence, bad and
 *     uncertain readings never complete a fall.
 * L4  The process recovers when a good sample is clear of all levels, and is normal when no level is up any more.
 * L5  The alarm never ends while a level is breached: when the last raised level falls, the gravest level still breached takes over.
 * L6  A step that changes nothing returns the same object.
 * L7  Recorded times rise: a change at an event time that a tick or an edit has already passed takes the moment after the last change.
 */
import type { Millis, VerdictProcess } from '@anlan/contracts';
import { bitOf, breaches, clears, type LadderRule, type LadderStep } from './ladder-rule.js';
import {
  after,
  calmed,
  isNormal,
  isSteady,
  NONE,
  raisedIn,
  topOf,
  traitsOf,
  type Ladder,
  type Sample,
  type Traits,
} from './ladder-state.js';

/** What one sample does to the levels, gathered before the process is decided. Lives within one call. */
type Climb = {
  raised: number;
  runs: readonly number[];
  /** Levels that this sample breaches. */
  breached: number;
  /** A level that is down is on its way up. */
  running: boolean;
  /** One of those waits for counts only. */
  counting: boolean;
  /** Every level is clear, proven by a good sample. */
  allClear: boolean;
  roseAt: Millis;
  /** When the last of the falling levels fell; −Infinity: none did, or none by time. */
  fellAt: Millis;
};

/** Judges one sample. Call `mature` for everything due before it first. */
export function judge(rule: LadderRule, state: Ladder, sample: Sample): Ladder {
  if (isStill(rule, traitsOf(state), sample)) return state;
  const keep = sample.edited && sample.certain ? rule.mask : -1;
  const climb: Climb = {
    raised: state.raised & keep,
    runs: state.runs,
    breached: 0,
    running: false,
    counting: false,
    allClear: sample.certain,
    roseAt: sample.t,
    fellAt: -Infinity,
  };
  for (const step of rule.steps) {
    if (climb.raised & bitOf(step.rank)) stepDown(step, climb, sample);
    else stepUp(step, climb, sample);
  }
  if (climb.raised === 0 && state.raised !== 0 && climb.breached !== 0) takeOver(climb, sample.t);
  return settle(state, climb, sample);
}

/** L6 at a glance: a calm ladder inside all limits stays calm, and a steady one stays when no level rises and none starts to clear. */
export function isStill(rule: LadderRule, traits: Traits, { v, certain, edited }: Pick<Sample, 'v' | 'certain' | 'edited'>): boolean {
  if (isNormal(traits)) return isInside(rule, v);
  if (edited || !isSteady(traits)) return false;
  const raised = raisedIn(traits);
  for (const step of rule.steps) {
    if (raised & bitOf(step.rank) ? certain && clears(step, v) : breaches(step, v)) return false;
  }
  return true;
}

/** Inside all limits. */
export function isInside({ quietBelow, quietAbove }: LadderRule, v: number): boolean {
  return v < quietBelow && v > quietAbove;
}

function stepUp(step: LadderStep, climb: Climb, sample: Sample): void {
  const i = (step.rank - 1) * 2;
  const since = climb.runs[i] ?? NONE;
  if (!breaches(step, sample.v)) {
    if (sample.certain) setRun(climb, i, NONE, 0);
    else climb.running ||= since === since;
    return;
  }
  climb.breached |= bitOf(step.rank);
  climb.allClear = false;
  const going = since === since;
  const from = going && !sample.broken ? since + sample.pausedMs : sample.t;
  const had = climb.runs[i + 1] ?? 0;
  const count = Math.min(had + 1, step.onCount);
  if (count >= step.onCount && sample.t - from >= step.onDelayMs) {
    climb.roseAt = had >= step.onCount ? from + step.onDelayMs : sample.t;
    climb.raised |= bitOf(step.rank);
    setRun(climb, i, NONE, 0);
    return;
  }
  climb.running = true;
  climb.counting ||= step.onDelayMs === 0;
  setRun(climb, i, from, count);
}

function stepDown(step: LadderStep, climb: Climb, sample: Sample): void {
  const i = (step.rank - 1) * 2;
  const breached = breaches(step, sample.v);
  if (breached) climb.breached |= bitOf(step.rank);
  const clear = sample.certain && (sample.edited ? !breached : clears(step, sample.v));
  if (!clear) {
    climb.allClear = false;
    setRun(climb, i, NONE, 0);
    return;
  }
  const since = climb.runs[i] ?? NONE;
  const from = since === since && !sample.broken ? since + sample.pausedMs : sample.t;
  const had = climb.runs[i + 1] ?? 0;
  const count = Math.min(had + 1, step.offCount);
  if (count < step.offCount || sample.t - from < step.offDelayMs) return setRun(climb, i, from, count);
  climb.fellAt = Math.max(climb.fellAt, had >= step.offCount ? from + step.offDelayMs : sample.t);
  climb.raised &= ~bitOf(step.rank);
  setRun(climb, i, NONE, 0);
}

/** L5. */
function takeOver(climb: Climb, t: Millis): void {
  const rank = topOf(climb.breached);
  climb.raised = bitOf(rank);
  climb.roseAt = t;
  setRun(climb, (rank - 1) * 2, NONE, 0);
}

function setRun(climb: Climb, i: number, since: Millis, count: number): void {
  if (Object.is(climb.runs[i], since) && climb.runs[i + 1] === count) return;
  const runs = climb.runs.slice();
  runs[i] = since;
  runs[i + 1] = count;
  climb.runs = runs;
}

function processOf(state: Ladder, climb: Climb): VerdictProcess {
  if (climb.raised === 0) return climb.running ? 'pending' : 'normal';
  if (state.process === 'recovering' && climb.breached === 0) return 'recovering';
  return climb.allClear ? 'recovering' : 'active';
}

function settle(state: Ladder, climb: Climb, sample: Sample): Ladder {
  const process = processOf(state, climb);
  const level = process === 'active' ? topOf(climb.raised) : process === 'recovering' ? state.level : 0;
  const raised = climb.raised;
  const runs = calmed(climb.runs);
  if (process === state.process && level === state.level) {
    // After a gap a pending episode begins anew, unless it only waits for counts, which gaps do not break.
    if (process === 'pending' && sample.broken && !climb.counting)
      return { ...state, runs, n: state.n + 1, t0: sample.t, changedAt: after(state, sample.t), value: sample.v, byEdit: false };
    return raised === state.raised && runs === state.runs ? state : { ...state, raised, runs };
  }
  const begins = state.process === 'normal';
  const rises = level > (begins ? 0 : state.peak);
  return {
    process,
    level,
    raised,
    runs,
    n: begins ? state.n + 1 : state.n,
    t0: begins ? sample.t : state.t0,
    peak: rises ? level : begins ? 0 : state.peak,
    peakValue: rises ? sample.v : begins ? sample.v : state.peakValue,
    changedAt: after(state, changeTime(state, climb, { process, level, t: sample.t })),
    value: sample.v,
    byEdit: (sample.edited && !begins) || (state.byEdit && state.process === 'recovering' && process === 'normal'),
  };
}

function changeTime(state: Ladder, climb: Climb, to: Readonly<{ process: VerdictProcess; level: number; t: Millis }>): Millis {
  const fellAt = climb.fellAt === -Infinity ? to.t : climb.fellAt;
  if (to.process === 'normal') return state.raised === 0 ? to.t : fellAt;
  if (to.process !== 'active') return to.t;
  if (to.level > state.level) return climb.roseAt;
  return state.process === 'recovering' ? to.t : fellAt;
}
