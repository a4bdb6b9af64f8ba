import type { PointSpec, Rule } from '@anlan/contracts';
import { backtest, type Backtest } from './backtest.js';

/** What is to be tried, over which points. */
export type Trial = Readonly<{
  /** The rule that is tried; episodes of others that it needs are left out. */
  ruleId: string;
  points: readonly PointSpec[];
  /** Versions of the rule that is tried, and other rules that it needs. */
  rules: readonly Rule[];
  /** The same with the version that stands; absent: there is none. */
  before?: readonly Rule[];
}>;
/** A rule that is tried, and the version that stands beside it where there is one, over the same points. */
export type Pair = Readonly<{ points: readonly PointSpec[]; now: Backtest; was: Backtest | undefined }>;

/** Only what the tried rule says counts. What was computed for derived points stands in the log and in the series like everything else. */
export function pairOf({ ruleId, points: specs, rules, before, mostEpisodes }: Trial & Readonly<{ mostEpisodes: number }>): Pair {
  const points = specs.map(({ derived: _derived, ...spec }) => spec);
  const testOf = (judging: Trial['rules']): Backtest =>
    backtest({ activation: { points, rules: judging }, mostEpisodes, withEvidence: false, ofRule: ruleId });
  return { points, now: testOf(rules), was: before && testOf(before) };
}
