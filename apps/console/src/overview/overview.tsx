import { Suspense, lazy, useState, type ReactNode } from 'react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { OverviewJson } from '@anlan/contracts';
import { useLooks } from '../app/looks-context.js';
import { compareForWork } from '../alarms/order.js';
import { useStateText } from '../alarms/board-row.js';
import { placeText } from '../alarms/place.js';
import { isOpenJson } from '../data/alarm-store.js';
import { useAlarms, useLink, useNow, useOverview } from '../data/react.js';
import { clockText } from '../data/server-clock.js';
import { ledgerBalance } from '../devices/ledger-sum.js';
import { useDomainText } from '../parts/domain.js';
import { LevelCounts, LevelShape } from '../parts/level-shape.js';
import { shapeStateOf } from '../parts/level-geometry.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { Moment } from '../parts/value.js';
import '../styles/overview.css';

const CityMap = lazy(() => import('./city-map.js').then(({ CityMap: component }) => ({ default: component })));
const MOST_URGENT = 8;

/** The city at a glance: where, how many, and which first. */
export function OverviewPage(): ReactNode {
  const { data, error, refetch } = useOverview();
  if (data === undefined) return error === null ? <Loading rows={14} /> : <Failure error={error} retry={() => void refetch()} />;
  return <OverviewView overview={data} />;
}

export function OverviewView({ overview }: Readonly<{ overview: OverviewJson }>): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { theme } = useLooks();
  const lost = useLink().state === 'lost';
  const [risk, setRisk] = useState(false);
  return (
    <div className={`overview${lost ? ' stale' : ''}`}>
      <section className="overview-map panel" aria-label={t('nav.overview')}>
        <Suspense fallback={<Loading rows={10} />}>
          <CityMap
            sites={overview.sites}
            regions={overview.regions}
            theme={theme}
            risk={risk}
            onSite={(site) => void navigate({ to: '/alarms', search: { site: site.id } })}
          />
        </Suspense>
        <Legend risk={risk} onRisk={setRisk} />
      </section>
      <aside className="overview-side">
        <Totals overview={overview} />
        <ByDomain overview={overview} />
        <Urgent />
        <Health overview={overview} lost={lost} />
      </aside>
    </div>
  );
}

function Legend({ risk, onRisk }: Readonly<{ risk: boolean; onRisk(on: boolean): void }>): ReactNode {
  const { t } = useTranslation();
  return (
    <p className="map-legend">
      {(['red', 'orange', 'yellow', 'blue'] as const).map((level) => (
        <span key={level} className="level-count">
          <LevelShape level={level} size={14} /> {t(`level.short.${level}`)}
        </span>
      ))}
      <span className="level-count">
        <span className="legend-dot" /> {t('map.normal')}
      </span>
      <span className="level-count">
        <span className="legend-unknown hatch" /> {t('map.unknown')}
      </span>
      <button type="button" className="chip map-risk" aria-pressed={risk} onClick={() => onRisk(!risk)}>
        {t('map.risk')}
      </button>
    </p>
  );
}

function Totals({ overview: { alarms } }: Readonly<{ overview: OverviewJson }>): ReactNode {
  const { t } = useTranslation();
  const shelved = Object.values(alarms.shelved).reduce((sum, n) => sum + n, 0);
  return (
    <section className="panel block">
      <div className="totals">
        {(['red', 'orange', 'yellow', 'blue'] as const).map((level) => (
          <Link key={level} to="/alarms" search={{ level }} className={`total${alarms.byLevel[level] === 0 ? ' dim' : ''}`}>
            <span className="level-count">
              <LevelShape level={level} size={16} /> {t(`level.short.${level}`)}
            </span>
            <span className="total-number num">{alarms.byLevel[level]}</span>
          </Link>
        ))}
      </div>
      <p className="row-wrap side-line">
        <Link to="/alarms" search={{ stage: 'unacked' }}>
          {t('stage.unacked')} <strong className="num">{alarms.unacked}</strong>
        </Link>
        <Link to="/alarms" search={{ stage: 'shelved' }}>
          {t('stage.shelved')} <strong className="num">{shelved}</strong>
          {alarms.shelved.red > 0 && <span>{t('overview.shelvedRed', { n: alarms.shelved.red })}</span>}
        </Link>
        <span className="dim">
          {t('overview.total')} <span className="num">{alarms.total}</span>
        </span>
      </p>
    </section>
  );
}

function ByDomain({ overview: { alarms } }: Readonly<{ overview: OverviewJson }>): ReactNode {
  const { t } = useTranslation();
  const domainText = useDomainText();
  const rows = Object.entries(alarms.byDomain).sort(([a], [b]) => a.localeCompare(b));
  return (
    <section className="panel block">
      <h3>{t('overview.byDomain')}</h3>
      {rows.length === 0 && <p className="dim">{t('empty.boardShort')}</p>}
      {rows.map(([domain, counts]) => (
        <Link key={domain} to="/alarms" search={{ domain }} className="domain-row">
          <span className="cut">{domainText(domain)}</span>
          <LevelCounts counts={counts} size={12} />
        </Link>
      ))}
    </section>
  );
}

function Urgent(): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const stateText = useStateText();
  const { byId } = useAlarms();
  const top = [...byId.values()].filter(isOpenJson).sort(compareForWork).slice(0, MOST_URGENT);
  return (
    <section className="panel block side-urgent">
      <h3>{t('overview.urgent')}</h3>
      {top.length === 0 && <Empty>{t('empty.boardShort')}</Empty>}
      {top.map((alarm) => (
        <Link key={alarm.id} to="/alarms/$id" params={{ id: alarm.id }} className="urgent-row">
          <LevelShape level={alarm.level} state={shapeStateOf(alarm)} size={16} />
          <span className="sr">{t(`level.${alarm.level}`)}</span>
          <Moment at={Date.parse(alarm.raisedAt)} now={now} />
          <span className="cut">{placeText(alarm)}</span>
          <span className="dim">{stateText(alarm)}</span>
        </Link>
      ))}
    </section>
  );
}

function Health({ overview: { at, devices, ledger }, lost }: Readonly<{ overview: OverviewJson; lost: boolean }>): ReactNode {
  const { t } = useTranslation();
  const difference = ledgerBalance(ledger);
  const percent = devices.total === 0 ? null : Math.round((devices.online / devices.total) * 1_000) / 10;
  return (
    <section className="panel block">
      <h3>{t('overview.health')}</h3>
      <p className="side-line row-wrap">
        <Link to="/devices">
          {t('overview.online')}{' '}
          <strong className="num">
            {devices.online}/{devices.total}
          </strong>
          {percent !== null && <span className="num"> {percent} %</span>}
        </Link>
        {devices.offline > 0 && (
          <Link to="/devices" search={{ state: 'offline' }}>
            {t('overview.offline', { n: devices.offline })}
          </Link>
        )}
        {devices.unknown > 0 && <span className="dim">{t('overview.unheard', { n: devices.unknown })}</span>}
      </p>
      <p className="side-line">
        <Link to="/devices">
          {t('ledger.day')} {t('ledger.line', ledger)}
        </Link>{' '}
        <strong>{difference === 0 ? t('ledger.balanced') : t('ledger.off', { n: difference })}</strong>
      </p>
      {lost && <p className="hatch side-line">{t('time.asOf', { time: clockText(Date.parse(at)) })}</p>}
    </section>
  );
}
