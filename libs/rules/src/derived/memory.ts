/** What a formula remembers, and what is put together while its tree is compiled. */
import type { Millis, Quality } from '@anlan/contracts';
import type { Fit, FitTerms } from './fit.js';
import type { History } from './history.js';
import type { Steady, SteadyTerms } from './steady.js';

export type Last = { t: Millis; v: number; q: Quality };
/** When a condition began the last time and when it was last true; null: never. */
export type Age = { begin: Millis | null; last: Millis | null; on: boolean };
/** All that a formula remembers. Changed in place. */
export type Memory = { inputs: (Last | null)[]; histories: History[]; ages: Age[]; fits: Fit[]; steadies: Steady[] };

/** The moment of computing. `learns`: whether fits may learn from it. */
export type Moment = Readonly<{ t: Millis; learns: boolean }>;
/** Value of a node; NaN: none. */
export type Evaluate = (memory: Memory, at: Moment) => number;

/** Nominal interval of an input. */
export type IntervalOf = (pointId: string) => Millis;

/** What is being put together while the tree is walked: each entry has its place in the memory. */
export type Parts = {
  readonly inputs: string[];
  readonly histories: { readonly input: number; readonly spanMs: Millis }[];
  readonly ages: { readonly input: number; readonly is: (v: number) => boolean }[];
  readonly fits: FitTerms[];
  readonly steadies: { readonly input: number; readonly above: number; readonly terms: SteadyTerms }[];
  readonly maxAge: (pointId: string, own: unknown) => Millis;
  readonly intervalOf: IntervalOf;
};

export function inputOf(parts: Parts, pointId: string): number {
  const found = parts.inputs.indexOf(pointId);
  return found === -1 ? parts.inputs.push(pointId) - 1 : found;
}

/** Windows of one input that reach equally far back share a history. */
export function historyOf(parts: Parts, pointId: string, spanMs: Millis): number {
  const input = inputOf(parts, pointId);
  const found = parts.histories.findIndex((one) => one.input === input && one.spanMs === spanMs);
  return found === -1 ? parts.histories.push({ input, spanMs }) - 1 : found;
}
