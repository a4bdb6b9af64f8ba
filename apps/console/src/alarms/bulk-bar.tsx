import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import { useUser } from '../data/react.js';
import { may } from '../data/session.js';
import { LevelCounts } from '../parts/level-shape.js';
import { bulkRefusal } from './commands.js';
import { useDesk, useDeskState } from './desk-context.js';
import { countByLevel } from './held-list.js';
import type { Board } from './use-board.js';

/** Acknowledging several: blue and yellow that were on the screen. Orange and red are seen one by one. */
export function BulkBar({ board }: Readonly<{ board: Board }>): ReactNode {
  const { t } = useTranslation();
  const desk = useDesk();
  const { bulk } = useDeskState();
  const user = useUser();
  const whyId = useId();
  const chosen = [...board.selected].map((id) => board.byId.get(id)).filter((alarm): alarm is AlarmJson => alarm !== undefined);
  if (chosen.length === 0 && bulk === null) return null;
  const refusal = may(user, 'acknowledge') ? bulkRefusal(chosen, board.wasSeen) : 'no_right';
  const acknowledge = (): void => {
    if (refusal !== 'none') return;
    void desk.acknowledgeAll(chosen, board.wasSeen);
    board.clearSelection();
  };
  return (
    <div className="board-bulk notice">
      {chosen.length > 0 && (
        <>
          <span className="strong">{t('bulk.chosen', { n: chosen.length })}</span>
          <LevelCounts counts={countByLevel(chosen)} />
          <button
            type="button"
            className="btn btn-primary"
            aria-disabled={refusal !== 'none'}
            aria-describedby={refusal === 'none' ? undefined : whyId}
            onClick={acknowledge}
          >
            {t('act.acknowledge')}
          </button>
          {refusal !== 'none' && <span id={whyId}>{t(`bulk.${refusal}`)}</span>}
          <button type="button" className="btn btn-plain" onClick={() => board.clearSelection()}>
            {t('bulk.clear')} <kbd>Esc</kbd>
          </button>
        </>
      )}
      {bulk !== null && (
        <span role="status">
          {t('bulk.result', bulk)}{' '}
          <button type="button" className="btn btn-plain" onClick={() => desk.forgetBulk()}>
            {t('act.close')}
          </button>
        </span>
      )}
    </div>
  );
}
