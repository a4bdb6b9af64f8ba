import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DeviceRowJson, LedgerItem } from '@anlan/contracts';
import { useDeadLetters, useNow } from '../data/react.js';
import { momentText } from '../data/server-clock.js';
import { useDomainText } from '../parts/domain.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { Moment, Value, useSpanText } from '../parts/value.js';
import { deviceState, hasGone } from './device-state.js';
import { ledgerBalance } from './ledger-sum.js';

const GAPS_SHOWN = 10;

/** One device: what it measures, its books, what it sent that was refused. */
export function DevicePanel({
  device,
  book,
  onClose,
}: Readonly<{ device: DeviceRowJson; book: LedgerItem | undefined; onClose(): void }>): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const spanText = useSpanText();
  const domainText = useDomainText();
  return (
    <aside className="device-panel panel" aria-label={device.id}>
      <header className="row-wrap">
        <h2 className="cut">{device.name ?? device.id}</h2>
        <button type="button" className="btn btn-plain" onClick={onClose}>
          {t('act.close')}
        </button>
      </header>
      <dl className="facts">
        <dt>{t('dcol.device')}</dt>
        <dd>{device.id}</dd>
        <dt>{t('dcol.link')}</dt>
        <dd>
          {t(`device.${deviceState(device, now)}`)}
          {device.since !== null && (
            <span className="dim"> · {t('device.since', { time: momentText(Date.parse(device.since)).slice(5) })}</span>
          )}
        </dd>
        <dt>{t('dcol.place')}</dt>
        <dd>
          {device.siteName} · {device.assetName} · {domainText(device.domain)}
        </dd>
        <dt>{t('dcol.interval')}</dt>
        <dd>{spanText(device.intervalMs)}</dd>
        {device.gatewayId !== null && (
          <>
            <dt>{t('device.gateway')}</dt>
            <dd>{device.gatewayId}</dd>
          </>
        )}
      </dl>
      <h3>{t('device.points')}</h3>
      {device.newest.length === 0 && <Empty>{t('device.never')}</Empty>}
      <ul className="point-list">
        {device.newest.map((newest) => (
          <li key={newest.pointId}>
            <Link to="/alarms" search={{ q: newest.pointId }} className="cut" title={newest.pointId}>
              {newest.metricName}
            </Link>
            <Value
              v={newest.v}
              unit={newest.unit}
              t={Date.parse(newest.t)}
              q={newest.q}
              stale={hasGone(newest.receivedAt, device.intervalMs, now)}
            />
            <Moment at={Date.parse(newest.t)} now={now} />
          </li>
        ))}
      </ul>
      <h3>{t('ledger.title')}</h3>
      {book === undefined ? (
        <Empty>{t('empty.ledger')}</Empty>
      ) : (
        <>
          <p className="num">
            {t('ledger.line', book)}{' '}
            <strong>{ledgerBalance(book) === 0 ? t('ledger.balanced') : t('ledger.off', { n: ledgerBalance(book) })}</strong>
          </p>
          {book.gaps.length > 0 && (
            <p className="num dim">
              {t('ledger.missing')}{' '}
              {book.gaps.slice(0, GAPS_SHOWN).map(({ fromSeq, toSeq }) => (fromSeq === toSeq ? `${fromSeq} ` : `${fromSeq}–${toSeq} `))}
              {book.gaps.length > GAPS_SHOWN && '…'}
            </p>
          )}
        </>
      )}
      <h3>{t('nav.deadLetters')}</h3>
      <DeviceLetters deviceId={device.id} />
    </aside>
  );
}

function DeviceLetters({ deviceId }: Readonly<{ deviceId: string }>): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const { data, error } = useDeadLetters({ deviceId });
  if (data === undefined) return error === null ? <Loading rows={2} /> : <Failure error={error} />;
  if (data.items.length === 0) return <Empty>{t('empty.deviceLetters')}</Empty>;
  return (
    <>
      <ul className="point-list">
        {data.items.slice(0, 8).map((letter) => (
          <li key={letter.id} className="letter-line">
            <span className="tag">{letter.code}</span>
            <span className="cut" title={letter.reason}>
              {letter.reason}
            </span>
            <Moment at={Date.parse(letter.receivedAt)} now={now} />
          </li>
        ))}
      </ul>
      <Link to="/dead-letters" search={{ deviceId }}>
        {t('letters.all')}
      </Link>
    </>
  );
}
