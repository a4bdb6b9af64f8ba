import type { LadderedRule, Millis } from '@anlan/contracts';
import { rankOf } from '@anlan/contracts';

/** One level as the machine runs it. One-sided limits have the other side at infinity. */
export type LadderStep = Readonly<{
  rank: number;
  high: number;
  low: number;
  deadband: number;
  onDelayMs: Millis;
  offDelayMs: Millis;
  onCount: number;
  offCount: number;
}>;

export type LadderRule = Readonly<{
  /** Mildest first. */
  steps: readonly LadderStep[];
  /** Bits of the ranks that exist. */
  mask: number;
  /** A calm ladder stays calm strictly between these. */
  quietAbove: number;
  quietBelow: number;
}>;

/** The bit of a rank in a set of levels. */
export function bitOf(rank: number): number {
  return 1 << (rank - 1);
}

export function compileLadder(rule: Pick<LadderedRule<string>, 'side' | 'levels'>): LadderRule {
  const steps = rule.levels.map((level): LadderStep => {
    const high = rule.side === 'high' ? level.at : rule.side === 'both' ? level.high : undefined;
    const low = rule.side === 'low' ? level.at : rule.side === 'both' ? level.low : undefined;
    const { deadband, onDelayMs, offDelayMs, onCount, offCount } = level;
    return { rank: rankOf(level.level), high: high ?? Infinity, low: low ?? -Infinity, deadband, onDelayMs, offDelayMs, onCount, offCount };
  });
  steps.sort((a, b) => a.rank - b.rank);
  return {
    steps,
    mask: steps.reduce((bits, step) => bits | bitOf(step.rank), 0),
    quietAbove: steps.reduce((most, step) => Math.max(most, step.low), -Infinity),
    quietBelow: steps.reduce((least, step) => Math.min(least, step.high), Infinity),
  };
}

/** Breach is at or beyond the limit. */
export function breaches(step: Pick<LadderStep, 'high' | 'low'>, v: number): boolean {
  return v >= step.high || v <= step.low;
}

/** Clear is at or past limit − deadband; with no deadband strictly inside the limit. */
export function clears(step: Pick<LadderStep, 'high' | 'low' | 'deadband'>, v: number): boolean {
  return step.deadband > 0 ? v <= step.high - step.deadband && v >= step.low + step.deadband : v < step.high && v > step.low;
}
