import { z } from 'zod';
import { count, cursorText, flagText, idText, isoText, levelText, limitText, pageOf } from './primitives.js';
import { entityBody } from './registry.js';

const CHANGE_STATES = ['pending', 'approved', 'rejected', 'expired', 'superseded'] as const;

/** Query of everything that changes the registry: `dryRun=true` only tells what would become of it. */
export const changeQuery = z.strictObject({ dryRun: flagText.optional() });

/** One version of a rule, as written, with who wrote it and who has seen it. Several are active when they are valid from different moments. */
export const ruleVersionJson = entityBody;
export const ruleVersionsJson = z.object({ items: z.array(ruleVersionJson) });

export const ruleChangesQuery = z.strictObject({
  state: z.enum(CHANGE_STATES).optional(),
  limit: limitText(100, 500),
  cursor: cursorText.optional(),
});
/** A change that waits for a second person, or waited. `body` null: the rule is to go. */
export const ruleChangeJson = z.object({
  id: z.string(),
  kind: z.enum(['rules', 'limits']),
  /** Of the rule or the limit. */
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
