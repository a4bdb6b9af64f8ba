import { z } from 'zod';
import { DEAD_LETTER_CODES, type DeadLetter } from '../dead-letter.js';
import { NOTICE_KINDS } from '../alarm.js';
import type { LedgerItem } from '../ledger.js';
import type { Millis } from '../basics.js';
import { CHANNELS } from '../channel-name.js';
import { NOTIFICATION_STATES, type Notification } from '../notification.js';
import {
  count,
  cursorText,
  idListText,
  isoOf,
  isoOrNull,
  isoText,
  levelText,
  limitText,
  momentText,
  pageOf,
  qualityText,
  spanText,
} from './primitives.js';

export const seriesQuery = z.strictObject({
  from: momentText.optional(),
  to: momentText.optional(),
  every: spanText.optional(),
  cursor: cursorText.optional(),
  limit: limitText(1_000, 10_000),
});
export const sampleJson = z.object({ t: isoText, v: z.number(), q: qualityText });
export type SampleJson = Readonly<z.infer<typeof sampleJson>>;
export const bucketJson = z.object({ t: isoText, min: z.number(), max: z.number(), mean: z.number(), count });
export type BucketJson = Readonly<z.infer<typeof bucketJson>>;
/** Oldest first. Readings, or buckets where `every` was given. */
export const seriesJson = z.object({
  pointId: z.string(),
  unit: z.string(),
  items: z.union([z.array(sampleJson), z.array(bucketJson)]),
  nextCursor: z.string().nullable(),
});
export type SeriesJson = Readonly<{
  pointId: string;
  unit: string;
  items: readonly SampleJson[] | readonly BucketJson[];
  nextCursor: string | null;
}>;

export const ledgerQuery = z.strictObject({ from: momentText.optional(), to: momentText.optional(), deviceId: idListText.optional() });
export const ledgerItemJson = z.object({
  deviceId: z.string(),
  received: count,
  stored: count,
  rejected: count,
  duplicate: count,
  quarantined: count,
  /** Acknowledged, not yet stored; 0 at rest. received = stored + rejected + duplicate + quarantined + inFlight. */
  inFlight: count,
  gaps: z.array(z.object({ fromSeq: count, toSeq: count })),
});
export type LedgerItemJson = Readonly<z.infer<typeof ledgerItemJson>>;
export const ledgerJson = z.object({ from: isoText, to: isoText, items: z.array(ledgerItemJson) });
export type LedgerJson = Readonly<{ from: string; to: string; items: readonly LedgerItem[] }>;

export const deadLettersQuery = z.strictObject({
  deviceId: idListText.optional(),
  code: z.enum(DEAD_LETTER_CODES).optional(),
  limit: limitText(100, 500),
  cursor: cursorText.optional(),
});
export const deadLetterJsonSchema = z.object({
  id: z.string(),
  deviceId: z.string(),
  receivedAt: isoText,
  code: z.enum(DEAD_LETTER_CODES),
  reason: z.string(),
  payload: z.string(),
  topic: z.string(),
  retriedAt: isoText.nullable(),
  retryOutcome: z.string().nullable(),
});
export type DeadLetterJson = Readonly<z.infer<typeof deadLetterJsonSchema>>;
export const deadLetterPageJson = pageOf(deadLetterJsonSchema);
/** Answer of a retry. `accepted` of its readings went in; the rest stays refused with `outcome` saying why. */
export const retryJson = z.object({ id: z.string(), accepted: count, refused: count, outcome: z.string() });
export type RetryJson = Readonly<z.infer<typeof retryJson>>;

/** A dead letter as the API shows it. */
export function deadLetterJson(letter: DeadLetter & Readonly<{ retriedAt: Millis | null; retryOutcome: string | null }>): DeadLetterJson {
  return { ...letter, receivedAt: isoOf(letter.receivedAt), retriedAt: isoOrNull(letter.retriedAt) };
}

export const notificationJsonSchema = z.object({
  id: z.string(),
  eventId: z.string(),
  alarmId: z.string(),
  kind: z.enum(NOTICE_KINDS),
  level: levelText,
  channel: z.enum(CHANNELS),
  personId: z.string(),
  recipient: z.string(),
  step: count,
  state: z.enum(NOTIFICATION_STATES),
  text: z.string(),
  /** Only for administrators, and only on channel `outbox`. */
  link: z.string().nullable(),
  mergedInto: z.string().nullable(),
  attempts: count,
  createdAt: isoText,
  dueAt: isoText,
  sentAt: isoText.nullable(),
  outcome: z.string().nullable(),
});
export type NotificationJson = Readonly<z.infer<typeof notificationJsonSchema>>;
export const notificationPageJson = pageOf(notificationJsonSchema);

/** A notification as the API shows it. Without `links` the link is left out, in the field and in the text. */
export function notificationJson({ trace: _, ...row }: Notification, links: boolean): NotificationJson {
  const shown = links && row.channel === 'outbox';
  return {
    ...row,
    link: shown ? row.link : null,
    text: shown || row.link === null ? row.text : row.text.replaceAll(row.link, '…'),
    createdAt: isoOf(row.createdAt),
    dueAt: isoOf(row.dueAt),
    sentAt: isoOrNull(row.sentAt),
  };
}
