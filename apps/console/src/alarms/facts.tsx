import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import { useCore, useLink, useNow, useSignal } from '../data/react.js';
import { countdown, momentText } from '../data/server-clock.js';
import { useDomainText } from '../parts/domain.js';
import { LevelShape } from '../parts/level-shape.js';
import { Value, figure, useSpanText } from '../parts/value.js';

type Fact = readonly [label: string, value: ReactNode] | null;

/** The value now: from the stream where it has been heard, else the one that was judged. */
export function ValueNow({ alarm }: Readonly<{ alarm: AlarmJson }>): ReactNode {
  const { readings } = useCore();
  const newest = useSignal(readings).get(alarm.pointId);
  const lost = useLink().state === 'lost';
  const stale = lost || alarm.quality === 'stale';
  // What was judged is a reading only where it has the readings' unit.
  const isReading = alarm.place === null || alarm.place.unit === alarm.unit;
  if (newest === undefined && !isReading) return '—';
  return newest === undefined ? (
    <Value v={alarm.value} unit={alarm.unit} t={Date.parse(alarm.updatedAt)} q="good" stale={stale} />
  ) : (
    <Value v={newest.v} unit={alarm.place?.unit ?? alarm.unit} t={Date.parse(newest.t)} q={newest.q} stale={stale} />
  );
}

/** All that is known of an alarm, in the order of asking. */
export function AlarmFacts({ alarm, brief = false }: Readonly<{ alarm: AlarmJson; brief?: boolean }>): ReactNode {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const spanText = useSpanText();
  const domainText = useDomainText();
  const { place, shelf } = alarm;
  const raisedAt = Date.parse(alarm.raisedAt);
  const endedAt = alarm.endedAt === null ? null : Date.parse(alarm.endedAt);
  const facts: readonly Fact[] = [
    [t('fact.now'), <ValueNow key="now" alarm={alarm} />],
    [t('fact.reason'), i18n.language === 'en' ? alarm.reasonEn : alarm.reason],
    alarm.kind === 'accel' || alarm.kind === 'vote' ? null : [t('fact.judged'), `${figure(alarm.value)} ${alarm.unit}`],
    [
      t('fact.level'),
      <span key="level" className="row-wrap">
        <LevelShape level={alarm.level} size={14} /> {t(`level.${alarm.level}`)}
        {alarm.peakLevel !== alarm.level && (
          <>
            <span className="dim">{t('fact.peak')}</span> <LevelShape level={alarm.peakLevel} size={14} /> {t(`level.${alarm.peakLevel}`)}
          </>
        )}
      </span>,
    ],
    [t('fact.process'), `${t(`process.${alarm.process}`)} · ${t(`work.${alarm.work}`)}`],
    alarm.pendingLevel !== null && alarm.pendingDueAt !== null && Date.parse(alarm.pendingDueAt) > now
      ? [
          t('fact.pending'),
          t('pending.line', { time: countdown(Date.parse(alarm.pendingDueAt) - now), level: t(`level.${alarm.pendingLevel}`) }),
        ]
      : null,
    [t('fact.quality'), t(`quality.alarm.${alarm.quality}`)],
    [t('fact.firstBreach'), momentText(Date.parse(alarm.firstBreachAt))],
    [t('fact.raised'), `${momentText(raisedAt)} · ${spanText((endedAt ?? now) - raisedAt)}`],
    endedAt === null
      ? null
      : [t('fact.ended'), `${momentText(endedAt)}${alarm.endReason === null ? '' : ` · ${t(`endReason.${alarm.endReason}`)}`}`],
    alarm.ackedAt === null
      ? null
      : [
          t('fact.acked'),
          `${alarm.ackedBy ?? '—'} ${momentText(Date.parse(alarm.ackedAt))}${alarm.ackTrust === 'link' ? ` · ${t('ack.byLink')}` : ''}`,
        ],
    shelf === null
      ? null
      : [t('fact.shelf'), t('shelf.line', { by: shelf.by, until: momentText(Date.parse(shelf.until)).slice(5, 16), reason: shelf.reason })],
    alarm.cycles > 0 ? [t('fact.cycles'), t('row.again', { n: alarm.cycles + 1 })] : null,
    place === null ? null : [t('fact.place'), `${place.region} · ${place.site} · ${place.asset}`],
    place === null ? null : [t('fact.unit'), place.unitName],
    [t('fact.point'), `${alarm.pointId}${place === null ? '' : ` · ${place.metric}`} · ${domainText(alarm.domain)}`],
    [t('fact.rule'), <RuleName key="rule" alarm={alarm} />],
  ];
  const BRIEF = 5;
  const shown = facts.filter((fact) => fact !== null);
  return (
    <dl className="facts">
      {(brief ? shown.slice(0, BRIEF) : shown).map(([label, value]) => (
        <div key={label} style={{ display: 'contents' }}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Leads to the rule; the health rule that every point has without anybody writing it has no page. */
function RuleName({ alarm: { ruleId, ruleVersion, kind } }: Readonly<{ alarm: AlarmJson }>): ReactNode {
  const { t } = useTranslation();
  const name = `${ruleId} v${ruleVersion}`;
  return (
    <>
      {ruleId.startsWith('health:') ? (
        name
      ) : (
        <Link to="/rules/$id" params={{ id: ruleId }}>
          {name}
        </Link>
      )}{' '}
      · {t(`kind.${kind}`)}
    </>
  );
}
