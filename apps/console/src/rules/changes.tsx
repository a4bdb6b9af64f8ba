import { useState, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { PageJson, RuleChangeJson } from '@anlan/contracts';
import { useLink, useNow, useRuleChanges } from '../data/react.js';
import { LevelBadge } from '../parts/level-shape.js';
import { Pager } from '../parts/pager.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { Moment } from '../parts/value.js';
import { Decision } from './decision.js';
import { Difference } from './difference.js';
import '../styles/devices.css';

const SHOWN = ['pending', 'all'] as const;

/** Changes of rules and limits that would weaken orange or red: they wait here for a second person. */
export function ChangesPage(): ReactNode {
  const { t } = useTranslation();
  const [shown, setShown] = useState<(typeof SHOWN)[number]>('pending');
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const { data, error, refetch } = useRuleChanges(shown === 'pending' ? 'pending' : undefined, cursors.at(-1));
  return (
    <div className="page">
      <div className="row-wrap page-filter">
        <h1>{t('nav.changes')}</h1>
        <div className="chips" role="group" aria-label={t('changes.shown')}>
          {SHOWN.map((which) => (
            <button
              key={which}
              type="button"
              className="chip"
              aria-pressed={which === shown}
              onClick={() => {
                setShown(which);
                setCursors([]);
              }}
            >
              {t(`changes.show.${which}`)}
            </button>
          ))}
        </div>
        <p className="dim">{t('changes.hint')}</p>
        <Link to="/rules" search={{ state: 'unapproved' }}>
          {t('changes.unapproved')}
        </Link>
      </div>
      {data === undefined ? (
        error === null ? (
          <Loading rows={10} />
        ) : (
          <Failure error={error} retry={() => void refetch()} />
        )
      ) : data.items.length === 0 ? (
        <Empty>{t(shown === 'pending' ? 'empty.changes' : 'empty.changesEver')}</Empty>
      ) : (
        <ChangesTable page={data} />
      )}
      <Pager cursors={cursors} next={data?.nextCursor ?? null} onChange={setCursors} />
    </div>
  );
}

function ChangesTable({ page }: Readonly<{ page: PageJson<RuleChangeJson> }>): ReactNode {
  const { t } = useTranslation();
  const lost = useLink().state === 'lost';
  return (
    <div className={`table-scroll panel${lost ? ' stale' : ''}`}>
      <table className="table table-changes">
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
            <ChangeRow key={change.id} change={change} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ChangeRow({ change }: Readonly<{ change: RuleChangeJson }>): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const name = change.body?.['name'] ?? change.before['name'];
  return (
    <tr>
      <td>
        <Moment at={Date.parse(change.createdAt)} now={now} />
      </td>
      <td>
        {t(`changes.kind.${change.kind}`)} {typeof name === 'string' && <span className="strong">{name} </span>}
        {change.kind === 'rules' ? (
          <Link to="/rules/$id" params={{ id: change.entityId }}>
            {change.entityId}
          </Link>
        ) : (
          <span className={typeof name === 'string' ? 'dim' : 'strong'}>{change.entityId}</span>
        )}
      </td>
      <td>
        {change.weakens.map(({ ruleId, levels }) => (
          <p key={ruleId} className="row-wrap">
            {levels.map((level) => (
              <LevelBadge key={level} level={level} size={14} />
            ))}
            {ruleId !== change.entityId && <span>{ruleId}</span>}
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
  );
}
