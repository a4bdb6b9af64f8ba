import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import type { RuleRowJson } from '@anlan/contracts';
import { useSay } from './use-rule-words.js';

/** Where a rule stands: on, off or a draft, and what waits for a second person. */
export function StateTags({
  rule,
}: Readonly<{ rule: Pick<RuleRowJson, 'enabled' | 'draft' | 'pendingChange' | 'unapproved'> }>): ReactNode {
  const { say } = useSay();
  return (
    <>
      {rule.enabled ? (
        <span>{say('ruleState.enabled')}</span>
      ) : (
        <span className="tag tag-hatch">{say(rule.draft ? 'ruleState.draft' : 'ruleState.disabled')}</span>
      )}
      {rule.pendingChange !== null && (
        <Link to="/changes" className="tag">
          {say('ruleState.pending')}
        </Link>
      )}
      {rule.unapproved && <span className="tag">{say('ruleState.unapproved')}</span>}
    </>
  );
}
