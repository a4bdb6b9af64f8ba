import { z } from 'zod';
import { ACKS, ALARM_EVENT_TYPES, ALARM_QUALITIES, PROCESSES, SUPPRESSIONS, WORKS, type Alarm, type AlarmEvent } from '../alarm.js';
import { placeOf, type RegistrySnapshot } from '../registry.js';
import { EVIDENCE_LINES, type Evidence } from '../evidence.js';
import { ALARM_KINDS } from '../rule.js';
import {
  anyLevelText,
  count,
  cursorText,
  flagText,
  idListText,
  idText,
  isoOf,
  isoOrNull,
  isoText,
  levelCounts,
  levelListText,
  levelText,
  limitText,
  optionalLimitText,
  listText,
  momentText,
  pageOf,
} from './primitives.js';

/** Names of where an alarm is, for reading aloud; null when the point has left the registry. */
export const placeJson = z.object({
  site: z.string(),
  asset: z.string(),
  point: z.string(),
  metric: z.string(),
  metricCode: z.string(),
  /** Of the readings; the alarm's own `unit` is that of its value, which trend rules have in another. */
  unit: z.string(),
  deviceId: z.string(),
  region: z.string(),
  unitName: z.string(),
});

export const alarmJsonSchema = z.object({
  id: z.string(),
  version: count,
  ruleId: z.string(),
  ruleVersion: count,
  pointId: z.string(),
  kind: z.enum(ALARM_KINDS),
  assetId: z.string().nullable(),
  siteId: z.string(),
  regionCode: z.string(),
  unitId: z.string().nullable(),
  domain: z.string(),
  level: levelText,
  peakLevel: levelText,
  pendingLevel: levelText.nullable(),
  pendingDueAt: isoText.nullable(),
  process: z.enum(PROCESSES),
  ack: z.enum(ACKS),
  ackedLevel: levelText.nullable(),
  ackTrust: z.enum(['login', 'link']).nullable(),
  ackedBy: z.string().nullable(),
  ackedAt: isoText.nullable(),
  suppression: z.enum(SUPPRESSIONS),
  /** The shelf behind `suppression`, with its end. */
  shelf: z
    .object({ reason: z.string(), by: z.string(), at: isoText, until: isoText, oneShot: z.boolean(), permitLevel: levelText })
    .nullable(),
  work: z.enum(WORKS),
  quality: z.enum(ALARM_QUALITIES),
  firstBreachAt: isoText,
  raisedAt: isoText,
  endedAt: isoText.nullable(),
  closedAt: isoText.nullable(),
  endReason: z.enum(['recovered', 'rule_changed', 'removed']).nullable(),
  value: z.number(),
  unit: z.string(),
  /** Chinese; the same in English beside it. */
  reason: z.string(),
  reasonEn: z.string(),
  latching: z.boolean(),
  retrospective: z.boolean(),
  /** Running number of this key, and the code that people say on the phone. */
  n: count,
  no: z.string(),
  ackDueAt: isoText.nullable(),
  parentId: z.string().nullable(),
  firstOut: z.boolean(),
  cycles: count,
  recurrenceOf: z.string().nullable(),
  /** Deadlines missed, and reminders sent, since the last raise or rise. */
  escalation: count,
  reAlarms: count,
  createdAt: isoText,
  updatedAt: isoText,
  place: placeJson.nullable(),
});
export type AlarmJson = Readonly<z.infer<typeof alarmJsonSchema>>;
export const alarmPageJson = pageOf(alarmJsonSchema);

const evidenceJsonSchema = z.object({
  from: isoText,
  to: isoText,
  /** The numbers that mattered, by short names with their units. */
  numbers: z.record(z.string(), z.number()),
  lines: z.array(z.object({ name: z.enum(EVIDENCE_LINES), points: z.array(z.object({ t: isoText, v: z.number() })) })),
});
export type EvidenceJson = Readonly<z.infer<typeof evidenceJsonSchema>>;

/** One alarm in full: with what a chart can draw of its reason, null where readings and limits say all. */
export const alarmDetailJsonSchema = alarmJsonSchema.extend({ evidence: evidenceJsonSchema.nullable() });
export type AlarmDetailJson = Readonly<z.infer<typeof alarmDetailJsonSchema>>;

export function alarmDetailJson(alarm: Alarm, registry: RegistrySnapshot): AlarmDetailJson {
  return { ...alarmJson(alarm, registry), evidence: alarm.evidence ? evidenceJson(alarm.evidence) : null };
}

function evidenceJson({ from, to, numbers, lines }: Evidence): EvidenceJson {
  return {
    from: isoOf(from),
    to: isoOf(to),
    numbers: { ...numbers },
    lines: lines.map(({ name, points }) => ({ name, points: points.map(([t, v]) => ({ t: isoOf(t), v })) })),
  };
}

