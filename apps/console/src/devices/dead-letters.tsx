import { useState, type ReactNode } from 'react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { DEAD_LETTER_CODES, type DeadLetterJson, type PageJson, type RetryJson } from '@anlan/contracts';
import { useCore, useDeadLetters, useLink, useNow, useUser } from '../data/react.js';
import { may } from '../data/session.js';
import { Empty, Failure, Loading, useProblemText } from '../parts/states.js';
import { Moment } from '../parts/value.js';
import { Pager } from '../parts/pager.js';
import '../styles/devices.css';

/** What devices sent that did not become a reading, each with its reason and as it came. */
export function DeadLettersPage(): ReactNode {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const deviceId = typeof search['deviceId'] === 'string' ? search['deviceId'] : '';
  const code = DEAD_LETTER_CODES.find((known) => known === search['code']) ?? '';
  const letters = useDeadLetters({ deviceId: deviceId || undefined, code: code || undefined }, cursors.at(-1));
  const go = (next: Readonly<{ deviceId: string; code: string }>): void => {
    setCursors([]);
    void navigate({
      to: '/dead-letters',
      replace: true,
      search: Object.fromEntries(Object.entries(next).filter(([, value]) => value !== '')),
    });
  };
  return (
    <div className="page">
      <LettersFilter deviceId={deviceId} code={code} onChange={go} />
      {letters.data === undefined ? (
        letters.error === null ? (
          <Loading rows={10} />
        ) : (
          <Failure error={letters.error} retry={() => void letters.refetch()} />
        )
      ) : (
        <LettersTable page={letters.data} filtered={deviceId !== '' || code !== ''} />
      )}
      <Pager cursors={cursors} next={letters.data?.nextCursor ?? null} onChange={setCursors} />
    </div>
  );
}

function LettersFilter({
  deviceId,
  code,
  onChange,
}: Readonly<{ deviceId: string; code: string; onChange(next: Readonly<{ deviceId: string; code: string }>): void }>): ReactNode {
  const { t } = useTranslation();
  const [text, setText] = useState(deviceId);
  return (
    <form
      className="row-wrap page-filter"
      onSubmit={(event) => {
        event.preventDefault();
        onChange({ deviceId: text.trim(), code });
      }}
    >
      <h1>{t('nav.deadLetters')}</h1>
      <input
        className="input page-search"
        type="search"
        placeholder={t('letters.device')}
        aria-label={t('letters.device')}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <select
        className="input page-search"
        aria-label={t('letters.code')}
        value={code}
        onChange={({ target }) => onChange({ deviceId: text.trim(), code: target.value })}
      >
        <option value="">{t('letters.allCodes')}</option>
        {DEAD_LETTER_CODES.map((known) => (
          <option key={known} value={known}>
            {t(`letterCode.${known}`)} · {known}
          </option>
        ))}
      </select>
      <button type="submit" className="btn">
        {t('act.search')}
      </button>
    </form>
  );
}

export function LettersTable({ page, filtered }: Readonly<{ page: PageJson<DeadLetterJson>; filtered: boolean }>): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const lost = useLink().state === 'lost';
  if (page.items.length === 0) return <Empty>{t(filtered ? 'empty.lettersFilter' : 'empty.letters')}</Empty>;
  return (
    <div className={`table-scroll panel${lost ? ' stale' : ''}`}>
      <table className="table">
        <thead>
          <tr>
            {(['time', 'device', 'code', 'reason', 'payload', 'retry'] as const).map((column) => (
              <th key={column} scope="col">
                {t(`lcol.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.items.map((letter) => (
            <tr key={letter.id}>
              <td>
                <Moment at={Date.parse(letter.receivedAt)} now={now} />
              </td>
              <td>{letter.deviceId}</td>
              <td>
                {t(`letterCode.${letter.code}`)} <span className="dim">{letter.code}</span>
              </td>
              <td>{letter.reason}</td>
              <td>
                <details className="payload">
                  <summary className="cut">{letter.payload.slice(0, 60)}</summary>
                  <pre>{letter.payload}</pre>
                  <p className="dim">{letter.topic}</p>
                </details>
              </td>
              <td>
                <Retry letter={letter} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Retry({ letter }: Readonly<{ letter: DeadLetterJson }>): ReactNode {
  const { t } = useTranslation();
  const { client, queries } = useCore();
  const user = useUser();
  const problemText = useProblemText();
  const retry = useMutation({
    mutationFn: () => client.post<RetryJson>(`/dead-letters/${encodeURIComponent(letter.id)}/retry`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['dead-letters'] }),
  });
  const outcome = retry.data?.outcome ?? letter.retryOutcome;
  return (
    <span className="row-wrap">
      {may(user, 'retryDeadLetter') && (
        <button type="button" className="btn" disabled={retry.isPending} onClick={() => retry.mutate()}>
          {t('letters.retry')}
        </button>
      )}
      {retry.error !== null && <span role="alert">⚠ {problemText(retry.error)}</span>}
      {outcome !== null && outcome !== undefined && <span className="dim">{outcome}</span>}
    </span>
  );
}
