export { ALARM_LEVELS, LEVELS, compareLevels, graver, rankOf, type AlarmLevel, type Level } from './level.js';
export type { Digest, Fault, Millis, Said } from './basics.js';
export { QUALITIES, repeatKeyTime, type ActivationRecord, type ControlRecord, type Quality, type Reading, type ReadingFlag, type ReadingsLogValue, type ReadingsRecord, type TickRecord, type UpRecord } from './reading.js';
export { TOPICS, mqttTopic, type Topic } from './topics.js';
export { DEAD_LETTER_CODES, QUARANTINE_CODES, type DeadLetter, type DeadLetterCode } from './dead-letter.js';
export { ALARM_KINDS, HEALTH_KINDS, RULE_KINDS, type Activation, type AlarmKind, type HealthRule, type LevelStep, type PointSpec, type QualityGate, type Rule, type RuleKind, type Scope, type ThresholdRule } from './rule.js';
export { VERDICT_PROCESSES, keyText, type AlarmKey, type Cause, type Lane, type Verdict, type VerdictProcess, type VerdictTrigger } from './verdict.js';
export {
  ACKS, ALARM_EVENT_TYPES, ALARM_QUALITIES, NOTICE_KINDS, PROCESSES, SUPPRESSIONS, WORKS, isOpen,
  type Ack, type AckTrust, type Actor, type Alarm, type AlarmEvent, type AlarmEventType, type AlarmFilter, type AlarmQuality, type AlarmTimer,
  type NoticeKind, type Process, type Suppression, type SuppressionState, type TimerKind, type Work,
} from './alarm.js';
export { CHANNELS, NOTIFICATION_STATES, type ChannelName, type Notification, type NotificationState } from './notification.js';
export { NO_COUNTS, addCounts, hourOf, type LedgerCounts, type LedgerItem, type SeqGap } from './ledger.js';
export { placeOf, type Asset, type Device, type Group, type Metric, type Person, type Point, type Region, type RegistrySnapshot, type Route, type Site, type Unit } from './registry.js';
