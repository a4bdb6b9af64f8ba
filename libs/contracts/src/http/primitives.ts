import { z } from 'zod';
import type { Millis } from '../basics.js';
import { ID_PATTERN } from '../ids.js';
import { ALARM_LEVELS, LEVELS, type AlarmLevel } from '../level.js';
import { QUALITIES } from '../reading.js';

export { ID_PATTERN };
export const idText = z.string().regex(ID_PATTERN, 'must be 1 to 64 of A-Z a-z 0-9 _ . : - and begin with a letter or digit');
/** A moment as the API writes it: ISO 8601 UTC with milliseconds. */
export const isoText = z.iso.datetime({ precision: 3 });
export const levelText = z.enum(ALARM_LEVELS);
export const anyLevelText = z.enum(LEVELS);
export const qualityText = z.enum(QUALITIES);
export const count = z.number().int();
/** How many of each colour. */
export const levelCounts = z.object({ blue: count, yellow: count, orange: count, red: count });
export type LevelCountsJson = Readonly<z.infer<typeof levelCounts>>;

/** Milliseconds as ISO 8601 UTC text with milliseconds. */
export function isoOf(at: Millis): string {
  return new Date(at).toISOString();
}

/** The same, with null kept. */
export function isoOrNull(at: Millis | null): string | null {
  return at === null ? null : isoOf(at);
}

/** A moment as a caller may give it: ISO 8601 with `Z` or an offset, or epoch milliseconds as digits. */
export const momentText = z
  .union([z.iso.datetime({ offset: true }), z.string().regex(/^\d{1,15}$/, 'must be ISO 8601 with Z or an offset')])
  .transform((text): Millis => (/^\d+$/.test(text) ? Number(text) : Date.parse(text)));

const SPAN_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A length of time: `500ms`, `60s`, `5m`, `1h`, `1d`, or milliseconds as digits. */
export const spanText = z
  .string()
  .regex(/^[1-9]\d{0,11}(ms|s|m|h|d)?$/, 'must be a length of time such as 60s, 5m, 1h, 1d')
  .transform((text): Millis => {
    const [, digits = '0', unit = 'ms'] = /^(\d+)(\D*)$/.exec(text) ?? [];
    return Number(digits) * SPAN_MS[(unit || 'ms') as keyof typeof SPAN_MS];
  });

/** A number of rows asked for: clamped into 1…`max`, never refused for being large. */
export function limitText(byDefault: number, max: number) {
  return wholeText.default(String(byDefault)).transform(within(max));
}

/** As `limitText`, where leaving it out asks for all. */
export function optionalLimitText(max: number) {
  return wholeText.transform(within(max)).optional();
}

const wholeText = z.string().regex(/^-?\d{1,15}$/, 'must be a whole number');
const within =
  (max: number) =>
  (text: string): number =>
    Math.min(Math.max(Number(text), 1), max);

export const flagText = z.enum(['true', 'false']).transform((text) => text === 'true');
export const cursorText = z.string().min(1).max(500);

/** Comma-separated list of one of `words`. */
export function listText<const W extends readonly [string, ...string[]]>(words: W) {
  return z
    .string()
    .max(500)
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(words)));
}
/** Comma-separated ids. */
export const idListText = z
  .string()
  .max(4_000)
  .transform((text) => text.split(','))
  .pipe(z.array(idText));
export const levelListText = listText(ALARM_LEVELS) satisfies z.ZodType<AlarmLevel[]>;

/** Query of a plain list. */
export const pageQuery = z.strictObject({ limit: limitText(100, 500), cursor: cursorText.optional() });

/** A page of a list: `nextCursor` null means that it was the last. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
export type PageJson<T> = Readonly<{ items: readonly T[]; nextCursor: string | null }>;
