/**
 * What a trend rule makes of the readings of one point: a score for its ladder.
 *
 * D1  A step depends on the state and the input only; equal inputs give equal states and scores, whatever was saved and loaded in between.
 * D2  The state is owned by the slot that holds it and changed in place; its size is bounded whatever comes.
 * D3  No score (undefined) means no opinion: warming up, or begun anew after a gap. It neither raises nor clears anything.
 * D4  What is saved is plain JSON; loading it gives a state that goes on as the saved one would have.
 */
import type { Evidence, Millis, Rule, Said } from '@anlan/contracts';
import type { Waiting } from './waiting.js';

/** One in-order reading, good or uncertain. Not to be kept: the next detector of the point is given the same object. */
export type Input = Readonly<{
  t: Millis;
  v: number;
  /** False for `uncertain` readings: they may be scored, but nothing may be learned from them. */
  certain: boolean;
  /** Event time since the last usable reading of the point; Infinity for the first. */
  gapMs: Millis;
  /** Nominal interval of the point. */
  intervalMs: Millis;
  /** The rule's ladder is not at rest: an alarm stands or is on its way. Learning stops, else the baseline learns the leak. */
  open: boolean;
}>;

/** What is to be explained: the ladder's step that was reached (`limit`) by `score`, in the units of the point and of the score. */
export type About = Readonly<{ t: Millis; score: number; rank: number; limit: number | undefined; pointUnit: string }>;

export type Detector<S = unknown> = Readonly<{
  /** Unit of the score, for a point of the given unit: `kPa/min`, `σ`, `h`. */
  unit(pointUnit: string): string;
  start(): S;
  /** Takes the next reading. Returns the score to be judged, or undefined (D3). */
  step(state: S, input: Input): number | undefined;
  /** A score of `alone` counts as `together` while another point of the rule, of another device at the site, shows `alone` or more. */
  confirm?: Readonly<{ alone: number; together: number }>;
  /** Why the ladder is where it is, in both languages, with the numbers that mattered, from the state after the step in question. */
  explain(state: S, about: About): Said;
  /** What is said when all levels are clear. Absent: the score, and that it is back inside the limits. */
  clear?(about: About): Said;
  /** What a chart can draw; undefined when there is nothing to draw yet. */
  evidence(state: S, about: About): Evidence | undefined;
  save(state: S): unknown;
  load(saved: unknown): S;
}>;

/** A detector as the engine keeps it: whose it is nobody outside may know. */
export type AnyDetector = Detector<never>;

/** The memory of one slot: the detector's state and its last score (NaN at first), which holds until the next one. */
export type Trace = {
  state: never;
  score: number;
  /** Set while what is stored of the point is waited for (see `warm-up.ts`). */
  waiting: Waiting | null;
};

export function startTrace(detector: AnyDetector | null): Trace | null {
  return detector && { state: detector.start(), score: Number.NaN, waiting: null };
}

/** Rules that a detector of this kind can be made for. */
export type RuleOf<K extends Rule['kind']> = Extract<Rule, { kind: K }>;
