import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import { shapeStateOf } from '../parts/level-geometry.js';
import { LevelShape } from '../parts/level-shape.js';
import { useStateText } from './board-row.js';
import { placeText } from './place.js';

/** Level, state, code and place of an alarm: the line by which people know it. */
export function AlarmHeading({ alarm, as: Tag }: Readonly<{ alarm: AlarmJson; as: 'h1' | 'h2' }>): ReactNode {
  const { t } = useTranslation();
  const stateText = useStateText();
  return (
    <header className={`alarm-heading bar-${alarm.level}`}>
      <Tag>
        <LevelShape level={alarm.level} state={shapeStateOf(alarm)} size={20} /> {t(`level.${alarm.level}`)} · {placeText(alarm)}
      </Tag>
      <p className="row-wrap">
        <span className="tag strong">{stateText(alarm)}</span>
        <span className="num dim">№ {alarm.no}</span>
        {alarm.place !== null && (
          <span className="dim">
            {alarm.place.region} · {alarm.place.site}
          </span>
        )}
        {alarm.quality !== 'good' && <span className="tag tag-hatch hatch">{t(`quality.alarm.${alarm.quality}`)}</span>}
        {alarm.retrospective && <span className="tag">{t('retro')}</span>}
        {alarm.firstOut && <span className="tag">{t('firstOut')}</span>}
      </p>
    </header>
  );
}
