import { useState, type ReactNode } from 'react';
import { useNavigate } from '@tanstack/react-router';
import type { ImportJson, RuleRowJson } from '@anlan/contracts';
import { useCore } from '../data/react.js';
import { textOf } from './body.js';
import { ChangeDialog } from './change-dialog.js';
import { useSay } from './use-rule-words.js';

type Act = 'enable' | 'disable' | 'remove';

/** Switching a rule off and on, and taking it out: each with a reason. */
export function RuleActs({ rule }: Readonly<{ rule: RuleRowJson }>): ReactNode {
  const { say } = useSay();
  const { client } = useCore();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Act | null>(null);
  const path = `/rules/${encodeURIComponent(rule.id)}`;
  const run = (act: Act, how: Readonly<{ dryRun: true } | { reason: string }>): Promise<ImportJson> => {
    if (act === 'remove') return client.remove<ImportJson>(path, how);
    const enabled = act === 'enable';
    return 'reason' in how ? client.patch(path, { enabled, reason: how.reason }) : client.patch(`${path}?dryRun=true`, { enabled });
  };
  const done = ({ pending }: ImportJson): void => {
    setAsked(null);
    if (asked === 'remove' && pending.length === 0) return void navigate({ to: '/rules' });
    void navigate({ to: '/rules/$id', params: { id: rule.id }, search: { said: pending.length > 0 ? 'waits' : 'active' } });
  };
  return (
    <span className="row-wrap">
      <button type="button" className="btn" onClick={() => setAsked(rule.enabled ? 'disable' : 'enable')}>
        {say(rule.enabled ? 'act.disable' : 'act.enable')}
      </button>
      <button type="button" className="btn" onClick={() => setAsked('remove')}>
        {say('act.remove')}
      </button>
      {asked !== null && (
        <ChangeDialog
          title={`${say(`act.${asked}`)} · ${textOf(rule['name']) ?? rule.id}`}
          word={say(`act.${asked}`)}
          hint={say(`act.hint.${asked}`)}
          {...(asked === 'remove' && { typed: rule.id })}
          tryOut={() => run(asked, { dryRun: true })}
          send={(reason) => run(asked, { reason })}
          onDone={done}
          onClose={() => setAsked(null)}
        />
      )}
    </span>
  );
}
