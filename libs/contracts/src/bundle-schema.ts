import { z } from 'zod';
import { CHANNELS } from './channel-name.js';
import type { Derived } from './derived.js';
import { parseDerived } from './derived-parse.js';
import { ID_PATTERN } from './ids.js';
import { ALARM_LEVELS } from './level.js';

/** The collections of a bundle, in the order in which they depend on each other. */
export const ENTITY_KINDS = [
  'regions',
  'units',
  'people',
  'metrics',
  'sites',
  'assets',
  'devices',
  'points',
  'groups',
  'routes',
  'limits',
  'rules',
] as const;
export type BundleKind = (typeof ENTITY_KINDS)[number];

/** Longest name shown to people, in UTF-16 units. */
export const NAME_LENGTH = 100;
const DAY_MS = 86_400_000;
const LATEST_MS = Date.UTC(2100, 0);

const id = z.string().regex(ID_PATTERN);
/** `/rules/changes` is the list of changes that wait. */
const ruleId = id.refine((given) => given !== 'changes', 'is a word of the API');
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Surrogate}]*$/u);
const name = text(NAME_LENGTH);
const lon = z.number().min(-180).max(180);
const lat = z.number().min(-90).max(90);
/** Absent keeps what is stored, null takes it away. */
const maybe = <T extends z.ZodType>(schema: T) => schema.nullable().optional();

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false; // Intl's only way to say that it does not know a zone is a RangeError.
  }
}

const phone = z.string().regex(/^\+?[0-9][0-9 -]{2,23}$/);
const webhook = z
  .string()
  .max(2_000)
  .refine((address) => /^https?:\/\/[^\s/]/.test(address) && URL.canParse(address), 'not an http(s) address');
const zone = z.string().max(64).refine(isZone, 'not a time zone that this machine knows');
/** A moment: milliseconds, or ISO 8601 text with its zone; kept as milliseconds. */
const moment = z
  .union([z.int().min(0), z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/)])
  .transform((given) => (typeof given === 'number' ? given : Date.parse(given)))
  .refine((t) => t < LATEST_MS, 'must be a moment before the year 2100');
const limitNumber = z.number().min(-1e15).max(1e15);
const limitVersion = z
  .strictObject({
    from: moment,
    blue: maybe(limitNumber),
    yellow: maybe(limitNumber),
    orange: maybe(limitNumber),
    red: maybe(limitNumber),
    source: text(500),
    approvedBy: maybe(name),
  })
  .transform(withoutNulls)
  .refine((version) => ALARM_LEVELS.some((level) => Object.hasOwn(version, level)), 'must give at least one level');
/** Oldest first, each with a beginning of its own. */
const limitVersions = z
  .array(limitVersion)
  .min(1)
  .max(200)
  .transform((versions) => [...versions].sort((a, b) => a.from - b.from))
  .refine((versions) => versions.every(({ from }, i) => from !== versions[i - 1]?.from), 'must not have two versions from the same moment');
/** What the asset is doing, until when. An ended mode means nothing, so nobody has to take it away. */
const mode = z
  .strictObject({ name: id, from: moment, until: moment })
  .refine(({ from, until }) => from < until, 'must end after it begins');

/** Nested fields know no "as stored": null says the same as absence. */
function withoutNulls<T extends Readonly<Record<string, unknown>>>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as T;
}

/** The formula of a derived point, each of its faults at its own path. */
const derived = z.unknown().transform((given, context): Derived => {
  const parsed = parseDerived(given);
  if ('derived' in parsed) return parsed.derived;
  for (const { path, message } of parsed.faults) context.addIssue({ code: 'custom', path: [...path], message });
  return z.NEVER;
});

/** Why the entry was changed; it is kept with the version and is no part of the entry. */
const reason = maybe(text(500));

/** 8–256 printable ASCII characters: what every MQTT client can send as a password. */
const credential = z
  .string()
  .min(8)
  .max(256)
  .regex(/^[\x21-\x7e]+$/);

/**
 * What a bundle may say of each kind. Unknown keys are refused. Optional fields have no default here: absent means
 * "as stored", and `bundle-plan.ts` fills in the defaults of what is new.
 */
export const BUNDLE_SCHEMAS = {
  regions: z.strictObject({ code: id, name, parent: maybe(id) }),
  units: z.strictObject({ id, name, role: text(NAME_LENGTH) }),
  people: z.strictObject({ id, name, unitId: id, phone: maybe(phone), webhook: maybe(webhook) }),
  metrics: z.strictObject({
    code: id,
    name,
    nameEn: maybe(name),
    unit: z.string().max(32),
    min: maybe(z.number()),
    max: maybe(z.number()),
    domain: maybe(id),
    source: maybe(text(500)),
    expectVariation: maybe(z.boolean()),
  }),
  sites: z.strictObject({ id, name, domain: id, regionCode: id, unitId: id, lon, lat, address: maybe(text(200)) }),
  assets: z.strictObject({ id, siteId: id, name, lon: maybe(lon), lat: maybe(lat), type: maybe(text(64)), mode: maybe(mode) }),
  devices: z.strictObject({
    id,
    assetId: id,
    name: maybe(name),
    credential: maybe(credential),
    zone: maybe(zone),
    intervalMs: maybe(
      z
        .int()
        .min(100)
        .max(31 * DAY_MS),
    ),
    reorderMs: maybe(z.int().min(0).max(DAY_MS)),
    liveHorizonMs: maybe(
      z
        .int()
        .min(1_000)
        .max(3_660 * DAY_MS),
    ),
    gatewayId: maybe(id),
    enabled: maybe(z.boolean()),
  }),
  points: z.strictObject({
    id: maybe(id),
    deviceId: id,
    metric: id,
    name: maybe(name),
    min: maybe(z.number()),
    max: maybe(z.number()),
    derived: maybe(derived),
    reason,
  }),
  groups: z.strictObject({ id, siteId: id, parentId: maybe(id), domainOf: maybe(id), pointIds: z.array(id).max(10_000) }),
  routes: z.strictObject({
    id: maybe(id),
    levels: z.array(z.enum(ALARM_LEVELS)).min(1).max(4),
    domain: maybe(id),
    regionCode: maybe(id),
    personIds: z.array(id).min(1).max(1_000),
    channels: maybe(z.array(z.enum(CHANNELS)).min(1).max(CHANNELS.length)),
  }),
  /** Limits of an asset that change with time: which numbers hold from when, by whose word. */
  limits: z.strictObject({ id, assetId: id, metric: id, versions: limitVersions, reason }),
  /** The rest of a rule is parsed by the rules core. */
  rules: z.looseObject({ id: ruleId, reason }),
} as const satisfies Record<BundleKind, z.ZodType>;

/** Fields that later versions of the bundle will know; refused by name so that nobody thinks they work. */
export const NOT_YET: Readonly<Record<string, string>> = {
  compute: 'points computed under this key (write derived instead)',
  computed: 'points computed under this key (write derived instead)',
  formula: 'points computed under this key (write derived instead)',
  expression: 'points computed under this key (write derived instead)',
};
