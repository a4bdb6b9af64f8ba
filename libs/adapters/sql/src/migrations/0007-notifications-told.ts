/**
 * What other systems were told of a notification (its state and attempt), and where in a trace it was written.
 * Those that stand already are not told of again.
 */
export const NOTIFICATIONS_TOLD: readonly string[] = [
  `alter table notifications add column trace text`,
  `alter table notifications add column told text not null default ''`,
  `update notifications set told = state || '/' || cast(attempts as text)`,
  `create index notifications_untold on notifications (created_at, id) where state <> 'sending' and told <> state || '/' || cast(attempts as text)`,
];
