import type { AlarmLevel, Metric, Millis, RuleKind } from '@anlan/contracts';

/** S: the text of the standard was seen. K: known practice, text not seen. P: our own default, 平台推荐值. (A value that is unsure may not be shipped at all.) */
export const CONFIDENCES = ['S', 'K', 'P'] as const;
export type Confidence = (typeof CONFIDENCES)[number];
/** What a limit of ours must say instead of a standard. */
export const OUR_DEFAULT = '平台推荐值';
/** A source of confidence K that is no document: what the trade does. */
export const COMMON_PRACTICE = '行业惯例';

/** What a limit rests on. */
export type Provenance = Readonly<{
  /** The document that the limit comes from, or 平台推荐值. Never absent. */
  source: string;
  clause?: string;
  confidence: Confidence;
  note?: string;
}>;

/** A number, or a number of the asset's own (design level, control depth …): `value × times + plus`. */
export type Amount = number | Readonly<{ of: string; times?: number; plus?: number }>;

/** One level of a threshold template. Durations are texts such as `10s`, `5m`. */
export type TemplateLevel = Provenance &
  Readonly<{
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
  }>;

type TemplateHead = Readonly<{
  id: string;
  /** The metric of the points that it is for; `*`: whatever the points measure. */
  metric: string;
  name: string;
  nameEn: string;
  /** Longest reporting interval of points that it can be put on, where the usual one of the metric is too long for it. */
  interval?: string;
  /** Names of the asset's own numbers that amounts refer to, each with what it means. */
  needs?: Readonly<Record<string, string>>;
  /** Names of other rules or points that texts such as `@limits` refer to, each with what it means. */
  refs?: Readonly<Record<string, string>>;
}>;

/** Limits of one metric, ready to be put on points. */
export type ThresholdTemplate = TemplateHead &
  Readonly<{ kind: 'threshold'; side: 'high' | 'low' | 'both'; levels: readonly TemplateLevel[]; note?: string }>;

/**
 * A rule of any other kind: its body without id, kind, scope, name and source. Wherever a number stands an amount may stand, and `@name` stands for
 * the id that the placement gives. A level of the body may say its own source; one that does not has the template's.
 */
export type KindTemplate = TemplateHead & Provenance & Readonly<{ kind: Exclude<RuleKind, 'threshold'>; body: TemplateBody }>;
export type TemplateBody = Readonly<Record<string, unknown>>;

export type Template = ThresholdTemplate | KindTemplate;

/** A point whose value is computed from other points: the formula of a derived point, its inputs written as `@name`. */
export type DerivedTemplate = TemplateHead & Provenance & Readonly<{ formula: TemplateBody }>;

/** Numbers that an asset's own are chosen from, as its standard has them by grade, height or substance. */
export type ReferenceTable = Provenance &
  Readonly<{ id: string; name: string; nameEn: string; columns: readonly string[]; rows: readonly (readonly (string | number)[])[] }>;

/** A metric of a pack: as the registry knows it, with the usual reporting interval, the usual accuracy of sensors and what its definition rests on. */
export type PackMetric = Metric &
  Readonly<{ intervalMs: Millis; accuracy?: string; source: string; confidence: Confidence; clause?: string }>;

/** What is known of one domain before any city has been entered. */
export type Pack = Readonly<{
  code: string;
  name: string;
  nameEn: string;
  metrics: readonly PackMetric[];
  derived: readonly DerivedTemplate[];
  templates: readonly Template[];
  tables: readonly ReferenceTable[];
}>;
