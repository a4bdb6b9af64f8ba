import { z } from 'zod';
import { count, cursorText, idText, isoText, levelCounts, levelText, anyLevelText, limitText, pageOf, qualityText } from './primitives.js';
import { RULE_KINDS, RULE_STATES } from '../rule.js';
import { CHANGED_KINDS } from '../changed-kind.js';
import { faultJson } from './problem.js';

/** Any entry of the registry in the words of the bundle. The importer checks it with all its faults at once. */
export const entityBody = z.record(z.string(), z.unknown());
/** `total`: how many there are on all pages together. */
export const entityPageJson = pageOf(entityBody).extend({ total: count.optional() });
export type EntityJson = Readonly<Record<string, unknown>>;

export const entitiesQuery = z.strictObject({
  siteId: idText.optional(),
  assetId: idText.optional(),
  deviceId: idText.optional(),
  /** Rules: those that judge this point. */
  pointId: idText.optional(),
  regionCode: idText.optional(),
  /** Part of an id or name; of rules also of the places that they watch. */
  q: z.string().max(100).optional(),
  /** Rules only: of this kind, of a domain, with a limit of this colour, in this state. */
  kind: z.enum(RULE_KINDS).optional(),
  domain: idText.optional(),
  level: levelText.optional(),
  state: z.enum(RULE_STATES).optional(),
  limit: limitText(100, 500),
  cursor: cursorText.optional(),
});
export type EntitiesQuery = Readonly<z.output<typeof entitiesQuery>>;

const limitNumber = z.union([z.number(), z.array(z.number()).length(2)]).nullable();
/** Answer of an import, a new entry, a changed one or a removal. */
export const importJson = z.object({
  applied: z.record(z.string(), count),
  unchanged: count,
  warnings: z.array(faultJson),
  version: count,
  /** Changes that wait for a second person, one row for each rule that they would weaken; the rest is applied. `changeId` null: only a dry run. */
  pending: z.array(
    z.object({
      ruleId: z.string(),
      levels: z.array(levelText),
      changeId: z.string().nullable(),
      kind: z.enum(CHANGED_KINDS),
      id: z.string(),
    }),
  ),
  /** Of a dry run: what would become of rules, version against version; a limit is a number or [low, high], null where there is none. */
  rules: z
    .array(
      z.object({
        ruleId: z.string(),
        from: count.nullable(),
        to: count.nullable(),
        levels: z.array(z.object({ level: levelText, from: limitNumber, to: limitNumber })),
      }),
    )
    .optional(),
});
export type ImportJson = Readonly<z.infer<typeof importJson>>;
export const exportQuery = z.strictObject({
  personal: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});

/** Newest reading of a point. */
export const newestJson = z.object({
  pointId: z.string(),
  metric: z.string(),
  metricName: z.string(),
  unit: z.string(),
  t: isoText,
  v: z.number(),
  q: qualityText,
  receivedAt: isoText,
});
export type NewestJson = Readonly<z.infer<typeof newestJson>>;

/** A device as the list shows it. */
export const deviceRowJson = z.object({
  id: z.string(),
  name: z.string().nullable(),
  enabled: z.boolean(),
  assetId: z.string(),
  assetName: z.string(),
  siteId: z.string(),
  siteName: z.string(),
  regionCode: z.string(),
  domain: z.string(),
  zone: z.string(),
  intervalMs: count,
  gatewayId: z.string().nullable(),
  /** null: it has never been heard of. */
  online: z.boolean().nullable(),
  since: isoText.nullable(),
  lastMessageAt: isoText.nullable(),
  points: count,
  newest: z.array(newestJson),
});
export type DeviceRowJson = Readonly<z.infer<typeof deviceRowJson>>;
export const deviceRowPageJson = pageOf(deviceRowJson);

const siteDot = z.object({
  id: z.string(),
  name: z.string(),
  domain: z.string(),
  regionCode: z.string(),
  lon: z.number(),
  lat: z.number(),
  level: anyLevelText,
  online: count,
  devices: count,
});
const regionDot = z.object({ code: z.string(), name: z.string(), parent: z.string().nullable(), level: anyLevelText });
export const noticeCode = z.enum([
  'plaintext',
  'single_administrator',
  'must_change_password',
  'degraded',
  'unapproved_rules',
  'changes_waiting',
]);

/** What the duty room sees at a glance. */
export const overviewJson = z.object({
  at: isoText,
  alarms: z.object({
    total: count,
    unacked: count,
    byLevel: levelCounts,
    byDomain: z.record(z.string(), levelCounts),
    shelved: levelCounts,
  }),
  devices: z.object({ total: count, online: count, offline: count, unknown: count, disabled: count }),
  /** Sums of the last 24 h by time of arrival. */
  ledger: z.object({ received: count, stored: count, rejected: count, duplicate: count, quarantined: count, inFlight: count }),
  regions: z.array(regionDot),
  sites: z.array(siteDot),
  /** Standing truths that must stay in sight. */
  notices: z.array(noticeCode),
});
export type OverviewJson = Readonly<z.infer<typeof overviewJson>>;
export type OverviewNotice = z.infer<typeof noticeCode>;
export type SiteDotJson = OverviewJson['sites'][number];
