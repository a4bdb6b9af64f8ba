import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlarmEventJson, AlarmJson, NotificationJson } from '@anlan/contracts';
import { useNotifications, useNow } from '../data/react.js';
import { LevelShape } from '../parts/level-shape.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { Moment, figure } from '../parts/value.js';
import { momentText } from '../data/server-clock.js';
import { momentOf, noticesBeside, useTimeline } from './timeline-pages.js';

const SIDES = ['all', 'system', 'people', 'notices'] as const;
type Side = (typeof SIDES)[number];

type Entry = Readonly<{ at: number; key: string; side: Exclude<Side, 'all'>; line: ReactNode }>;

const isPerson = ({ actor }: AlarmEventJson): boolean => actor.kind === 'user' || actor.kind === 'link';

/** All that happened, newest first: what the rules saw, what people did, what was sent. Nothing here can be changed. */
export function Timeline({ alarm }: Readonly<{ alarm: AlarmJson }>): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const [side, setSide] = useState<Side>('all');
  const events = useTimeline(alarm.id, alarm.version);
  const notices = useNotifications(alarm.id, alarm.version);
  if (events.data === undefined)
    return events.error === null ? <Loading rows={5} /> : <Failure error={events.error} retry={() => void events.refetch()} />;
  const told = events.data.pages.flatMap(({ items }) => items);
  const entries: readonly Entry[] = [
    ...told.map((event): Entry => ({
      at: Date.parse(event.at),
      key: event.id,
      side: isPerson(event) ? 'people' : 'system',
      line: <EventLine event={event} unit={alarm.unit} />,
    })),
    ...noticesBeside(told, notices.data?.items ?? [], events.hasNextPage).map((notice): Entry => ({
      at: momentOf(notice),
      key: notice.id,
      side: 'notices',
      line: <NoticeLine notice={notice} />,
    })),
  ];
  const shown = entries.filter((entry) => side === 'all' || entry.side === side).sort((a, b) => b.at - a.at);
  return (
    <>
      <div className="chips" role="group" aria-label={t('timeline.filter')}>
        {SIDES.map((name) => (
          <button key={name} type="button" className="chip" aria-pressed={side === name} onClick={() => setSide(name)}>
            {t(`timeline.${name}`)}
          </button>
        ))}
      </div>
      {shown.length === 0 && <Empty>{t('empty.timeline')}</Empty>}
      <ol className="timeline">
        {shown.map(({ key, at, line }) => (
          <li key={key}>
            <Moment at={at} now={now} />
            <span>{line}</span>
          </li>
        ))}
      </ol>
      {events.hasNextPage && (
        <button type="button" className="btn btn-plain" disabled={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
          {t('timeline.earlier')}
        </button>
      )}
    </>
  );
}

function EventLine({ event, unit }: Readonly<{ event: AlarmEventJson; unit: string }>): ReactNode {
  const { t, i18n } = useTranslation();
  const reason = i18n.language === 'en' ? event.reasonEn : event.reason;
  const late = event.t !== null && Date.parse(event.at) - Date.parse(event.t) > 5_000;
  return (
    <>
      <span className="strong">{t(`event.${event.type}`)}</span> <LevelShape level={event.level} size={12} />{' '}
      {t(`level.short.${event.level}`)}
      {event.value !== null && ` · ${figure(event.value)} ${unit}`}
      {reason !== null && ` · ${reason}`}
      {isPerson(event) && <span> · {event.actor.name ?? event.actor.id}</span>}
      {event.actor.kind === 'link' && <span className="tag">{t('ack.byLink')}</span>}
      {event.comment !== null && <span className="timeline-comment">{event.comment}</span>}
      {late && event.t !== null && (
        <span className="dim"> · {t('timeline.happenedAt', { time: momentText(Date.parse(event.t)).slice(11) })}</span>
      )}
    </>
  );
}

function NoticeLine({ notice }: Readonly<{ notice: NotificationJson }>): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <span className="strong">{t(`notice.${notice.kind}`)}</span> → {notice.recipient} · {t(`channel.${notice.channel}`)} ·{' '}
      <span className={notice.state === 'failed' ? 'strong' : ''}>{t(`sendState.${notice.state}`)}</span>
      {notice.outcome !== null && <span className="dim"> · {notice.outcome}</span>}
    </>
  );
}
