export { pause, type Clock } from './clock.js';
export { LogUnavailable, type Log, type LogPlace, type LogRecord, type NewRecord } from './log.js';
export {
  SeriesUnavailable,
  type Bucket,
  type Conflict,
  type NewestSample,
  type RowOutcome,
  type Sample,
  type Series,
  type SeriesRow,
  type Window,
} from './series.js';
export type { LastValues } from './last-values.js';
export type { Holder, Membership, Shares } from './shares.js';
export { hands, type Hands } from './hands.js';
export { spread, withoutHeldByOthers, type Holdings } from './spread.js';
export type { Ledger, LedgerEntry, LedgerSpan } from './ledger.js';
export { Fenced, type Checkpoint, type CheckpointDelta, type Checkpoints } from './checkpoints.js';
export type { AuthOutcome, Feed, FeedHandler, FeedMessage } from './feed.js';
export type { Channel, Message, SendOutcome } from './channel.js';
export type { ActivationSource, RegistrySource } from './registry-source.js';
export type {
  AlarmChange,
  AlarmCounts,
  AlarmPage,
  AlarmQueries,
  AlarmStore,
  AlarmTx,
  RegionScope,
  Timeline,
  TimelinePage,
} from './alarm-store.js';
export type { NotificationStore, SendLane, SendRecord } from './notification-store.js';
export type { Link, Links } from './links.js';
export type { DeadLetterStore, StoredDeadLetter } from './dead-letter-store.js';
export type { Credentials, DeviceStatus, DeviceStatusStore, DeviceWord } from './device-status.js';
export type { Broadcast, BroadcastKind, BroadcastOf, Fanout } from './fanout.js';
export { listeners, type Listeners, type ListenersDeps } from './listeners.js';
export type { Flow } from './flow.js';
export {
  RULE_CHANGE_STATES,
  type Decision,
  type DecisionOutcome,
  type Entity,
  type EntityChanged,
  type EntityKind,
  type Held,
  type ImportOptions,
  type ImportOutcome,
  type LevelDiff,
  type LevelLimit,
  type RegistryStore,
  type RuleChange,
  type RuleChangePage,
  type RuleChangeState,
  type RuleDiff,
  type FormulaVersion,
  type StoredRule,
} from './registry-store.js';
export { ROLES, type Accounts, type LoginLimits, type Role, type Session, type User } from './accounts.js';
export type { JobStore, StoredJob } from './job-store.js';
export type { Audit, AuditEntry, AuditRow } from './audit.js';
export { BadCursor } from './cursor.js';
export { RecordsFault } from './records-fault.js';
export { RecordsUnavailable } from './records-unavailable.js';
