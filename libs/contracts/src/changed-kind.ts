/** What a change that waits for a second person is a change of: a rule, limits of an asset, or the formula of a derived point. */
export const CHANGED_KINDS = ['rules', 'limits', 'points'] as const;
export type ChangedKind = (typeof CHANGED_KINDS)[number];
