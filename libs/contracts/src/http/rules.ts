import { z } from 'zod';
import { count, cursorText, flagText, idText, isoText, levelText, limitText, pageOf } from './primitives.js';
import type { AlarmLevel } from '../level.js';
import { RULE_KINDS } from '../rule.js';
import { CHANGED_KINDS } from '../changed-kind.js';
import { entityBody, type EntityJson } from './registry.js';

const CHANGE_STATES = ['pending', 'approved', 'rejected', 'expired', 'superseded'] as const;

/** Query of everything that changes the registry: `dryRun=true` only tells what would become of it. */
export const changeQuery = z.strictObject({
  dryRun: flagText.optional(),
  /** Of a removal: why; a body says its own. */
  reason: z.string().min(1).max(500).optional(),
});

/** One version of a rule, as written, with who wrote it and who has seen it. Several are active when they are valid from different moments. */
export const ruleVersionJson = entityBody;
export const ruleVersionsJson = z.object({ items: z.array(ruleVersionJson) });

/** One formula of a derived point; `derived` null: from then on it was measured, or gone. */
export const formulaVersionJson = z.object({
  version: count,
  derived: entityBody.nullable(),
  author: z.string(),
  authorName: z.string().nullable(),
  reason: z.string().nullable(),
  approvedBy: z.string().nullable(),
  approvedByName: z.string().nullable(),
  createdAt: isoText,
});
export type FormulaVersionJson = Readonly<z.infer<typeof formulaVersionJson>>;
export const formulaVersionsJson = z.object({ items: z.array(formulaVersionJson) });

export const ruleChangesQuery = z.strictObject({
  state: z.enum(CHANGE_STATES).optional(),
  limit: limitText(100, 500),
  cursor: cursorText.optional(),
});
/** A change that waits for a second person, or waited. `body` null: the rule is to go. */
export const ruleChangeJson = z.object({
  id: z.string(),
  kind: z.enum(CHANGED_KINDS),
  /** Of the rule, the limit or the derived point. */
  entityId: z.string(),
  /** Rules that it would weaken, with the levels. */
  weakens: z.array(z.object({ ruleId: z.string(), levels: z.array(levelText) })),
  before: entityBody,
  body: entityBody.nullable(),
  author: z.string(),
  authorName: z.string().nullable(),
  reason: z.string().nullable(),
  createdAt: isoText,
  expiresAt: isoText,
  state: z.enum(CHANGE_STATES),
  decidedBy: z.string().nullable(),
  decidedByName: z.string().nullable(),
  decidedAt: isoText.nullable(),
  comment: z.string().nullable(),
});
export type RuleChangeJson = Readonly<z.infer<typeof ruleChangeJson>>;
export const ruleChangePageJson = pageOf(ruleChangeJson);

/** What a second person says to a change. */
export const decisionBody = z.strictObject({ comment: z.string().min(1).max(500).optional() });
/** Rules whose active versions a second person has seen. */
export const approvalsBody = z.strictObject({ ruleIds: z.array(idText).min(1).max(1_000) });
export const approvalsJson = z.object({ approved: count });

/** What a rule watches, in names: at most three sites, and how many there are. */
export type RuleWatchJson = Readonly<{
  points: number;
  sites: readonly Readonly<{ id: string; name: string }>[];
  siteCount: number;
  metrics: readonly Readonly<{ code: string; name: string; nameEn: string | null; unit: string }>[];
  domains: readonly string[];
}>;
/** A limit that a rule judges by: `at`, or `high` and `low` of a two-sided one. */
export type RuleLimitJson = Readonly<{ level: AlarmLevel; at?: number; high?: number; low?: number }>;
/** A rule as the lists show it: as written, with what the registry knows of it. `active` is that of the version; the hours of the rule are `schedule`. */
export type RuleRowJson = EntityJson &
  Readonly<{
    id: string;
    version: number;
    active: boolean;
    enabled: boolean;
    /** Switched off since its first version. */
    draft: boolean;
    author: string;
    authorName: string | null;
    reason: string | null;
    approvedBy: string | null;
    approvedByName: string | null;
    createdAt: string;
    pointCount: number;
    watch: RuleWatchJson;
    /** What references came to; none of a rule that watches sensors. */
    limits: readonly RuleLimitJson[];
    /** Id of the change that waits for a second person. */
    pendingChange: string | null;
    /** It has orange or red limits that no second person has seen. */
    unapproved: boolean;
  }>;
/** A point that a rule judges, with its names. */
export type RulePointJson = Readonly<{
  id: string;
  name: string;
  metric: string;
  unit: string;
  assetId: string;
  assetName: string;
  siteId: string;
  siteName: string;
}>;
/** One rule: its row, and its points (200 at most; `pointCount` says how many there are). */
export type RuleDetailJson = RuleRowJson & Readonly<{ points: readonly RulePointJson[] }>;
/** One version; `validFrom` null: from its activation on. */
export type RuleVersionJson = EntityJson &
  Pick<
    RuleRowJson,
    'id' | 'version' | 'active' | 'author' | 'authorName' | 'reason' | 'approvedBy' | 'approvedByName' | 'createdAt' | 'pointCount'
  > &
  Readonly<{ validFrom: string | null; limits?: readonly RuleLimitJson[] }>;

/** A template of a pack: what it is for, what it rests on, and what whoever applies it must give. */
export const templateJson = z.object({
  id: z.string(),
  name: z.string(),
  nameEn: z.string(),
  pack: z.string(),
  packName: z.string(),
  packNameEn: z.string(),
  kind: z.enum(RULE_KINDS),
  /** Of the points that it is for; `*`: any. */
  metric: z.string(),
  unit: z.string().nullable(),
  source: z.string(),
  /** The assets' own numbers that it needs, and rules or points that it refers to, each with what it means. */
  needs: z.record(z.string(), z.string()),
  refs: z.record(z.string(), z.string()),
  /** Limits as a person reads them. */
  levels: z.array(z.object({ level: levelText, limit: z.string() })),
});
export const templatesJson = z.object({ items: z.array(templateJson) });
export type TemplateJson = Readonly<z.infer<typeof templateJson>>;

const references = z.record(z.string().max(64), z.number());
const refs = z.record(z.string().max(64), idText);
/** Keys of a level that differ from the template's. */
const levelChange = z.looseObject({ level: levelText });
const difference = z.strictObject({
  references: references.optional(),
  refs: refs.optional(),
  levels: z.array(levelChange).max(4).optional(),
  enabled: z.boolean().optional(),
});
/**
 * Puts a template of a pack on many points at once. `id` names the order: its rules are `id`, and `id.assetId` for each asset that has something of
 * its own. The same order again, after an upgrade of the pack or with other numbers, changes these rules.
 */
export const applyTemplateBody = z.strictObject({
  template: z.string().min(1).max(64),
  id: idText,
  name: z.string().min(1).max(100).optional(),
  reason: z.string().min(1).max(500).optional(),
  pointIds: z.array(idText).min(1).max(10_000).optional(),
  select: z.strictObject({ siteId: idText.optional(), assetId: idText.optional(), deviceId: idText.optional() }).optional(),
  /** The assets' own numbers that the template needs, the same for all. */
  references: references.optional(),
  /** Ids of rules or points that the template refers to. */
  refs: refs.optional(),
  levels: z.array(levelChange).max(4).optional(),
  /** What differs, by asset. */
  overrides: z.record(idText, difference).optional(),
});
export type ApplyTemplateBody = Readonly<z.output<typeof applyTemplateBody>>;
