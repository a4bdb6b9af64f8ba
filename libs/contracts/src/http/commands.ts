import { z } from 'zod';
import { momentText } from './primitives.js';

/** The second human behind an act on orange or red; must be another person with the right to it. */
export const secondPersonBody = z.strictObject({ username: z.string().min(1).max(100), password: z.string().min(1).max(256) });

const shared = {
  /** Refused with 409 when the alarm has moved on. */
  expectedVersion: z.number().int().min(0).optional(),
  /** The same key again answers the first result. */
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 printable characters')
    .optional(),
  comment: z.string().max(500).optional(),
  secondPerson: secondPersonBody.optional(),
};
const reason = z.string().trim().min(1).max(500);
const shelf = { until: momentText, reason, oneShot: z.boolean().optional() };

const later = ['dispatch', 'accept', 'return', 'arrive', 'feedback', 'submitReview', 'approve', 'reject'] as const;

/** Body of `POST /alarms/{id}/commands`. The steps of field work are known words that are not yet to be had. */
export const commandBody = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('acknowledge'), ...shared }),
  z.strictObject({ type: z.literal('comment'), ...shared, comment: z.string().trim().min(1).max(500) }),
  z.strictObject({ type: z.literal('shelve'), ...shared, ...shelf }),
  z.strictObject({ type: z.literal('unshelve'), ...shared }),
  z.strictObject({ type: z.literal('reset'), ...shared }),
  /** An alarm that still stands must be shelved in the same step. */
  z.strictObject({
    type: z.literal('markFalse'),
    ...shared,
    cause: z.string().trim().min(1).max(100),
    reason,
    shelve: z.strictObject(shelf).optional(),
  }),
  z.strictObject({ type: z.enum(later), ...shared }),
]);
/** What callers send. */
export type CommandJson = Readonly<z.input<typeof commandBody>>;
/** The same, checked, with times as milliseconds. */
export type CommandBody = Readonly<z.output<typeof commandBody>>;
export type CommandType = CommandBody['type'];
