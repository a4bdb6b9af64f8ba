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
 */
import type { Millis, VerdictProcess } from '@anlan/contracts';
import { bitOf, breaches, clears, type LadderRule, type LadderStep } from './ladder-rule.js';

/** State of a ladder. Plain data; `runs` holds (since, count) for blue, yellow, orange, red: of breaches for a level that is down, of clears for one that is up. */
export type Ladder = Readonly<{
  process: VerdictProcess;
  /** Rank shown: gravest raised level; held while recovering; 0 when normal or pending. */
  level: number;
  /** Bit `rank − 1` of each raised level. */
  raised: number;
  runs: readonly number[];
  /** Episode: running number, first breach, worst rank so far and the value that reached it. */
  n: number;
  t0: Millis;
  peak: number;
  peakValue: number;
  /** Event time and value of the last change of process or level. */
  changedAt: Millis;
  value: number;
  /** The last change came from an edited rule, not from the world. */
  byEdit: boolean;
}>;

/** One reading as a ladder sees it. */
export type Sample = Readonly<{
  t: Millis;
  v: number;
  /** False for `uncertain` readings, which may raise but never clear. */
  certain: boolean;
  /** A gap before this sample breaks running delays (not counts). */
  broken: boolean;
  /** Time since the last sample that does not count, because the point was frozen. */
  pausedMs: Millis;
  /** The limits changed since the last good sample: whatever no longer breaches starts to clear. */
  edited: boolean;
}>;

const NONE = Number.NaN;
const NO_RUNS: readonly number[] = [NONE, 0, NONE, 0, NONE, 0, NONE, 0];

export const QUIET: Ladder = {
  process: 'normal',
  level: 0,
  raised: 0,
  runs: NO_RUNS,
  n: 0,
  t0: 0,
  peak: 0,
  peakValue: 0,
  changedAt: 0,
  value: 0,
  byEdit: false,
};

/** A calm ladder that goes on counting episodes after `n`. */
export function quietAfter(n: number): Ladder {
  return n === 0 ? QUIET : { ...QUIET, n };
}

const topOf = (bits: number): number => 32 - Math.clz32(bits);

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
  fellAt: Millis;
};

/** Judges one sample. Call `mature` for everything due before it first. */
export function judge(rule: LadderRule, state: Ladder, sample: Sample): Ladder {
  if (state.process === 'normal' && sample.v < rule.quietBelow && sample.v > rule.quietAbove) return state;
  if (state.process === 'active' && state.runs === NO_RUNS && !sample.edited && stays(rule, state.raised, sample)) return state;
  const keep = sample.edited && sample.certain ? rule.mask : -1;
  const climb: Climb = {
    raised: state.raised & keep,
    runs: state.runs,
    breached: 0,
    running: false,
    counting: false,
    allClear: sample.certain,
    roseAt: sample.t,
    fellAt: sample.t,
  };
  for (const step of rule.steps) {
    if (climb.raised & bitOf(step.rank)) stepDown(step, climb, sample);
    else stepUp(step, climb, sample);
  }
  if (climb.raised === 0 && state.raised !== 0 && climb.breached !== 0) takeOver(climb, sample.t);
  return settle(state, climb, sample);
}

/** L6, for the common case without looking closer: no level rises, none starts to clear. */
function stays(rule: LadderRule, raised: number, { v, certain }: Sample): boolean {
  for (const step of rule.steps) {
    if (raised & bitOf(step.rank) ? certain && clears(step, v) : breaches(step, v)) return false;
  }
  return true;
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
  climb.fellAt = had >= step.offCount ? from + step.offDelayMs : sample.t;
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
      return { ...state, runs, n: state.n + 1, t0: sample.t, changedAt: sample.t, value: sample.v, byEdit: false };
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
    changedAt: changeTime(state, climb, { process, level, t: sample.t }),
    value: sample.v,
    byEdit: (sample.edited && !begins) || (state.byEdit && state.process === 'recovering' && process === 'normal'),
  };
}

/** No run at all is always the same object, so that it costs nothing and is told at a glance. */
function calmed(runs: readonly number[]): readonly number[] {
  if (runs === NO_RUNS) return runs;
  for (let i = 0; i < runs.length; i += 2) if (!Number.isNaN(runs[i])) return runs;
  return NO_RUNS;
}

function changeTime(state: Ladder, climb: Climb, to: Readonly<{ process: VerdictProcess; level: number; t: Millis }>): Millis {
  if (to.process === 'normal') return state.raised === 0 ? to.t : climb.fellAt;
  if (to.process !== 'active') return to.t;
  if (to.level > state.level) return climb.roseAt;
  return state.process === 'recovering' ? to.t : climb.fellAt;
}

/** Earliest time at which a level rises by time alone, if the value holds; Infinity when none can. */
export function nextDue(rule: LadderRule, state: Ladder): Millis {
  if (state.runs === NO_RUNS) return Infinity;
  let due = Infinity;
  for (const step of rule.steps) due = Math.min(due, dueOf(step, state));
  return due;
}

function dueOf(step: LadderStep, state: Ladder): Millis {
  if (state.raised & bitOf(step.rank)) return Infinity;
  const i = (step.rank - 1) * 2;
  const since = state.runs[i] ?? NONE;
  return since === since && (state.runs[i + 1] ?? 0) >= step.onCount ? since + step.onDelayMs : Infinity;
}

/** Raises every level that is due at `due` (from `nextDue`) by the held value. Falls never happen here (L3). */
export function mature(rule: LadderRule, state: Ladder, held: Readonly<{ due: Millis; value: number }>): Ladder {
  let { raised } = state;
  const left = state.runs.slice();
  for (const step of rule.steps) {
    if (dueOf(step, state) > held.due) continue;
    raised |= bitOf(step.rank);
    left[(step.rank - 1) * 2] = NONE;
    left[(step.rank - 1) * 2 + 1] = 0;
  }
  const runs = calmed(left);
  const level = topOf(raised);
  if (level <= state.level && state.process === 'active') return { ...state, raised, runs };
  const rises = level > state.peak;
  return {
    ...state,
    process: 'active',
    level,
    raised,
    runs,
    peak: rises ? level : state.peak,
    peakValue: rises ? held.value : state.peakValue,
    changedAt: held.due,
    value: held.value,
    byEdit: false,
  };
}

/** The level a pending ladder is on its way to, and when it gets there if time alone is missing. */
export function pendingOf(rule: LadderRule, state: Ladder): Readonly<{ rank: number; dueAt: Millis }> {
  const dueAt = nextDue(rule, state);
  let rank = 0;
  for (const step of rule.steps) {
    const since = state.runs[(step.rank - 1) * 2] ?? NONE;
    if (since === since && dueOf(step, state) === dueAt) rank = step.rank;
  }
  return { rank, dueAt };
}
