import type { Millis } from './basics.js';
import type { AlarmLevel } from './level.js';
import type { LadderedRule } from './rule-ladder.js';

/** `need` failure domains at level `of` or graver give `gives`. */
export type VoteRow = Readonly<{ need: number; of: AlarmLevel; gives: AlarmLevel }>;

/** Something of one point that is true, false or, without trusted data, unknown: its last value against a limit, or the level that a rule shows on it. */
export type VoteLeaf =
  | Readonly<{ point: string; side: 'high' | 'low'; at: number }>
  | Readonly<{
      rule: string;
      level: AlarmLevel;
      /** Absent: on any member under that rule; if it judges no member, on any point of that rule at the site. */ point?: string;
    }>;
export type VoteTree =
  | VoteLeaf
  | Readonly<{ all: readonly VoteTree[] }>
  | Readonly<{ any: readonly VoteTree[] }>
  | Readonly<{ not: VoteTree }>
  | Readonly<{ atLeast: number; of: readonly VoteTree[] }>;

/** How members become one level: a table of counts, the k-th gravest member, or a condition. */
export type VoteWay =
  | Readonly<{ by: 'rollup'; rows: readonly VoteRow[] }>
  | Readonly<{ by: 'confirm'; k: number }>
  | Readonly<{ by: 'when'; tree: VoteTree; gives: AlarmLevel }>;

/** Several points together. The score is the rank of the level voted, 0 to 4. */
export type VoteRule = LadderedRule<'vote'> &
  Readonly<{
    /** The point at which the alarm is shown; it need not be a member. */
    place: string;
    way: VoteWay;
    /** Only levels of these rules count; absent: of all rules with a ladder but votes. */
    rules?: readonly string[];
    /** The members are the results of these vote rules instead of points: items of a pond. */
    items?: readonly string[];
    /** A level seen within this time counts as if it stood. */
    windowMs: Millis;
    /** What members fail together by; of each such domain one member counts. */
    domains: 'gateway' | 'device' | 'none';
    /** Level of the trouble that is said when too few members have trusted data. */
    tooFewLevel: AlarmLevel;
  }>;
