import type { Millis, Rule } from '@anlan/contracts';
import type { AnyDetector } from './detector.js';
import { detectorOf } from './kinds/kinds.js';
import { compileLadder, type LadderRule } from './ladder-rule.js';

/** One version of a rule, ready to run. `ladder` is null for health rules; `detector` is null where the score is the reading itself. */
export type Compiled = Readonly<{ rule: Rule; ladder: LadderRule | null; detector: AnyDetector | null }>;

/** All versions of one rule in the order of activation; shared by every point of its scope. */
export type Versions = {
  readonly ruleId: string;
  list: readonly Compiled[];
  /** Does another trusted point, of another device at the site, show so much under this rule now. Absent: nobody else is known. */
  readonly isConfirmed?: (pointId: string, least: number) => boolean;
};

/** Enough for a new set of limits every ten days for seven years. */
const MOST_VERSIONS = 256;

export function compile(rule: Rule): Compiled {
  return { rule, ladder: rule.kind === 'health' ? null : compileLadder(rule), detector: detectorOf(rule) };
}

/** Adds a version. The same version again (a repeated activation) replaces itself. */
export function addVersion(versions: Versions, rule: Rule): void {
  const others = versions.list.filter((one) => one.rule.version !== rule.version);
  versions.list = [...others, compile(rule)].slice(-MOST_VERSIONS);
}

/** The newest version that is valid at event time `t`: one without `validFrom` is valid for all that comes after it in the log. */
export function pick({ list }: Versions, t: Millis): Compiled | undefined {
  for (let i = list.length - 1; i >= 0; i -= 1) {
    const one = list[i];
    if (one && (one.rule.validFrom === undefined || one.rule.validFrom <= t)) return one;
  }
  return undefined;
}

/** The version last activated: it says which points are in scope and whether the rule runs at all. */
export function newest({ list }: Versions): Compiled | undefined {
  return list.at(-1);
}

export function versionOf({ list }: Versions, version: number): Compiled | undefined {
  return list.find((one) => one.rule.version === version);
}
