import type { PlainEntity, Rule } from '@anlan/contracts';
import type { StoredRule } from '@anlan/ports';
import type { RulesTable } from '../tables.js';
import type { ActiveRule } from './compile-rules.js';

export type RuleOrigin = Readonly<{ author: string; reason: string | null; now: number }>;

/** A new, active version. Nobody has approved it: with a single account there is no second person to ask (`rulings` 2). */
export function rowOfRule({ body, rule }: ActiveRule, { author, reason, now }: RuleOrigin): RulesTable {
  return {
    id: rule.id,
    version: rule.version,
    active: 1,
    body: JSON.stringify(body),
    compiled: JSON.stringify(rule),
    author,
    reason,
    approved_by: null,
    created_at: now,
  };
}

export function storedRuleOf(row: RulesTable): StoredRule {
  return {
    rule: JSON.parse(row.compiled) as Rule,
    body: JSON.parse(row.body) as PlainEntity,
    author: row.author,
    reason: row.reason,
    approvedBy: row.approved_by,
    createdAt: row.created_at,
    active: row.active === 1,
  };
}
