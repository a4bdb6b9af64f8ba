import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import { useProblemText } from '../parts/states.js';
import { useDesk, useNote } from './desk-context.js';
import type { ToldChange } from './commands.js';

/** `级别 橙 → 红` in words, for each thing that changed under the hand. */
export function useChangeText(): (change: ToldChange) => string {
  const { t } = useTranslation();
  return ({ field, from, to }) => {
    const word = (value: string): string => t(`${field}.${value}` as 'level.red');
    return t('change.line', { field: t(`field.${field}`), from: word(from), to: word(to) });
  };
}

/** What came of the last command on this alarm, in its place; nothing when all is well. */
export function AlarmNote({ alarm }: Readonly<{ alarm: AlarmJson }>): ReactNode {
  const { t } = useTranslation();
  const desk = useDesk();
  const note = useNote(alarm.id);
  const problemText = useProblemText();
  const changeText = useChangeText();
  if (note === null) return null;
  switch (note.kind) {
    case 'sending':
      return (
        <p className="notice" role="status">
          {t('ack.sending')}
        </p>
      );
    case 'changed':
      return (
        <div className="notice" role="alert">
          <span className="strong">⚠ {t('ack.conflict')}</span>
          {note.changes.map((change) => (
            <span key={change.field}>{changeText(change)}</span>
          ))}
          <button type="button" className="btn" onClick={() => desk.dismiss(alarm.id)}>
            {t('act.seen')}
          </button>
        </div>
      );
    case 'refused':
      return (
        <div className="notice" role="alert">
          <span>⚠ {problemText(note.problem)}</span>
          <span className="dim">{note.problem.code}</span>
          <button type="button" className="btn" onClick={() => void desk.send(alarm, note.command)}>
            {t('act.retry')}
          </button>
          <button type="button" className="btn btn-plain" onClick={() => desk.dismiss(alarm.id)}>
            {t('act.close')}
          </button>
        </div>
      );
  }
}
