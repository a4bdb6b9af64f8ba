import { useMemo, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { countByLevel } from '../alarms/held-list.js';
import { isOpenJson } from '../data/alarm-store.js';
import { useAlarms, useCore, useLink, useNow, useSignal, useUser } from '../data/react.js';
import { clockText, countdown, wall } from '../data/server-clock.js';
import { LevelCounts } from '../parts/level-shape.js';
import { useSiren } from '../sound/siren-context.js';
import { useLooks, useLooksStore } from './looks-context.js';

/** Data older than this are shown as old. Heartbeats come every 5 s. */
export const STALE_AFTER_MS = 15_000;

export function TopBar(): ReactNode {
  const { t } = useTranslation();
  const { byId } = useAlarms();
  const counts = useMemo(() => countByLevel([...byId.values()].filter(isOpenJson)), [byId]);
  return (
    <header className="top">
      <Link to="/" className="top-brand">
        <strong>安澜</strong> <span className="dim top-name">{t('app.name')}</span>
      </Link>
      <Clock />
      <Link to="/alarms" className="top-counts" aria-label={t('top.counts')}>
        <LevelCounts counts={counts} />
      </Link>
      <span className="top-fill" />
      <Pulse />
      <Sound />
      <Looks />
      <Who />
    </header>
  );
}

/** Server time in the duty room's zone. */
function Clock(): ReactNode {
  const now = useNow();
  const { month, day } = wall(now);
  return (
    <span className="num top-clock">
      <span className="dim">
        {month}-{day}
      </span>{' '}
      <strong>{clockText(now)}</strong>
    </span>
  );
}

/** Age of the last heartbeat, not of the last paint. */
function Pulse(): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const { state, heardAt, lagMs, ready } = useLink();
  if (heardAt === null) return <span className="tag tag-hatch">{t(state === 'lost' ? 'link.never' : 'link.connecting')}</span>;
  const age = Math.max(0, Math.floor((now - heardAt) / 1_000));
  if (state === 'lost') return <span className="tag tag-hatch hatch strong">{t('link.short', { s: age })}</span>;
  return (
    <span className="top-pulse num" title={t('link.lag', { s: Math.round(lagMs / 1_000) })}>
      {t('link.age', { s: age })}
      {!ready && <span className="tag tag-hatch">{t('link.degraded')}</span>}
    </span>
  );
}

function Sound(): ReactNode {
  const { t } = useTranslation();
  const siren = useSiren();
  const now = useNow();
  const { sound, playing, silentUntil } = useSignal(siren);
  if (sound !== 'on') {
    return (
      <button type="button" className={`btn${sound === 'blocked' ? ' hatch' : ''} top-sound-off`} onClick={() => void siren.turn(true)}>
        {t(sound === 'blocked' ? 'sound.blocked' : 'sound.off')}
      </button>
    );
  }
  return (
    <span className="row-wrap top-sound">
      <button type="button" className="btn btn-plain" aria-pressed="true" onClick={() => void siren.turn(false)}>
        {t('sound.on')}
      </button>
      {playing !== null && (
        <button type="button" className="btn strong" onClick={() => siren.silence(now)}>
          {t('silence')} <kbd>F9</kbd>
        </button>
      )}
      {silentUntil !== null && <span className="tag num">{t('silenced', { time: countdown(silentUntil - now) })}</span>}
    </span>
  );
}

function Looks(): ReactNode {
  const { t } = useTranslation();
  const looks = useLooksStore();
  const { theme, language } = useLooks();
  return (
    <span className="top-looks">
      <button type="button" className="btn btn-plain" onClick={() => looks.change({ theme: theme === 'dark' ? 'light' : 'dark' })}>
        {t(theme === 'dark' ? 'theme.light' : 'theme.dark')}
      </button>
      <button
        type="button"
        className="btn btn-plain"
        lang={language === 'zh' ? 'en' : 'zh'}
        onClick={() => looks.change({ language: language === 'zh' ? 'en' : 'zh' })}
      >
        {language === 'zh' ? 'EN' : '中文'}
      </button>
    </span>
  );
}

function Who(): ReactNode {
  const { t } = useTranslation();
  const { session } = useCore();
  const user = useUser();
  return (
    <span className="row-wrap top-who">
      <Link to="/settings" className="cut" title={user?.roles.map((role) => t(`role.${role}`)).join(' ')}>
        {user?.name ?? '—'}
      </Link>
      <button type="button" className="btn btn-plain" onClick={() => void session.logout()}>
        {t('act.logout')}
      </button>
    </span>
  );
}
