import { z } from 'zod';
import { CHANNELS } from './channel-name.js';
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
  'rules',
] as const;
export type BundleKind = (typeof ENTITY_KINDS)[number];

/** Longest name shown to people, in UTF-16 units. */
export const NAME_LENGTH = 100;
const DAY_MS = 86_400_000;

const id = z.string().regex(ID_PATTERN);
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
  assets: z.strictObject({ id, siteId: id, name, lon: maybe(lon), lat: maybe(lat), type: maybe(text(64)) }),
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
  points: z.strictObject({ id: maybe(id), deviceId: id, metric: id, name: maybe(name), min: maybe(z.number()), max: maybe(z.number()) }),
  groups: z.strictObject({ id, siteId: id, parentId: maybe(id), domainOf: maybe(id), pointIds: z.array(id).max(10_000) }),
  routes: z.strictObject({
    id: maybe(id),
    levels: z.array(z.enum(ALARM_LEVELS)).min(1).max(4),
    domain: maybe(id),
    regionCode: maybe(id),
    personIds: z.array(id).min(1).max(1_000),
    channels: maybe(z.array(z.enum(CHANNELS)).min(1).max(CHANNELS.length)),
  }),
  /** The rest of a rule is parsed by the rules core. `reason` says why it was changed and is not part of the rule. */
  rules: z.looseObject({ id, reason: maybe(text(500)) }),
} as const satisfies Record<BundleKind, z.ZodType>;

/** Fields that later versions of the bundle will know; refused by name so that nobody thinks they work. */
export const NOT_YET: Readonly<Record<string, string>> = {
  limits: 'limits per asset',
  derived: 'derived points',
  compute: 'computed points',
  computed: 'computed points',
  formula: 'computed points',
  expression: 'computed points',
};
