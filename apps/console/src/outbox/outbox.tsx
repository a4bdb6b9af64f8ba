import { useState, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { NotificationJson, PageJson } from '@anlan/contracts';
import { useLink, useNow, useOutbox } from '../data/react.js';
import { LevelBadge } from '../parts/level-shape.js';
import { Pager } from '../parts/pager.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { Moment } from '../parts/value.js';
import '../styles/devices.css';

/** Messages to people, as they were or would be sent. The channel `outbox` ends here: nothing leaves the house. */
export function OutboxPage(): ReactNode {
  const { t } = useTranslation();
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const { data, error, refetch } = useOutbox(cursors.at(-1));
  return (
    <div className="page">
      <div className="row-wrap page-filter">
        <h1>{t('nav.outbox')}</h1>
        <p className="dim">{t('outbox.hint')}</p>
      </div>
      {data === undefined ? (
        error === null ? (
          <Loading rows={10} />
        ) : (
          <Failure error={error} retry={() => void refetch()} />
        )
      ) : (
        <OutboxTable page={data} />
      )}
      <Pager cursors={cursors} next={data?.nextCursor ?? null} onChange={setCursors} />
    </div>
  );
}

export function OutboxTable({ page }: Readonly<{ page: PageJson<NotificationJson> }>): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const lost = useLink().state === 'lost';
  if (page.items.length === 0) return <Empty>{t('empty.outbox')}</Empty>;
  return (
    <div className={`table-scroll panel${lost ? ' stale' : ''}`}>
      <table className="table">
        <thead>
          <tr>
            {(['time', 'level', 'kind', 'to', 'text', 'state'] as const).map((column) => (
              <th key={column} scope="col">
                {t(`ocol.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.items.map((item) => (
            <tr key={item.id}>
              <td>
                <Moment at={Date.parse(item.sentAt ?? item.dueAt)} now={now} />
              </td>
              <td>
                <LevelBadge level={item.level} size={14} />
              </td>
              <td className="no-wrap">{t(`notice.${item.kind}`)}</td>
              <td className="no-wrap">
                {item.recipient} <span className="dim">{t(`channel.${item.channel}`)}</span>
              </td>
              <td>
                <p className="notice-text">{item.text === '' ? <span className="dim">{t('outbox.notYet')}</span> : item.text}</p>
                <span className="row-wrap">
                  <Link to="/alarms/$id" params={{ id: item.alarmId }}>
                    {t('outbox.alarm')}
                  </Link>
                  {item.link !== null && (
                    <a href={item.link} target="_blank" rel="noreferrer">
                      {t('outbox.link')}
                    </a>
                  )}
                </span>
              </td>
              <td>
                <span className="tag">{t(`sendState.${item.state}`)}</span>
                {item.attempts > 1 && <span className="dim"> ×{item.attempts}</span>}
                {item.outcome !== null && <p className="dim">{item.outcome}</p>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