/** An alarm as the API shows it, with the names of its place as the registry has them now. */
export function alarmJson(alarm: Alarm, registry: RegistrySnapshot): AlarmJson {
  const { key, suppression, reason, evidence: _evidence, generation: _generation, told: _told, normalSince: _normalSince, ...rest } = alarm;
  return {
    ...rest,
    ...key,
    pendingDueAt: isoOrNull(alarm.pendingDueAt),
    ackedAt: isoOrNull(alarm.ackedAt),
    suppression: suppression?.state ?? 'none',
    shelf: suppression && shelfJson(suppression),
    firstBreachAt: isoOf(alarm.firstBreachAt),
    raisedAt: isoOf(alarm.raisedAt),
    endedAt: isoOrNull(alarm.endedAt),
    reason: reason.zh,
    reasonEn: reason.en,
    ackDueAt: isoOrNull(alarm.ackDueAt),
    closedAt: isoOrNull(alarm.closedAt),
    createdAt: isoOf(alarm.createdAt),
    updatedAt: isoOf(alarm.updatedAt),
    place: placeNames(registry, key.pointId),
  };
}

function shelfJson({ reason, by, at, until, oneShot, permitLevel }: NonNullable<Alarm['suppression']>): NonNullable<AlarmJson['shelf']> {
  return { reason, by, at: isoOf(at), until: isoOf(until), oneShot, permitLevel };
}

function placeNames(registry: RegistrySnapshot, pointId: string): AlarmJson['place'] {
  const place = placeOf(registry, pointId);
  if (!place) return null;
  const { site, asset, point, metric, device } = place;
  return {
    site: site.name,
    asset: asset.name,
    point: point.name ?? metric.name,
    metric: metric.name,
    metricCode: metric.code,
    unit: metric.unit,
    deviceId: device.id,
    region: registry.regions.get(site.regionCode)?.name ?? site.regionCode,
    unitName: registry.units.get(site.unitId)?.name ?? site.unitId,
  };
}

export const alarmEventJsonSchema = z.object({
  id: z.string(),
  alarmId: z.string(),
  seq: count,
  type: z.enum(ALARM_EVENT_TYPES),
  at: isoText,
  t: isoText.nullable(),
  actor: z.object({
    kind: z.enum(['engine', 'timer', 'user', 'link', 'system']),
    id: z.string(),
    name: z.string().optional(),
    personId: z.string().optional(),
  }),
  level: levelText,
  value: z.number().nullable(),
  reason: z.string().nullable(),
  reasonEn: z.string().nullable(),
  comment: z.string().nullable(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type AlarmEventJson = Readonly<z.infer<typeof alarmEventJsonSchema>>;
/** Most events of one page of a timeline. */
export const TIMELINE_PAGE = 500;
export const timelineJson = pageOf(alarmEventJsonSchema);
/** Page by page when a limit or a cursor is given, else all of it. */
export const timelineQuery = z.strictObject({
  order: z.enum(['oldest', 'newest']).default('oldest'),
  limit: optionalLimitText(TIMELINE_PAGE),
  cursor: cursorText.optional(),
});

/** One line of an alarm's timeline. */
export function alarmEventJson(event: AlarmEvent): AlarmEventJson {
  const { evidence: _evidence, ...rest } = event;
  return {
    ...rest,
    at: isoOf(event.at),
    t: isoOrNull(event.t),
    actor: { ...event.actor },
    reason: event.reason?.zh ?? null,
    reasonEn: event.reason?.en ?? null,
    data: { ...event.data },
  };
}

const filterShape = {
  /** true: alarms that people have not closed; false: the closed ones; absent: all. */
  open: flagText.optional(),
  retrospective: flagText.optional(),
  level: levelListText.optional(),
  domain: idListText.optional(),
  siteId: idText.optional(),
  /** With all regions below it. */
  regionCode: idText.optional(),
  pointId: idText.optional(),
  deviceId: idText.optional(),
  ruleId: idText.optional(),
  kind: listText(ALARM_KINDS).optional(),
  ack: z.enum(ACKS).optional(),
  work: z.enum(WORKS).optional(),
  from: momentText.optional(),
  to: momentText.optional(),
};
export const alarmFilterQuery = z.strictObject(filterShape);
export type AlarmFilterQuery = Readonly<z.output<typeof alarmFilterQuery>>;
export const alarmsQuery = z.strictObject({
  ...filterShape,
  sort: z.enum(['newest', 'urgency']).default('newest'),
  limit: limitText(100, 500),
  cursor: cursorText.optional(),
});

export const alarmCountsJson = z.object({
  total: count,
  byLevel: levelCounts,
  byAck: z.record(z.string(), count),
  byWork: z.record(z.string(), count),
  byDomain: z.record(z.string(), levelCounts),
  /** Worst open level of each site and region that has one. */
  bySite: z.record(z.string(), anyLevelText),
  byRegion: z.record(z.string(), anyLevelText),
  /** Of the open ones, those kept quiet. */
  shelved: levelCounts,
});
export type AlarmCountsJson = Readonly<z.infer<typeof alarmCountsJson>>;
