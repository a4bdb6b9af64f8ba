/** Limits of assets with versions, changes of rules that wait for a second person, and what an asset is doing. */
export const LIFE_OF_A_RULE: readonly string[] = [
  `create table asset_limits (id text primary key not null, asset_id text not null, metric text not null, versions text not null, created_at bigint not null, updated_at bigint not null)`,
  `create table rule_changes (id text primary key not null, kind text not null, entity_id text not null, weakens text not null, body text, before_body text not null, author text not null, reason text,
    created_at bigint not null, expires_at bigint not null, state text not null, decided_by text, decided_at bigint, comment text)`,
  `create unique index rule_changes_one_pending on rule_changes (kind, entity_id) where state = 'pending'`,
  `create index rule_changes_newest on rule_changes (created_at, id)`,
  // Several versions of a rule stand at once when they are valid from different moments.
  `drop index rules_active`,
  `create index rules_active on rules (id) where active = 1`,
  `alter table assets add column mode text`,
];
