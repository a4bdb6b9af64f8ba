import { useState, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { PageJson, RuleChangeJson } from '@anlan/contracts';
import { useCore, useLink, useNow, useRuleChanges, useUser } from '../data/react.js';
import { may } from '../data/session.js';
import { LevelBadge } from '../parts/level-shape.js';
import { Pager } from '../parts/pager.js';
import { Empty, Failure, Loading, useProblemText } from '../parts/states.js';
import { Moment } from '../parts/value.js';
import { changedLines } from './changed-lines.js';
import '../styles/devices.css';

/** Changes of rules and limits that would weaken orange or red: they wait here for a second person. */
export function ChangesPage(): ReactNode {
  const { t } = useTranslation();
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const { data, error, refetch } = useRuleChanges(cursors.at(-1));
  return (
    <div className="page">
      <div className="row-wrap page-filter">
        <h1>{t('nav.changes')}</h1>
        <p className="dim">{t('changes.hint')}</p>
      </div>
      {data === undefined ? (
        error === null ? (
          <Loading rows={10} />
        ) : (
          <Failure error={error} retry={() => void refetch()} />
        )
      ) : (
        <ChangesTable page={data} />
      )}
      <Pager cursors={cursors} next={data?.nextCursor ?? null} onChange={setCursors} />
    </div>
  );
}

export function ChangesTable({ page }: Readonly<{ page: PageJson<RuleChangeJson> }>): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const lost = useLink().state === 'lost';
  if (page.items.length === 0) return <Empty>{t('empty.changes')}</Empty>;
  return (
    <div className={`table-scroll panel${lost ? ' stale' : ''}`}>
      <table className="table">
        <thead>
          <tr>
            {(['time', 'what', 'weakens', 'difference', 'author', 'state'] as const).map((column) => (
              <th key={column} scope="col">
                {t(`ccol.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.items.map((change) => (
            <tr key={change.id}>
              <td>
                <Moment at={Date.parse(change.createdAt)} now={now} />
              </td>
              <td>
                {t(change.kind === 'rules' ? 'changes.rule' : 'changes.limit')} {change.entityId}
              </td>
              <td>
                {change.weakens.map(({ ruleId, levels }) => (
                  <p key={ruleId} className="row-wrap">
                    {levels.map((level) => (
                      <LevelBadge key={level} level={level} size={14} />
                    ))}
                    <span>{ruleId}</span>
                  </p>
                ))}
              </td>
              <td>
                <Difference change={change} />
              </td>
              <td>
                {change.authorName ?? change.author}
                {change.reason !== null && <p className="dim">{change.reason}</p>}
              </td>
              <td>
                <Decision change={change} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Difference({ change: { before, body } }: Readonly<{ change: RuleChangeJson }>): ReactNode {
  const { t } = useTranslation();
  if (body === null) return t('changes.removed');
  return changedLines(before, body).map(({ key, was, is }) => (
    <p key={key}>
      <span className="dim">{key}</span> <del>{was ?? '—'}</del> → <ins>{is ?? '—'}</ins>
    </p>
  ));
}

function Decision({ change }: Readonly<{ change: RuleChangeJson }>): ReactNode {
  const { t } = useTranslation();
  const { client, queries } = useCore();
  const user = useUser();
  const problemText = useProblemText();
  const decide = useMutation({
    mutationFn: (word: 'approve' | 'reject') => client.post(`/rules/changes/${encodeURIComponent(change.id)}/${word}`, {}),
    onSettled: () => queries.invalidateQueries({ queryKey: ['rule-changes'] }),
  });
  if (change.state !== 'pending')
    return (
      <span>
        {t(`changeState.${change.state}`)} <span className="dim">{change.decidedByName ?? change.decidedBy ?? ''}</span>
        {change.comment !== null && <p className="dim">{change.comment}</p>}
      </span>
    );
  const isOwn = user !== null && user.id === change.author;
  return (
    <span className="row-wrap">
      {isOwn && <span className="dim">{t('changes.own')}</span>}
      {!isOwn &&
        may(user, 'decideChange') &&
        (['approve', 'reject'] as const).map((word) => (
          <button key={word} type="button" className="btn" disabled={decide.isPending} onClick={() => decide.mutate(word)}>
            {t(`changes.${word}`)}
          </button>
        ))}
      {decide.error !== null && <span role="alert">⚠ {problemText(decide.error)}</span>}
    </span>
  );
}
