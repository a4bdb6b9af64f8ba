import { z } from 'zod';
import { count, idText, isoText, levelCounts, levelText, momentText, spanText } from './primitives.js';
import { entityBody } from './registry.js';

const span = z.strictObject({ from: momentText, to: momentText });

/**
 * Tries a rule over the readings of the past. `rule`: the id of one that stands, or a body that need not stand. `pointIds`: instead of its
 * own scope. `events`: what really happened, so that lead times and misses can be told.
 */
export const backtestBody = z.strictObject({
  rule: z.union([idText, entityBody]),
  pointIds: z.array(idText).min(1).max(200).optional(),
  from: momentText,
  to: momentText,
  events: z
    .array(
      span.extend({
        name: z.string().min(1).max(100).optional(),
        pointIds: z.array(idText).max(200).optional(),
        /** Earliest raise that counts as a warning; absent: the beginning of the event. */
        warnFrom: momentText.optional(),
      }),
    )
    .max(1_000)
    .optional(),
});
export type BacktestBody = Readonly<z.output<typeof backtestBody>>;

const said = z.object({ zh: z.string(), en: z.string() });
/** One alarm that would have been. `retrospective`: found in readings that came late, so nobody would have been warned. */
export const episodeJson = z.object({
  pointId: z.string(),
  ruleId: z.string(),
  kind: z.string(),
  retrospective: z.boolean(),
  firstBreachAt: isoText,
  raisedAt: isoText,
  endedAt: isoText.nullable(),
  level: levelText,
  peak: levelText,
  value: z.number(),
  unit: z.string(),
  reason: said,
  changes: z.array(z.object({ t: isoText, level: levelText })),
});
export type EpisodeJson = Readonly<z.infer<typeof episodeJson>>;

const eventJson = z.object({ from: isoText, to: isoText, name: z.string().nullable() });
const reportJson = z.object({
  readings: count,
  from: isoText.nullable(),
  to: isoText.nullable(),
  /** At most 1 000; `dropped` says how many more there were. */
  episodes: z.array(episodeJson),
  dropped: count,
  byLevel: levelCounts,
  /** Announcements in each ten minutes of the clock, for one operator. */
  load: z.object({
    announcements: count,
    windows: count,
    mean: z.number(),
    most: count,
    overTwo: z.number(),
    overTen: z.number(),
    histogram: z.array(count),
  }),
  events: z
    .object({
      /** `leadS` is positive when the alarm came before the event, negative when after its beginning. */
      found: z.array(eventJson.extend({ leadS: z.number(), level: levelText, alarms: count })),
      missed: z.array(eventJson),
      falseAlarms: count,
    })
    .nullable(),
});
const differenceJson = z.object({
  before: levelCounts,
  now: levelCounts,
  shared: z.array(z.object({ pointId: z.string(), raisedAt: isoText, laterS: z.number(), before: levelText, now: levelText })),
  onlyBefore: z.array(episodeJson),
  onlyNow: z.array(episodeJson),
});

export const backtestJson = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed']),
  /** 0…1 of the time asked for. */
  progress: z.number(),
  readings: count,
  ruleId: z.string(),
  from: isoText,
  to: isoText,
  createdAt: isoText,
  endedAt: isoText.nullable(),
  problem: z.enum(['series_unavailable', 'too_many_readings', 'stopped', 'lost', 'internal']).nullable(),
  report: reportJson.nullable(),
  /** Against the version that stands; null when there is none. */
  difference: differenceJson.nullable(),
});
export type BacktestJson = Readonly<z.infer<typeof backtestJson>>;

const DAY_MS = 86_400_000;

/** Judges a draft on live data beside the rule that stands. `warmUp`: history that it has seen before it begins (7 d); `for`: how long it runs (7 d). */
export const shadowBody = z.strictObject({
  rule: z.union([idText, entityBody]),
  pointIds: z.array(idText).min(1).max(200).optional(),
  warmUp: spanText.refine((ms) => ms <= 90 * DAY_MS, 'must be 90d at most').optional(),
  for: spanText.refine((ms) => ms <= 30 * DAY_MS, 'must be 30d at most').optional(),
});
export const shadowJson = z.object({
  id: z.string(),
  state: z.enum(['warming', 'running', 'ended']),
  ruleId: z.string(),
  pointIds: z.array(z.string()),
  startedAt: isoText,
  endsAt: isoText,
  report: reportJson,
  difference: differenceJson.nullable(),
});
export const shadowsJson = z.object({ items: z.array(shadowJson) });
export type ShadowJson = Readonly<z.infer<typeof shadowJson>>;
