import { z } from 'zod';
import { count, idText, isoText, pageOf } from './primitives.js';

/** What a person may do; a set, not a rank. */
export const ROLE_NAMES = ['duty_officer', 'shift_leader', 'analyst', 'owner_unit', 'authority', 'admin', 'auditor'] as const;

const userName = z.string().min(1).max(100);
const secret = z.string().min(1).max(256);
/** null: all regions, present and future. */
const scope = z.strictObject({ regionCodes: z.array(idText).max(500).nullable() });
const roles = z.array(z.enum(ROLE_NAMES)).min(1).max(ROLE_NAMES.length);

export const loginBody = z.strictObject({ username: userName, password: secret });
export const passwordBody = z.strictObject({ oldPassword: secret, newPassword: secret });

export const userJson = z.object({
  id: z.string(),
  username: z.string(),
  name: z.string(),
  personId: z.string().nullable(),
  roles: z.array(z.enum(ROLE_NAMES)),
  scope: z.object({ regionCodes: z.array(z.string()).nullable() }),
  disabled: z.boolean(),
  mustChangePassword: z.boolean(),
  createdAt: isoText,
});
export type UserJson = Readonly<z.infer<typeof userJson>>;
export const usersJson = pageOf(userJson);

/** Answer of login and refresh. The token is shown once and is good until `expiresAt`, a logout or a change of rights. */
export const sessionJson = z.object({ accessToken: z.string(), expiresAt: isoText, mustChangePassword: z.boolean(), user: userJson });
export type SessionJson = Readonly<z.infer<typeof sessionJson>>;
/** Answer of `GET /auth/me`. */
export const meJson = z.object({ user: userJson, expiresAt: isoText, serverTime: isoText });
export type MeJson = Readonly<z.infer<typeof meJson>>;

export const userCreateBody = z.strictObject({
  username: userName,
  name: userName,
  password: secret,
  roles,
  scope: scope.default({ regionCodes: null }),
  personId: idText.nullable().default(null),
});
export const userChangeBody = z.strictObject({
  name: userName.optional(),
  password: secret.optional(),
  roles: roles.optional(),
  scope: scope.optional(),
  personId: idText.nullable().optional(),
  disabled: z.boolean().optional(),
});

export const auditRowJson = z.object({
  n: count,
  at: isoText,
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string().optional(), personId: z.string().optional() }),
  source: z.string(),
  requestId: z.string(),
  action: z.string(),
  objectKind: z.string(),
  objectId: z.string(),
  regionCode: z.string().nullable(),
  outcome: z.enum(['ok', 'refused', 'failed']),
  reason: z.string().nullable(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  prev: z.string(),
  hash: z.string(),
});
export type AuditRowJson = Readonly<z.infer<typeof auditRowJson>>;
export const auditPageJson = pageOf(auditRowJson);
