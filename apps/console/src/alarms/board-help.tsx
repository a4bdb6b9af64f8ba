import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../parts/dialog.js';

const KEYS = [
  ['↑ ↓  J K', 'move'],
  ['Enter', 'open'],
  ['A  F8', 'ack'],
  ['N', 'next'],
  ['.', 'showNew'],
  ['S  F9', 'silence'],
  ['X  Esc', 'select'],
  ['C  H  F  R', 'forms'],
  ['1 2 3 4 0', 'levels'],
  ['/', 'search'],
] as const;

/** All keys of the board. */
export function BoardHelp({ onClose }: Readonly<{ onClose(): void }>): ReactNode {
  const { t } = useTranslation();
  return (
    <Dialog title={t('help.title')} onClose={onClose}>
      <dl className="facts">
        {KEYS.map(([keys, word]) => (
          <div key={word} style={{ display: 'contents' }}>
            <dt className="num">{keys}</dt>
            <dd>{t(`help.${word}`)}</dd>
          </div>
        ))}
      </dl>
      <div className="dialog-foot">
        <button type="button" className="btn" data-first onClick={onClose}>
          {t('act.close')}
        </button>
      </div>
    </Dialog>
  );
}
