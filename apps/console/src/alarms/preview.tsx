import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import { Empty } from '../parts/states.js';
import { useSettled } from '../parts/use-settled.js';
import { AlarmActions } from './actions.js';
import { EvidenceChart } from './evidence-chart.js';
import { AlarmFacts } from './facts.js';
import { AlarmHeading } from './heading.js';

/** Moving down the list with a key held must not ask for a chart a row. */
const REST_MS = 250;

/** The focused alarm beside the list. Looking at it changes nothing. */
export function AlarmPreview({ alarm, onOpen }: Readonly<{ alarm: AlarmJson | null; onOpen(id: string): void }>): ReactNode {
  const { t } = useTranslation();
  const restingId = useSettled(alarm?.id ?? null, REST_MS);
  if (alarm === null) {
    return (
      <aside className="board-preview panel">
        <Empty>{t('preview.empty')}</Empty>
      </aside>
    );
  }
  return (
    <aside className="board-preview panel" aria-label={t('preview.label')}>
      <AlarmHeading alarm={alarm} as="h2" />
      <AlarmActions alarm={alarm} all={false} />
      {restingId === alarm.id ? <EvidenceChart alarm={alarm} height={220} /> : <div style={{ height: 220 }} />}
      <AlarmFacts alarm={alarm} />
      <button type="button" className="btn" onClick={() => onOpen(alarm.id)}>
        {t('act.open')} <kbd>Enter</kbd>
      </button>
    </aside>
  );
}
