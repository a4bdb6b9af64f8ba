/** Points whose value is computed: their formula, as JSON. */
export const DERIVED_POINTS: readonly string[] = [`alter table points add column derived text`];
