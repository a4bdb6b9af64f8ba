export {
  ID_PATTERN, cursorText, flagText, idListText, idText, isoOf, isoOrNull, levelCounts, levelListText, limitText, listText, momentText, pageOf, pageQuery, spanText,
  type LevelCountsJson, type PageJson,
} from './primitives.js';
export { faultJson, problemJson, type ProblemJson } from './problem.js';
export {
  alarmCountsJson, alarmEventJson, alarmEventJsonSchema, alarmFilterQuery, alarmJson, alarmJsonSchema, alarmPageJson, alarmsQuery, timelineJson,
  type AlarmCountsJson, type AlarmEventJson, type AlarmFilterQuery, type AlarmJson,
} from './alarms.js';
export { commandBody, secondPersonBody, type CommandBody, type CommandJson, type CommandType } from './commands.js';
export {
  ROLE_NAMES, auditPageJson, auditRowJson, loginBody, meJson, passwordBody, sessionJson, userChangeBody, userCreateBody, userJson, usersJson,
  type AuditRowJson, type MeJson, type SessionJson, type UserJson,
} from './auth.js';
export {
  bucketJson, deadLetterJson, deadLetterJsonSchema, deadLetterPageJson, deadLettersQuery, ledgerJson, ledgerQuery, notificationJson, notificationJsonSchema, notificationPageJson, retryJson, seriesJson, seriesQuery,
  type BucketJson, type DeadLetterJson, type LedgerItemJson, type LedgerJson, type NotificationJson, type RetryJson, type SampleJson, type SeriesJson,
} from './data.js';
export {
  deviceRowJson, deviceRowPageJson, entitiesQuery, entityBody, entityPageJson, exportQuery, importJson, overviewJson,
  type DeviceRowJson, type EntitiesQuery, type EntityJson, type ImportJson, type NewestJson, type OverviewJson, type OverviewNotice, type SiteDotJson,
} from './registry.js';
export { STREAM_EVENTS, deviceEventJson, heartbeatJson, readingEventJson, type HeartbeatJson, type ReadingEventJson, type StreamEventJson, type StreamEventName } from './stream.js';
