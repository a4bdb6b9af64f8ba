import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** Walks a list by cursors: no page numbers, for the list grows while it is read. */
export function Pager({
  cursors,
  next,
  onChange,
}: Readonly<{ cursors: readonly string[]; next: string | null; onChange(cursors: readonly string[]): void }>): ReactNode {
  const { t } = useTranslation();
  if (cursors.length === 0 && next === null) return null;
  return (
    <p className="row-wrap pager">
      <button type="button" className="btn" disabled={cursors.length === 0} onClick={() => onChange([])}>
        {t('pager.newest')}
      </button>
      <button type="button" className="btn" disabled={cursors.length === 0} onClick={() => onChange(cursors.slice(0, -1))}>
        {t('pager.newer')}
      </button>
      <button type="button" className="btn" disabled={next === null} onClick={() => next !== null && onChange([...cursors, next])}>
        {t('pager.older')}
      </button>
    </p>
  );
}
