import { memo, type CSSProperties, type PointerEvent, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import type { NewestReading } from '../data/core.js';
import { countdown } from '../data/server-clock.js';
import { LevelBadge } from '../parts/level-shape.js';
import { shapeStateOf } from '../parts/level-geometry.js';
import { Moment, Value, useSpanText } from '../parts/value.js';
import { useNote } from './desk-context.js';
import { placeText } from './place.js';

export type RowProps = Readonly<{
  alarm: AlarmJson;
  reading: NewestReading | undefined;
  now: number;
  index: number;
  top: number;
  focused: boolean;
  selected: boolean;
  fresh: boolean;
  linkLost: boolean;
  onPress(id: string): void;
  onOver(id: string): void;
}>;

/** The state of an alarm in one word: what a duty officer would say on the phone. */
export function useStateText(): (alarm: AlarmJson) => string {
  const { t } = useTranslation();
  return (alarm) => {
    if (alarm.work === 'closed' || alarm.work === 'false_alarm') return t(`work.${alarm.work}`);
    if (alarm.suppression !== 'none') return t(`suppression.${alarm.suppression}`);
    if (alarm.ack === 'unacked') return t('work.awaiting_confirmation');
    if (alarm.process === 'normal' || alarm.process === 'latched') return t(`process.${alarm.process}`);
    return t(`work.${alarm.work}`);
  };
}

/** Who has it. */
function HandledBy({ alarm }: Readonly<{ alarm: AlarmJson }>): ReactNode {
  return <>{alarm.ackedBy ?? '—'}</>;
}

function Due({ alarm, now }: Readonly<{ alarm: AlarmJson; now: number }>): ReactNode {
  const { t } = useTranslation();
  if (alarm.shelf !== null)
    return <span title={alarm.shelf.reason}>{t('due.shelf', { time: countdown(Date.parse(alarm.shelf.until) - now) })}</span>;
  if (alarm.ack !== 'unacked' || alarm.ackDueAt === null) return <span className="dim">—</span>;
  const left = Date.parse(alarm.ackDueAt) - now;
  return left >= 0 ? <>{t('due.left', { time: countdown(left) })}</> : <u>{t('due.over', { time: countdown(-left) })}</u>;
}

/** One line of the board, 36 px. It never sorts or hides itself. */
export const BoardRow = memo(function BoardRow({
  alarm,
  reading,
  now,
  index,
  top,
  focused,
  selected,
  fresh,
  linkLost,
  onPress,
  onOver,
}: RowProps): ReactNode {
  const { t, i18n } = useTranslation();
  const stateText = useStateText();
  const spanText = useSpanText();
  const note = useNote(alarm.id);
  const urgent = alarm.ack === 'unacked' && alarm.suppression === 'none' && (alarm.level === 'red' || alarm.level === 'orange');
  const marks = [
    'board-row',
    urgent && `board-row-urgent tint-${alarm.level}`,
    alarm.ack === 'unacked' && alarm.level !== 'blue' && `bar-${alarm.level}`,
    alarm.ack !== 'unacked' && 'board-row-acked',
    focused && 'board-row-focused',
    selected && 'board-row-selected',
    fresh && 'board-row-fresh',
  ];
  const stale = linkLost || alarm.quality === 'stale';
  const style: CSSProperties = { transform: `translateY(${top}px)` };
  return (
    <div
      className={marks.filter(Boolean).join(' ')}
      style={style}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      id={`row-${alarm.id}`}
      onPointerDown={(event: PointerEvent) => event.button === 0 && onPress(alarm.id)}
      onPointerMove={() => onOver(alarm.id)}
    >
      <span role="gridcell" className="col-level">
        <LevelBadge level={alarm.level} state={shapeStateOf(alarm)} blink={urgent} />
      </span>
      <span role="gridcell" className="col-state cut">
        {note?.kind === 'sending'
          ? t('ack.sending')
          : note === null
            ? stateText(alarm)
            : `⚠ ${t(note.kind === 'changed' ? 'note.changed' : 'note.refused')}`}
      </span>
      <span role="gridcell" className="col-raised">
        <Moment at={Date.parse(alarm.raisedAt)} now={now} />
      </span>
      <span role="gridcell" className="col-span num">
        {spanText((alarm.endedAt === null ? now : Date.parse(alarm.endedAt)) - Date.parse(alarm.raisedAt))}
      </span>
      <span role="gridcell" className="col-place cut" title={placeText(alarm)}>
        <Link to="/alarms/$id" params={{ id: alarm.id }} tabIndex={-1}>
          {placeText(alarm)}
        </Link>
        {alarm.cycles > 0 && <span className="tag">{t('row.again', { n: alarm.cycles + 1 })}</span>}
      </span>
      <span role="gridcell" className="col-reason cut" title={i18n.language === 'en' ? alarm.reasonEn : alarm.reason}>
        {i18n.language === 'en' ? alarm.reasonEn : alarm.reason}
      </span>
      <span role="gridcell" className="col-value">
        {reading === undefined ? (
          <Value v={alarm.value} unit={alarm.unit} t={Date.parse(alarm.updatedAt)} q="good" stale={stale} />
        ) : (
          <Value v={reading.v} unit={alarm.place?.unit ?? alarm.unit} t={Date.parse(reading.t)} q={reading.q} stale={stale} />
        )}
      </span>
      <span role="gridcell" className="col-by cut">
        <HandledBy alarm={alarm} />
      </span>
      <span role="gridcell" className="col-due num">
        <Due alarm={alarm} now={now} />
      </span>
    </div>
  );
});
