import { useMemo, useRef, useState, type ReactNode } from 'react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useTranslation } from 'react-i18next';
import type { DeviceRowJson, LedgerItem } from '@anlan/contracts';
import { useDevices, useLedger, useLink, useNow } from '../data/react.js';
import { Empty, Failure, Loading } from '../parts/states.js';
import { Moment, useSpanText } from '../parts/value.js';
import { DevicePanel } from './device-panel.js';
import { DEVICE_STATES, deviceState, hasGone, searchDevices, type DeviceState } from './device-state.js';
import { ledgerBalance, ledgerTotal, missingOf } from './ledger-sum.js';
import '../styles/devices.css';

const ROW_PX = 36;

/** Devices with what is heard of them, and the books that must close. */
export function DevicesPage(): ReactNode {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const devices = useDevices();
  const ledger = useLedger();
  const stateWanted = DEVICE_STATES.find((state) => state === search['state']) ?? null;
  const chosen = typeof search['device'] === 'string' ? search['device'] : null;
  const go = (state: DeviceState | null, device: string | null): void =>
    void navigate({ to: '/devices', replace: true, search: { ...(state !== null && { state }), ...(device !== null && { device }) } });
  if (devices.data === undefined)
    return devices.error === null ? <Loading rows={14} /> : <Failure error={devices.error} retry={() => void devices.refetch()} />;
  return (
    <DevicesView
      devices={devices.data}
      ledger={ledger.data?.items ?? null}
      state={stateWanted}
      chosen={chosen}
      onState={(state) => go(state, chosen)}
      onChoose={(id) => go(stateWanted, id)}
    />
  );
}

type ViewProps = Readonly<{
  devices: readonly DeviceRowJson[];
  ledger: readonly LedgerItem[] | null;
  state: DeviceState | null;
  chosen: string | null;
  onState(state: DeviceState | null): void;
  onChoose(id: string | null): void;
}>;

export function DevicesView({ devices, ledger, state, chosen, onState, onChoose }: ViewProps): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const [text, setText] = useState('');
  const books = useMemo(() => new Map((ledger ?? []).map((item) => [item.deviceId, item])), [ledger]);
  const found = useMemo(() => searchDevices(devices, text), [devices, text]);
  const shown = found.filter((device) => state === null || deviceState(device, now) === state);
  const device = devices.find(({ id }) => id === chosen);
  return (
    <div className="devices">
      <section className="devices-main">
        <LedgerLine ledger={ledger} />
        <div className="row-wrap devices-filter">
          <div className="chips" role="group" aria-label={t('devices.state')}>
            <button type="button" className="chip" aria-pressed={state === null} onClick={() => onState(null)}>
              {t('filter.all')} <span className="num">{found.length}</span>
            </button>
            {DEVICE_STATES.map((name) => (
              <button
                key={name}
                type="button"
                className="chip"
                aria-pressed={state === name}
                onClick={() => onState(state === name ? null : name)}
              >
                {t(`device.${name}`)} <span className="num">{found.filter((one) => deviceState(one, now) === name).length}</span>
              </button>
            ))}
          </div>
          <input
            className="input devices-search"
            type="search"
            placeholder={t('devices.search')}
            aria-label={t('devices.search')}
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </div>
        <DeviceList devices={shown} books={books} now={now} chosen={chosen} onChoose={onChoose} />
        {shown.length === 0 && <Empty>{t(devices.length === 0 ? 'empty.devices' : 'empty.devicesFilter', { n: devices.length })}</Empty>}
      </section>
      {device !== undefined && <DevicePanel device={device} book={books.get(device.id)} onClose={() => onChoose(null)} />}
    </div>
  );
}

