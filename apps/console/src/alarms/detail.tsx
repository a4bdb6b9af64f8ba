import { useEffect, type ReactNode } from 'react';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import { ApiProblem } from '../data/problem.js';
import { useAlarm, useAlarms, useNotifications, useUser } from '../data/react.js';
import { isOpenJson } from '../data/alarm-store.js';
import { may } from '../data/session.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { AlarmActions } from './actions.js';
import { useDesk, useDeskState } from './desk-context.js';
import { EvidenceChart } from './evidence-chart.js';
import { AlarmFacts } from './facts.js';
import { AlarmHeading } from './heading.js';
import { boardAct } from './keys.js';
import { compareForBoard } from './order.js';
import { Timeline } from './timeline.js';

export function DetailPage(): ReactNode {
  const { t } = useTranslation();
  const { id = '' }: Readonly<{ id?: string }> = useParams({ strict: false });
  const { alarm, error } = useAlarm(id);
  if (alarm !== undefined) return <DetailView key={alarm.id} alarm={alarm} />;
  if (error instanceof ApiProblem && error.status === 404) return <Empty>{t('empty.alarm')}</Empty>;
  return error === null ? <Loading rows={12} /> : <Failure error={error} />;
}

/** One alarm: facts, evidence, history, and what can be done. Opening it does nothing to it. */
export function DetailView({ alarm }: Readonly<{ alarm: AlarmJson }>): ReactNode {
  const { t } = useTranslation();
  useDetailKeys(alarm);
  return (
    <article className="detail">
      <div className="detail-head panel">
        <Link to="/alarms" className="btn btn-plain detail-back">
          ← {t('nav.alarms')} <kbd>Esc</kbd>
        </Link>
        <AlarmHeading alarm={alarm} as="h1" />
        <AlarmActions alarm={alarm} all />
      </div>
      <section className="detail-chart panel">
        <EvidenceChart alarm={alarm} height={330} />
      </section>
      <section className="detail-facts panel">
        <h3>{t('detail.facts')}</h3>
        <AlarmFacts alarm={alarm} />
      </section>
      <section className="detail-timeline panel">
        <h3>{t('detail.timeline')}</h3>
        <Timeline alarm={alarm} />
      </section>
      <section className="detail-notices panel">
        <h3>{t('detail.notices')}</h3>
        <NoticeSummary alarm={alarm} />
      </section>
    </article>
  );
}

/** Who was told what, and whether it arrived. */
function NoticeSummary({ alarm }: Readonly<{ alarm: AlarmJson }>): ReactNode {
  const { t } = useTranslation();
  const { data, error } = useNotifications(alarm.id, alarm.version);
  if (data === undefined) return error === null ? <Loading rows={3} /> : <Failure error={error} />;
  if (data.items.length === 0) return <Empty>{t('empty.notices')}</Empty>;
  const sent = data.items.filter(({ state }) => state === 'sent' || state === 'merged').length;
  return (
    <>
      <p>{t('notices.sum', { n: data.items.length, sent, open: data.items.length - sent })}</p>
      <ul className="notice-list">
        {data.items.map((item) => (
          <li key={item.id}>
            <p className="row-wrap">
              <span className="strong">{item.recipient}</span>
              <span className="dim">{t(`channel.${item.channel}`)}</span>
              <span className="tag">{t(`sendState.${item.state}`)}</span>
              {item.link !== null && (
                <a href={item.link} target="_blank" rel="noreferrer">
                  {t('outbox.link')}
                </a>
              )}
            </p>
            <p className="notice-text">{item.text === '' ? t('outbox.notYet') : item.text}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The board's letters on the page of one alarm: they act on it; [ and ] go to its neighbours. */
function useDetailKeys(alarm: AlarmJson): void {
  const navigate = useNavigate();
  const desk = useDesk();
  const { panel } = useDeskState();
  const user = useUser();
  const { byId } = useAlarms();
  useEffect(() => {
    const neighbour = (by: number): void => {
      const order = [...byId.values()].filter((other) => isOpenJson(other) || other.id === alarm.id).sort(compareForBoard);
      const next = order[order.findIndex(({ id }) => id === alarm.id) + by];
      if (next !== undefined) void navigate({ to: '/alarms/$id', params: { id: next.id } });
    };
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, dialog') !== null;
      if (panel !== null || (typing && event.code !== 'F8')) return;
      if (event.code === 'BracketLeft') return neighbour(-1);
      if (event.code === 'BracketRight') return neighbour(1);
      const act = boardAct(event);
      if (act?.do === 'clear') return void navigate({ to: '/alarms' });
      if (act?.do === 'acknowledge' && alarm.ack === 'unacked' && may(user, 'acknowledge'))
        return void desk.send(alarm, { type: 'acknowledge' });
      if (act?.do !== 'comment' && act?.do !== 'shelve' && act?.do !== 'markFalse' && act?.do !== 'reset') return;
      event.preventDefault();
      if (may(user, act.do)) desk.open(act.do, alarm);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [alarm, byId, desk, navigate, panel, user]);
}
