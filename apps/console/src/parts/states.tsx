import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, BAD_CREDENTIALS, NO_ANSWER } from '../data/problem.js';

/** Rows at their final height; nothing at all for the first 200 ms. */
export function Loading({ rows = 8 }: Readonly<{ rows?: number }>): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="late-shown" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="skeleton" />
      ))}
    </div>
  );
}

/** One sentence that proves life; never a picture. */
export function Empty({ children }: Readonly<{ children: ReactNode }>): ReactNode {
  return <p className="empty">{children}</p>;
}

/** What failed in the words of the duty room: what happened, what was kept, what to do, and the code for whoever repairs it. */
export function useProblemText(): (error: Error) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiProblem)) return t('error.unknown', { text: error.message });
    if (error.code === NO_ANSWER) return t('error.net');
    if (error.code === BAD_CREDENTIALS) return t('login.wrong');
    if (error.status === 401) return t('error.session');
    if (error.status === 403) return t('error.right');
    if (error.status === 404) return t('error.missing');
    if (error.status === 429 || error.status === 503) return t('error.busy', { s: error.retryAfterS ?? 5 });
    if (error.status >= 500) return t('error.server');
    return error.message;
  };
}

/** Stands in place of the part that failed. */
export function Failure({ error, retry }: Readonly<{ error: Error; retry?: () => void }>): ReactNode {
  const { t } = useTranslation();
  const textOf = useProblemText();
  const code = error instanceof ApiProblem ? [error.code, error.body.requestId].filter(Boolean).join(' · ') : error.name;
  return (
    <div className="failure" role="alert">
      <p>⚠ {textOf(error)}</p>
      <p className="dim">{code}</p>
      {retry && (
        <button type="button" className="btn" onClick={retry}>
          {t('act.retry')}
        </button>
      )}
    </div>
  );
}
