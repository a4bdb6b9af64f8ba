/**
 * The records as rows. Only portable columns: text, integer (flags 0 and 1), bigint (milliseconds, counters), double, JSON as text.
 */
import type { ChangedKind } from '@anlan/contracts';
import type { Transaction } from 'kysely';

export type AlarmsTable = Readonly<{
  id: string;
  alarm_key: string;
  point_id: string;
  device_id: string | null;
  rule_id: string;
  kind: string;
  site_id: string;
  region_code: string;
  domain: string;
  process: string;
  ack: string;
  work: string;
  suppression: string;
  level: string;
  level_rank: number;
  /** 1 while it is open and live: the unique index on `alarm_key` holds among these (I2). */
  open: number;
  /** 1 until people closed it, retrospective ones too. */
  unclosed: number;
  retrospective: number;
  /** Sort key of `sort=urgency`: open, level, unacked, active. */
  urgency: number;
  first_breach_at: number;
  raised_at: number;
  ended_at: number | null;
  closed_at: number | null;
  updated_at: number;
  version: number;
  /** Global running number of changes, for streams. */
  change: number;
  /** How many events it has and the hash of the last: the end of its chain. */
  last_seq: number;
  last_hash: string;
  /** The whole alarm as JSON. */
  body: string;
}>;
export type AlarmEventsTable = Readonly<{
  alarm_id: string;
  seq: number;
  id: string;
  type: string;
  at: number;
  prev: string;
  hash: string;
  body: string;
}>;
export type AlarmTimersTable = Readonly<{ alarm_id: string; kind: string; generation: number; due_at: number }>;
export type AppliedTable = Readonly<{ partition: number; log_offset: number; verdict_index: number }>;
export type CommandResultsTable = Readonly<{ alarm_id: string; idempotency_key: string; result: string; created_at: number }>;
export type CountersTable = Readonly<{ name: string; value: number }>;

export type NotificationsTable = Readonly<{
  id: string;
  event_id: string;
  alarm_id: string;
  kind: string;
  level: string;
  level_rank: number;
  channel: string;
  person_id: string;
  recipient: string;
  step: number;
  state: string;
  /** Text and link as people got them; sealed together when there is a link, for it holds a token. */
  text: string;
  link: string | null;
  sealed: number;
  merged_into: string | null;
  attempts: number;
  created_at: number;
  due_at: number;
  /** When a worker may take it: due time, end of a lease; null when it is finished. */
  claim_at: number | null;
  sent_at: number | null;
  outcome: string | null;
  trace: string | null;
  /** State and attempt that other systems were told of, as `sent/1`; '' at first. */
  told: string;
}>;
export type LinksTable = Readonly<{
  id: string;
  token_hmac: string;
  /** The token, sealed, so that a second message carries the same link; null once it has expired. */
  token_box: string | null;
  alarm_id: string;
  level: string;
  person_id: string;
  person_name: string;
  created_at: number;
  view_until: number;
  act_until: number;
  used_at: number | null;
  used_result: string | null;
}>;
export type DeadLettersTable = Readonly<{
  id: string;
  device_id: string;
  received_at: number;
  code: string;
  reason: string;
  payload: string;
  topic: string;
  retried_at: number | null;
  retry_outcome: string | null;
}>;
export type DeviceStatusTable = Readonly<{
  device_id: string;
  online: number;
  since: number;
  last_message_at: number | null;
  /** When `online` was said, by the process that began then, and of which of its connections. */
  said_at: number;
  said_by: number;
  connected_at: number | null;
}>;
export type CredentialsTable = Readonly<{
  device_id: string;
  key_id: string;
  hmac: string;
  made: number;
  created_at: number;
  expires_at: number | null;
}>;
export type RulesTable = Readonly<{
  id: string;
  version: number;
  active: number;
  body: string;
  compiled: string;
  author: string;
  reason: string | null;
  approved_by: string | null;
  created_at: number;
}>;
/** Changes that wait for a second person, or waited. `body` null: the rule is to go. */
export type RuleChangesTable = Readonly<{
  id: string;
  kind: ChangedKind;
  entity_id: string;
  weakens: string;
  body: string | null;
  before_body: string;
  author: string;
  reason: string | null;
  created_at: number;
  expires_at: number;
  state: 'pending' | 'approved' | 'rejected' | 'superseded';
  decided_by: string | null;
  decided_at: number | null;
  comment: string | null;
}>;
/** `derived` null: from then on the point is measured, or gone. */
export type FormulaVersionsTable = Readonly<{
  point_id: string;
  version: number;
  derived: string | null;
  author: string;
  reason: string | null;
  approved_by: string | null;
  created_at: number;
}>;
export type JobsTable = Readonly<{ id: string; ordered_by: string; open: number; seen_at: number; body: string }>;
export type ActivationsTable = Readonly<{ version: number; body: string; logged: number; created_at: number }>;

export type UsersTable = Readonly<{
  id: string;
  username: string;
  /** Lower case: two accounts may not differ by case alone. */
  username_key: string;
  name: string;
  person_id: string | null;
  roles: string;
  region_codes: string | null;
  disabled: number;
  password_hash: string;
  password_set_at: number;
  must_change_password: number;
  created_at: number;
}>;
export type SessionsTable = Readonly<{
  id: string;
  user_id: string;
  token_hash: string;
  created_at: number;
  expires_at: number;
  last_seen_at: number;
  step_up_at: number;
  source: string;
  client: string;
}>;
export type LoginFailuresTable = Readonly<{ username_key: string; source: string; at: number }>;
export type AuditTable = Readonly<{
  n: number;
  at: number;
  action: string;
  object_kind: string;
  object_id: string;
  actor_id: string;
  outcome: string;
  body: string;
  prev: string;
  hash: string;
}>;

export type LedgerPositionsTable = Readonly<{ partition: number; next_offset: number }>;
export type LedgerCountsTable = Readonly<{
  device_id: string;
  hour: number;
  received: number;
  stored: number;
  rejected: number;
  duplicate: number;
  quarantined: number;
}>;
/** The numbering of a device's messages, as JSON. */
export type LedgerSequencesTable = Readonly<{ device_id: string; state: string }>;
/** Where a worker's partition stands; `entries`: how many rows its state has. */
export type CheckpointsTable = Readonly<{
  owner: string;
  partition: number;
  epoch: number;
  next_offset: number;
  entries: number;
  checksum: number;
}>;
export type CheckpointEntriesTable = Readonly<{ owner: string; partition: number; entry_key: string; value: string; checksum: number }>;

export type Tables = Readonly<{
  alarms: AlarmsTable;
  alarm_events: AlarmEventsTable;
  alarm_timers: AlarmTimersTable;
  applied: AppliedTable;
  command_results: CommandResultsTable;
  counters: CountersTable;
  notifications: NotificationsTable;
  links: LinksTable;
  dead_letters: DeadLettersTable;
  device_status: DeviceStatusTable;
  credentials: CredentialsTable;
  rules: RulesTable;
  rule_changes: RuleChangesTable;
  formula_versions: FormulaVersionsTable;
  jobs: JobsTable;
  activations: ActivationsTable;
  users: UsersTable;
  sessions: SessionsTable;
  login_failures: LoginFailuresTable;
  audit: AuditTable;
  ledger_positions: LedgerPositionsTable;
  ledger_counts: LedgerCountsTable;
  ledger_sequences: LedgerSequencesTable;
  checkpoints: CheckpointsTable;
  checkpoint_entries: CheckpointEntriesTable;
}>;

export type SqlTx = Transaction<Tables>;
