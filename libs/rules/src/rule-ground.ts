import type { Millis, Rule, RuleGate } from '@anlan/contracts';

/** What a rule must know of a point. */
export type RulePoint = Readonly<{
  /** Largest minus smallest value of its metric, when both are known. */ metricSpan?: number;
  intervalMs: Millis;
  min?: number;
  max?: number;
  /** Unit of its readings, where known: limits in another unit are refused. */
  unit?: string;
}>;

/** What rules of every kind have. */
export type Common = Readonly<Pick<Rule, 'id' | 'version' | 'enabled' | 'scope'> & { name?: string; source?: string; validFrom?: Millis }> &
  RuleGate;

/** What a rule body is parsed against. */
export type Ground = Readonly<{
  common: Common;
  points: readonly RulePoint[];
  /** Bodies of the other rules by id, as far as known: what `ref`s speak of. */
  rules: ReadonlyMap<string, unknown> | undefined;
}>;

/** The longest interval of the scope: "3x" must be long enough for all of it. */
export function intervalOf(points: readonly RulePoint[]): Millis {
  return points.reduce((most, { intervalMs }) => Math.max(most, intervalMs), 0) || 60_000;
}
