import type { AlarmLevel, Metric, Millis } from '@anlan/contracts';

/** S: the text of the standard was seen. K: known practice, text not seen. P: our own default, 平台推荐值. (A value that is unsure may not be shipped at all.) */
export const CONFIDENCES = ['S', 'K', 'P'] as const;
export type Confidence = (typeof CONFIDENCES)[number];
/** What a limit of ours must say instead of a standard. */
export const OUR_DEFAULT = '平台推荐值';

/** A number, or a number of the asset's own (design level, control depth …): `value × times + plus`. */
export type Amount = number | Readonly<{ of: string; times?: number; plus?: number }>;

/** One level of a template. Durations are texts such as `10s`, `5m`. */
export type TemplateLevel = Readonly<{
  level: AlarmLevel;
  at?: Amount;
  high?: Amount;
  low?: Amount;
  deadband?: Amount;
  onDelay?: string;
  offDelay?: string;
  onCount?: number;
  offCount?: number;
  latching?: boolean;
  /** The document that the limit comes from, or 平台推荐值. Never absent. */
  source: string;
  clause?: string;
  confidence: Confidence;
  note?: string;
}>;

/** Limits of one metric, ready to be put on points. */
export type Template = Readonly<{
  id: string;
  metric: string;
  name: string;
  nameEn: string;
  side: 'high' | 'low' | 'both';
  /** Names of the asset's own numbers that the levels refer to, each with what it means. */
  needs?: Readonly<Record<string, string>>;
  levels: readonly TemplateLevel[];
}>;

/** A metric of a pack: as the registry knows it, with the usual reporting interval and what its definition rests on. */
export type PackMetric = Metric & Readonly<{ intervalMs: Millis; confidence: Confidence; clause?: string }>;

/** What is known of one domain before any city has been entered. */
export type Pack = Readonly<{ code: string; name: string; nameEn: string; metrics: readonly PackMetric[]; templates: readonly Template[] }>;
