/** What is learned from the first quiet stretch: the uniform rate, and how much more velocities scatter than single readings tell. Then it is frozen. */
import type { AccelRule } from '@anlan/contracts';
import type { AccelState, Finding } from './state.js';

/** One velocity adds no more than this to the excess: the square of three deviations. */
const EXCESS_CLIP = 9;
/** Fewer velocities say nothing of their scatter: they all come from about one window. */
const LEAST_COUNT = 12;

/** Uniform rate in mm/d: given, or learned from a window of quiet velocities at least. */
export function uniformOf({ uniform, windowMs, learnMs }: AccelRule, { quiet }: AccelState): number | undefined {
  if ('perDay' in uniform) return uniform.perDay;
  return quiet.ms >= Math.min(windowMs, learnMs) ? Math.max(0, quiet.sum / quiet.weight) : undefined;
}

/** By what factor the errors of velocities are larger than independent readings would make them. */
export function excessOf({ quiet }: AccelState): number {
  return quiet.count >= LEAST_COUNT && quiet.excess > 1 ? Math.sqrt(quiet.excess) : 1;
}

/** By what factor a learned rate, uncertain itself, enlarges the error of a difference from it. */
export function doubtOf({ uniform, windowMs }: AccelRule, { quiet }: AccelState): number {
  return 'perDay' in uniform ? 1 : Math.sqrt(1 + windowMs / (quiet.ms + windowMs));
}

/** Takes a quiet velocity, until the stretch is long enough. */
export function learnQuiet(rule: AccelRule, state: AccelState, found: Pick<Finding, 'v' | 'se' | 'centre'>): void {
  const { quiet, tail } = state;
  if (quiet.ms >= rule.learnMs) return;
  const last = tail.at(-2);
  if (last !== undefined) quiet.ms += Math.min(found.centre - last, rule.windowMs);
  // The first windows are short ones: each velocity counts by what it is worth.
  const weight = (excessOf(state) / found.se) ** 2;
  quiet.sum += weight * found.v;
  quiet.weight += weight;
  quiet.count += 1;
  const off = (found.v - (uniformOf(rule, state) ?? quiet.sum / quiet.weight)) * Math.sqrt(weight);
  quiet.excess += (Math.min(off * off, EXCESS_CLIP * Math.max(1, quiet.excess)) - quiet.excess) / quiet.count;
}
