import type { HealthRule, Rule } from '@anlan/contracts';

/** Rules whose score a ladder judges. */
export type Laddered = Exclude<Rule, HealthRule>;
