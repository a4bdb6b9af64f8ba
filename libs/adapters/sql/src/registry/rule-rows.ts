import type { PlainEntity, Rule } from '@anlan/contracts';
import type { StoredRule } from '@anlan/ports';
import type { RulesTable } from '../tables.js';

export type RuleOrigin = Readonly<{ author: string; reason: string | null; approvedBy: string | null; now: number }>;

/** A new, active version. Mostly nobody has approved it: new rules are active at once, and so is what weakens none (`rulings` 2). */
export function rowOfRule(body: PlainEntity, rule: Rule, { author, reason, approvedBy, now }: RuleOrigin): RulesTable {
  return {
    id: rule.id,
    version: rule.version,
    active: 1,
    body: JSON.stringify(body),
    compiled: JSON.stringify(rule),
    author,
    reason,
    approved_by: approvedBy,
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