/** All books in one line. A difference is a fault of the platform, and is said as one. */
function LedgerLine({ ledger }: Readonly<{ ledger: readonly LedgerItem[] | null }>): ReactNode {
  const { t } = useTranslation();
  if (ledger === null) return <p className="notice dim">{t('state.loading')}</p>;
  const total = ledgerTotal(ledger);
  const difference = ledgerBalance(total);
  return (
    <p className={`notice${difference === 0 ? '' : ' hatch'}`} role={difference === 0 ? undefined : 'alert'}>
      <span>
        {t('ledger.day')} <span className="num">{t('ledger.line', total)}</span>
      </span>
      <strong>{difference === 0 ? t('ledger.balanced') : t('ledger.off', { n: difference })}</strong>
      <span className="dim">{t('ledger.gaps', { n: total.missing, devices: total.devicesWithGaps })}</span>
    </p>
  );
}

const COLUMNS = [
  'device',
  'place',
  'link',
  'points',
  'last',
  'interval',
  'received',
  'stored',
  'rejected',
  'duplicate',
  'quarantined',
  'gaps',
] as const;

type ListProps = Readonly<{
  devices: readonly DeviceRowJson[];
  books: ReadonlyMap<string, LedgerItem>;
  now: number;
  chosen: string | null;
  onChoose(id: string): void;
}>;

function DeviceList({ devices, books, now, chosen, onChoose }: ListProps): ReactNode {
  const { t } = useTranslation();
  const lost = useLink().state === 'lost';
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: devices.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    getItemKey: (index) => devices[index]?.id ?? index,
  });
  return (
    <div
      ref={scroller}
      className={`device-list panel${lost ? ' hatch' : ''}`}
      role="grid"
      aria-rowcount={devices.length + 1}
      aria-label={t('nav.devices')}
    >
      <div className="device-row device-head" role="row">
        {COLUMNS.map((column) => (
          <span key={column} role="columnheader" className={`dcol-${column}`}>
            {t(`dcol.${column}`)}
          </span>
        ))}
      </div>
      <div className="device-rows" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const device = devices[index];
          return (
            device && (
              <DeviceRow
                key={key}
                device={device}
                book={books.get(device.id)}
                now={now}
                top={start}
                chosen={chosen === device.id}
                onChoose={onChoose}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

type RowProps = Readonly<{
  device: DeviceRowJson;
  book: LedgerItem | undefined;
  now: number;
  top: number;
  chosen: boolean;
  onChoose(id: string): void;
}>;

function DeviceRow({ device, book, now, top, chosen, onChoose }: RowProps): ReactNode {
  const { t } = useTranslation();
  const spanText = useSpanText();
  const state = deviceState(device, now);
  const fresh = device.newest.filter((newest) => !hasGone(newest.receivedAt, device.intervalMs, now)).length;
  const count = (n: number | undefined): ReactNode => (n === undefined ? '—' : n === 0 ? <span className="dim">0</span> : n);
  return (
    <div
      className={`device-row${chosen ? ' device-row-chosen' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      role="row"
      aria-selected={chosen}
      onClick={() => onChoose(device.id)}
    >
      <span role="gridcell" className="dcol-device cut">
        <button type="button" className="link-button cut">
          {device.name ?? device.id}
        </button>
      </span>
      <span role="gridcell" className="dcol-place cut" title={`${device.siteName} · ${device.assetName}`}>
        {device.siteName} · {device.assetName}
      </span>
      <span role="gridcell" className="dcol-link">
        <span className={state === 'online' ? '' : 'tag hatch strong'}>{t(`device.${state}`)}</span>
      </span>
      <span role="gridcell" className="dcol-points num">
        <span className={fresh < device.points ? 'value-stale hatch' : ''}>
          {fresh}/{device.points}
        </span>
      </span>
      <span role="gridcell" className="dcol-last">
        {device.lastMessageAt === null ? (
          <span className="dim">{t('device.never')}</span>
        ) : (
          <Moment at={Date.parse(device.lastMessageAt)} now={now} />
        )}
      </span>
      <span role="gridcell" className="dcol-interval num">
        {spanText(device.intervalMs)}
      </span>
      {(['received', 'stored', 'rejected', 'duplicate', 'quarantined'] as const).map((column) => (
        <span key={column} role="gridcell" className={`dcol-${column} num`}>
          {count(book?.[column])}
        </span>
      ))}
      <span role="gridcell" className="dcol-gaps num">
        {count(book === undefined ? undefined : missingOf(book))}
      </span>
    </div>
  );
}
