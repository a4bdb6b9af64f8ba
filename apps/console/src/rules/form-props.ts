import type { EntityJson, RuleDetailJson } from '@anlan/contracts';
import type { RuleDraft } from './draft.js';
import type { Fault } from './faults.js';

/** What every part of the form of a rule is given. */
export type FormProps = Readonly<{
  rule: RuleDetailJson;
  before: EntityJson;
  /** What the form comes to; null while it is as it was. */
  body: EntityJson | null;
  draft: RuleDraft;
  faults: readonly Fault[];
  onChange(draft: RuleDraft): void;
}>;
