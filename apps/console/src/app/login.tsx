import { useEffect, useId, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../data/problem.js';
import { useCore } from '../data/react.js';
import { useProblemText } from '../parts/states.js';
import { useLooks, useLooksStore } from './looks-context.js';

/** After this long the answer is late, and the page says that it is still waiting: passwords are checked slowly, one at a time. */
const LATE_AFTER_MS = 3_000;
/** Lockout when the server does not say how long. */
const LOCKED_S = 900;

/** Seconds left until another try makes sense, and the failure as a sentence. */
function useLoginText(): (error: Error, left: number) => string {
  const { t } = useTranslation();
  const problemText = useProblemText();
  return (error, left) => {
    if (!(error instanceof ApiProblem)) return problemText(error);
    if (error.status === 401) return t('login.wrong');
    if (error.status === 423 || error.status === 429)
      return left > 0 ? t('login.locked', { m: Math.floor(left / 60), s: left % 60 }) : t('login.tryAgain');
    return problemText(error);
  };
}

/** Name and password. Used on the login page and over a page whose session has ended. */
export function LoginForm({ username: known }: Readonly<{ username?: string }>): ReactNode {
  const { t } = useTranslation();
  const { session } = useCore();
  const loginText = useLoginText();
  const [username, setUsername] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [late, setLate] = useState(false);
  const [left, setLeft] = useState(0);
  const nameId = useId();
  const passwordId = useId();
  const errorId = useId();

  useEffect(() => {
    if (!busy) return setLate(false);
    const timer = setTimeout(() => setLate(true), LATE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [busy]);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1_000);
    return () => clearTimeout(timer);
  }, [left]);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (busy || left > 0) return;
    setBusy(true);
    setError(null);
    session
      .login(username, password)
      .catch((failure: Error) => {
        setError(failure);
        setPassword('');
        if (failure instanceof ApiProblem && (failure.status === 423 || failure.status === 429)) setLeft(failure.retryAfterS ?? LOCKED_S);
      })
      .finally(() => setBusy(false));
  };
  return (
    <form className="login-form" onSubmit={submit}>
      <div className="field">
        <label htmlFor={nameId}>{t('login.username')}</label>
        <input
          id={nameId}
          className="input"
          name="username"
          autoComplete="username"
          autoFocus={known === undefined}
          required
          maxLength={100}
          value={username}
          onChange={({ target }) => setUsername(target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor={passwordId}>{t('login.password')}</label>
        <input
          id={passwordId}
          className="input"
          type="password"
          name="password"
          autoComplete="current-password"
          data-first={known === undefined ? undefined : true}
          required
          maxLength={256}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : errorId}
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
      </div>
      {error !== null && (
        <p id={errorId} className="field-error" role="alert">
          {loginText(error, left)}
        </p>
      )}
      {late && <p role="status">{t('login.late')}</p>}
      <button type="submit" className="btn btn-primary btn-ack" disabled={busy || left > 0}>
        {t(busy ? 'login.busy' : 'login.enter')}
      </button>
    </form>
  );
}

export function LoginPage(): ReactNode {
  const { t } = useTranslation();
  const looks = useLooksStore();
  const { language } = useLooks();
  return (
    <main className="login">
      <div className="login-card panel">
        <header>
          <h1>安澜 Anlan</h1>
          <p className="dim">{t('app.tagline')}</p>
        </header>
        <LoginForm />
        <footer className="row-wrap dim">
          <span>{t('login.memory')}</span>
          <button type="button" className="btn btn-plain" onClick={() => looks.change({ language: language === 'zh' ? 'en' : 'zh' })}>
            {language === 'zh' ? 'English' : '中文'}
          </button>
        </footer>
      </div>
    </main>
  );
}
