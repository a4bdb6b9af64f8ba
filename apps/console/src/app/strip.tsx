import { type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import { isUrgentRed } from '../data/alarm-store.js';
import { byText } from '../data/by-text.js';
import { useAlarms, useNow, useUser } from '../data/react.js';
import { may } from '../data/session.js';
import { countdown } from '../data/server-clock.js';
import { LevelShape } from '../parts/level-shape.js';
import { Moment } from '../parts/value.js';
import { useDesk, useNote } from '../alarms/desk-context.js';
import { fullPlaceText } from '../alarms/place.js';

const SHOWN = 3;

/** Unacknowledged red, oldest due first; on every page, in room that is always kept for it. */
export function RedStrip(): ReactNode {
  const { t } = useTranslation();
  const { byId, loaded } = useAlarms();
  const reds = [...byId.values()]
    .filter(isUrgentRed)
    .sort((a, b) => byText(a.ackDueAt ?? '9', b.ackDueAt ?? '9') || byText(a.raisedAt, b.raisedAt));
  return (
    <section className="strip" aria-label={t('strip.label')}>
      <div className="sr" aria-live="assertive">
        {reds[0] === undefined ? '' : t('strip.live', { n: reds.length, place: fullPlaceText(reds[0]) })}
      </div>
      {reds.length === 0 ? (
        <p className="strip-none dim">{t(loaded ? 'strip.none' : 'state.loading')}</p>
      ) : (
        <>
          {reds.slice(0, SHOWN).map((alarm) => (
            <RedCard key={alarm.id} alarm={alarm} />
          ))}
          {reds.length > SHOWN && (
            <Link className="btn strip-more" to="/alarms" search={{ level: 'red', stage: 'unacked' }}>
              +{reds.length - SHOWN}
            </Link>
          )}
        </>
      )}
    </section>
  );
}

function RedCard({ alarm }: Readonly<{ alarm: AlarmJson }>): ReactNode {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const desk = useDesk();
  const user = useUser();
  const note = useNote(alarm.id);
  const left = alarm.ackDueAt === null ? null : Date.parse(alarm.ackDueAt) - now;
  return (
    <div className="strip-card tint-red bar-red">
      <LevelShape level="red" size={22} blink />
      <Link to="/alarms/$id" params={{ id: alarm.id }} className="strip-text">
        <span className="strong cut">
          {t('level.red')} {t('work.awaiting_confirmation')} · <Moment at={Date.parse(alarm.raisedAt)} now={now} /> · {fullPlaceText(alarm)}
        </span>
        <span className="cut">
          {note === null || note.kind === 'sending'
            ? i18n.language === 'en'
              ? alarm.reasonEn
              : alarm.reason
            : `⚠ ${t(note.kind === 'changed' ? 'ack.conflict' : 'note.refused')}`}
        </span>
      </Link>
      {left !== null && (
        <span className="num strip-due">
          {left >= 0 ? t('due.left', { time: countdown(left) }) : <u>{t('due.over', { time: countdown(-left) })}</u>}
        </span>
      )}
      {may(user, 'acknowledge') && (
        <button
          type="button"
          className="btn btn-primary btn-ack"
          disabled={note?.kind === 'sending'}
          onClick={() => void desk.send(alarm, { type: 'acknowledge' })}
        >
          {t('act.acknowledge')}
        </button>
      )}
    </div>
  );
}
