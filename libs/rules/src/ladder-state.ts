/** The state of a ladder as plain data. */
import type { Millis, VerdictProcess } from '@anlan/contracts';

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

/** No run. */
export const NONE = Number.NaN;
export const NO_RUNS: readonly number[] = [NONE, 0, NONE, 0, NONE, 0, NONE, 0];

export const QUIET: Ladder = {
  process: 'normal',
  level: 0,
  raised: 0,
  runs: NO_RUNS,
  n: 0,
  t0: 0,
  peak: 0,
  peakValue: 0,
  changedAt: -Infinity,
  value: 0,
  byEdit: false,
};

/** A calm ladder that goes on counting episodes after `n`. */
export function quietAfter(n: number): Ladder {
  return n === 0 ? QUIET : { ...QUIET, n };
}

/** The gravest rank in a set of levels. */
export function topOf(bits: number): number {
  return 32 - Math.clz32(bits);
}

/** No run at all is always the same object, so that it costs nothing and is told at a glance. */
export function calmed(runs: readonly number[]): readonly number[] {
  if (runs === NO_RUNS) return runs;
  for (let i = 0; i < runs.length; i += 2) if (!Number.isNaN(runs[i])) return runs;
  return NO_RUNS;
}

/** The time to record for a change at event time `t` (L7). */
export function after({ changedAt }: Ladder, t: Millis): Millis {
  return t > changedAt ? t : changedAt + 1;
}

/** What decides whether a sample can change anything: process, raised levels, and whether a run goes on, as bits. */
export type Traits = number;

/** Normal is 0, so that no trait at all means a calm ladder. */
const PROCESSES = ['normal', 'pending', 'active', 'recovering'] as const satisfies readonly VerdictProcess[];
const PROCESS_BITS = 0b11;
const RUNS_BIT = 0b100;
const RAISED_SHIFT = 3;
const RAISED_BITS = 0b1111;
const NUMBERS = { normal: 0, pending: 1, active: 2, recovering: 3 } as const satisfies Record<VerdictProcess, number>;

export function traitsOf({ process, raised, runs }: Ladder): Traits {
  return NUMBERS[process] | (runs === NO_RUNS ? 0 : RUNS_BIT) | (raised << RAISED_SHIFT);
}

export function processIn(traits: Traits): VerdictProcess {
  return PROCESSES[traits & PROCESS_BITS] ?? 'normal';
}

export function raisedIn(traits: Traits): number {
  return (traits >> RAISED_SHIFT) & RAISED_BITS;
}

/** Nothing is up and nothing is on its way. */
export function isNormal(traits: Traits): boolean {
  return (traits & PROCESS_BITS) === 0;
}

/** Active, and no level on its way up or down. */
export function isSteady(traits: Traits): boolean {
  return (traits & (PROCESS_BITS | RUNS_BIT)) === NUMBERS.active;
}

export function hasRuns(traits: Traits): boolean {
  return (traits & RUNS_BIT) !== 0;
}
