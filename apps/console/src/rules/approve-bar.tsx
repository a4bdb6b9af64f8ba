import { useState, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import type { RuleRowJson } from '@anlan/contracts';
import { useCore, useUser } from '../data/react.js';
import { Dialog } from '../parts/dialog.js';
import { useProblemText } from '../parts/states.js';
import { textOf } from './body.js';
import { Limits } from './rule-list.js';
import { useSay } from './use-rule-words.js';

/** As many as one request takes. */
const MOST = 1_000;

type BarProps = Readonly<{ rows: readonly RuleRowJson[]; chosen: ReadonlySet<string>; onChoose(chosen: ReadonlySet<string>): void }>;

/** A second person says of rules that stand: I have seen their orange and red limits. */
export function ApproveBar({ rows, chosen, onChoose }: BarProps): ReactNode {
  const { say } = useSay();
  const user = useUser();
  const { client, queries } = useCore();
  const problemText = useProblemText();
  const [asked, setAsked] = useState(false);
  const others = rows.filter(({ author }) => author !== user?.id);
  const picked = rows.filter(({ id }) => chosen.has(id));
  const approve = useMutation({
    mutationFn: (ruleIds: readonly string[]) => client.post<Readonly<{ approved: number }>>('/rules/approvals', { ruleIds }),
    onSuccess: () => {
      onChoose(new Set());
      setAsked(false);
    },
    onSettled: () => Promise.all(['rules', 'rule', 'overview'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
  return (
    <div className="notice">
      <span>{say('approvals.hint')}</span>
      <button type="button" className="btn" onClick={() => onChoose(new Set(others.slice(0, MOST).map(({ id }) => id)))}>
        {say('approvals.all', { n: Math.min(MOST, others.length) })}
      </button>
      <button
        type="button"
        className="btn btn-primary"
        disabled={chosen.size === 0}
        aria-describedby="approvals-why"
        onClick={() => setAsked(true)}
      >
        {say('approvals.do', { n: chosen.size })}
      </button>
      <span id="approvals-why" className="dim" role="status">
        {approve.data === undefined ? say('approvals.own') : say('approvals.done', { n: approve.data.approved })}
      </span>
      {asked && (
        <Dialog title={say('approvals.do', { n: chosen.size })} onClose={() => setAsked(false)}>
          <p>{say('approvals.ask')}</p>
          <ul className="approval-list" tabIndex={0} aria-label={say('rules.title')}>
            {picked.slice(0, 20).map((row) => (
              <li key={row.id}>
                {textOf(row['name']) ?? row.id} <span className="dim">v{row.version}</span>
                <span className="rule-limits">
                  <Limits row={row} />
                </span>
              </li>
            ))}
            {picked.length > 20 && <li className="dim">{say('approvals.more', { n: picked.length - 20 })}</li>}
          </ul>
          {approve.error !== null && (
            <p className="notice" role="alert">
              ⚠ {problemText(approve.error)}
            </p>
          )}
          <div className="dialog-foot">
            <button type="button" className="btn" onClick={() => setAsked(false)}>
              {say('act.cancel')}
            </button>
            <button
              type="button"
              className="btn btn-primary"
              data-first
              disabled={approve.isPending}
              onClick={() => approve.mutate([...chosen])}
            >
              {say('approvals.confirm')}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
