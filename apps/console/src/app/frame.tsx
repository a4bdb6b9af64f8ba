import { Suspense, useEffect, type ReactNode } from 'react';
import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { DeskPanels } from '../alarms/panels.js';
import { everywhereAct } from '../alarms/keys.js';
import { useAlarms, useCore, useLink, useNow, useOverview, useSignal } from '../data/react.js';
import { clockText } from '../data/server-clock.js';
import { Dialog } from '../parts/dialog.js';
import { Loading } from '../parts/states.js';
import { useSiren } from '../sound/siren-context.js';
import { LoginForm, LoginPage } from './login.js';
import { RedStrip } from './strip.js';
import { STALE_AFTER_MS, TopBar } from './top-bar.js';

const ROUTES = [
  ['/', 'overview'],
  ['/alarms', 'alarms'],
  ['/devices', 'devices'],
  ['/outbox', 'outbox'],
  ['/dead-letters', 'deadLetters'],
  ['/rules', 'rules'],
  ['/changes', 'changes'],
  ['/settings', 'settings'],
] as const;

/** Readings that wait longer than this to be stored make alarms late; said on every page. */
const LAG_TOLD_MS = 60_000;

/** The page around every screen: rail, top bar, red strip, and what holds for all of them. */
export function Frame(): ReactNode {
  const { session } = useCore();
  const state = useSignal(session);
  if (state.kind === 'out') return <LoginPage />;
  return (
    <div className="frame">
      <Rail />
      <TopBar />
      <RedStrip />
      <main className="main">
        <Notices />
        <Suspense fallback={<Loading rows={10} />}>
          <Outlet />
        </Suspense>
      </main>
      <LinkFrame />
      <SirenWatch />
      <DeskPanels />
      {state.kind === 'expired' && <SessionOver username={state.user.username} />}
    </div>
  );
}

function Rail(): ReactNode {
  const { t } = useTranslation();
  return (
    <nav className="rail" aria-label={t('nav.label')}>
      {ROUTES.map(([to, name]) => (
        <Link
          key={to}
          to={to}
          className="rail-item"
          activeOptions={{ exact: to === '/', includeSearch: false }}
          activeProps={{ className: 'rail-active', 'aria-current': 'page' }}
        >
          {t(`nav.short.${name}`)}
        </Link>
      ))}
    </nav>
  );
}

/** Standing truths: must-change password, lateness of ingest, what the server says of itself. */
function Notices(): ReactNode {
  const { t } = useTranslation();
  const { session } = useCore();
  const state = useSignal(session);
  const { lagMs, state: link } = useLink();
  const { data } = useOverview();
  const codes = (data?.notices ?? []).filter((code) => code !== 'must_change_password');
  const mustChange = state.kind === 'in' && state.mustChangePassword;
  if (!mustChange && lagMs < LAG_TOLD_MS && codes.length === 0) return null;
  return (
    <div className="notices">
      {link === 'live' && lagMs >= LAG_TOLD_MS && (
        <p className="notice hatch" role="alert">
          {t('ingest.late', { m: Math.ceil(lagMs / 60_000) })}
        </p>
      )}
      {(mustChange || codes.length > 0) && (
        <p className="notice notice-quiet">
          {mustChange && (
            <span>
              ⚠ {t('login.mustChange')} <Link to="/settings">{t('settings.password')}</Link>
            </span>
          )}
          {codes.map((code) => (
            <span key={code} className="dim">
              {code === 'changes_waiting' ? (
                <Link to="/changes">{t(`standing.${code}`)}</Link>
              ) : code === 'unapproved_rules' ? (
                <Link to="/rules" search={{ state: 'unapproved' }}>
                  {t(`standing.${code}`)}
                </Link>
              ) : (
                t(`standing.${code}`)
              )}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

/** A hatched frame around everything while the page is a photograph, with since when. */
function LinkFrame(): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const { state, heardAt, lostAt } = useLink();
  const since = lostAt ?? heardAt;
  const old = heardAt !== null && now - heardAt > STALE_AFTER_MS;
  if (since === null || (state !== 'lost' && !old)) return null;
  return (
    <div className="lost-frame" role="alert">
      <p className="lost-text strong">{t('link.lost', { s: Math.max(0, Math.round((now - since) / 1_000)), time: clockText(since) })}</p>
    </div>
  );
}

/** Feeds the siren and answers F9 wherever the focus is. Draws nothing. */
function SirenWatch(): ReactNode {
  const siren = useSiren();
  const { byId } = useAlarms();
  const now = useNow();
  const lost = useLink().state === 'lost';
  useEffect(() => siren.watch(byId.values(), lost, now), [siren, byId, lost, now]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (everywhereAct(event)?.do === 'silence') siren.silence(now);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [siren, now]);
  return null;
}

/** The page is never left: what was typed and what is shown stay. */
function SessionOver({ username }: Readonly<{ username: string }>): ReactNode {
  const { t } = useTranslation();
  const { session } = useCore();
  return (
    <Dialog title={t('session.title')} onClose={() => undefined} firm>
      <p>{t('session.text')}</p>
      <LoginForm username={username} />
      <button type="button" className="btn btn-plain" onClick={() => void session.logout()}>
        {t('session.other')}
      </button>
    </Dialog>
  );
}
