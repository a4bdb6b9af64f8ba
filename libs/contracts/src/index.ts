export { ALARM_LEVELS, LEVELS, compareLevels, graver, rankOf, type AlarmLevel, type Level } from './level.js';
export type { Digest, Fault, Millis, Said } from './basics.js';
export { QUALITIES, repeatKeyTime, type ActivationRecord, type ControlRecord, type Quality, type Reading, type ReadingFlag, type ReadingsLogValue, type ReadingsRecord, type TickRecord, type UpRecord } from './reading.js';
export { TOPICS, mqttTopic, type Topic } from './topics.js';
export { DEAD_LETTER_CODES, QUARANTINE_CODES, type DeadLetter, type DeadLetterCode } from './dead-letter.js';
export { MAX_PART_CHARS, MAX_PAYLOAD_DEPTH, excerpt, type Refusal } from './payload-text.js';
export { parseDecimal } from './payload-number.js';
export { parseTime, type LocalToUtc } from './payload-time.js';
export { TELEMETRY_LIMITS, parseTelemetry, type ParsedTelemetry, type PointBounds, type TelemetryContext } from './payload.js';
export { DEVICE_LIMITS, parseEvent, parseStatus, type DeviceSaid, type ParsedEvent, type ParsedStatus } from './payload-device.js';
export type { DeviceEventRecord } from './device-event.js';
export { ALARM_KINDS, HEALTH_KINDS, RULE_KINDS, type Activation, type AlarmKind, type HealthRule, type LevelStep, type PointSpec, type QualityGate, type Rule, type RuleKind, type Scope, type ThresholdRule } from './rule.js';
export { VERDICT_PROCESSES, keyText, type AlarmKey, type Cause, type Lane, type Verdict, type VerdictProcess, type VerdictTrigger } from './verdict.js';
export {
  ACKS, ACTION_NOTICES, ALARM_EVENT_TYPES, ALARM_QUALITIES, NOTICE_KINDS, PROCESSES, SUPPRESSIONS, WORKS, isOpen,
  type Ack, type AckTrust, type Actor, type Alarm, type AlarmEvent, type AlarmEventType, type AlarmFilter, type AlarmQuality, type AlarmTimer,
  type NoticeKind, type Process, type Suppression, type SuppressionState, type TimerKind, type Told, type Work,
} from './alarm.js';
export { CHANNELS, type ChannelName } from './channel-name.js';
export { NOTIFICATION_STATES, type Notification, type NotificationState } from './notification.js';
export { NO_COUNTS, addCounts, hourOf, type LedgerCounts, type LedgerItem, type SeqGap } from './ledger.js';
export { placeOf, regionSubtree, type Asset, type Device, type Group, type Metric, type Person, type Point, type Region, type RegistrySnapshot, type Route, type Site, type Unit } from './registry.js';
export { partitionFor } from './partition.js';
export { MAX_SEQ_GAPS, foldSeq, gapsOf, type SeqCount, type SeqState } from './seq-gaps.js';
export {
  ID_PATTERN, ROLE_NAMES, STREAM_EVENTS, alarmCountsJson, alarmEventJson, alarmEventJsonSchema, alarmFilterQuery, alarmJson, alarmJsonSchema, alarmPageJson, alarmsQuery, auditPageJson, auditRowJson,
  bucketJson, commandBody, cursorText, deadLetterJson, deadLetterJsonSchema, deadLetterPageJson, deadLettersQuery, deviceEventJson, deviceRowJson, deviceRowPageJson, entitiesQuery, entityBody,
  entityPageJson, exportQuery, faultJson, flagText, heartbeatJson, idListText, idText, importJson, isoOf, isoOrNull, ledgerJson, ledgerQuery, levelCounts, levelListText, limitText, listText,
  loginBody, meJson, momentText, notificationJson, notificationJsonSchema, notificationPageJson, overviewJson, pageOf, pageQuery, passwordBody, problemJson, readingEventJson, retryJson,
  secondPersonBody, seriesJson, seriesQuery, sessionJson, spanText, timelineJson, userChangeBody, userCreateBody, userJson, usersJson,
  type AlarmCountsJson, type AlarmEventJson, type AlarmFilterQuery, type AlarmJson, type AuditRowJson, type BucketJson, type CommandBody, type CommandJson, type CommandType, type DeadLetterJson,
  type DeviceRowJson, type EntitiesQuery, type EntityJson, type HeartbeatJson, type ImportJson, type LedgerItemJson, type LedgerJson, type LevelCountsJson, type MeJson, type NewestJson,
  type NotificationJson, type OverviewJson, type OverviewNotice, type PageJson, type ProblemJson, type ReadingEventJson, type RetryJson, type SampleJson, type SeriesJson, type SessionJson,
  type SiteDotJson, type StreamEventJson, type StreamEventName, type UserJson,
} from './http/index.js';
export { canonicalJson } from './canonical-json.js';
export { IMPORT_LIMITS, pathStep, plainJsonFaults, type PlainLimits } from './plain-json.js';
export { ENTITY_KINDS, NAME_LENGTH, type BundleKind } from './bundle-schema.js';
export { MAX_FAULTS, idFieldOf, perKind, readBundle, type BundleEntries, type BundleEntry, type BundleReading, type PlainEntity } from './bundle.js';
export { referencesOf, type Reference } from './bundle-references.js';
export { planImport, planRemoval, type BundlePlan, type Collections, type EntityChange } from './bundle-plan.js';
export { pointSpecsOf, snapshotOf } from './registry-snapshot.js';
