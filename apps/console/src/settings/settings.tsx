import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { THEMES } from '../app/settings.js';
import { useLooks, useLooksStore } from '../app/looks-context.js';
import { useCore, useUser } from '../data/react.js';
import { useProblemText } from '../parts/states.js';
import { LANGUAGES } from '../words/index.js';
import { ApiProblem } from '../data/problem.js';
import '../styles/devices.css';

/** A person's own things: who they are here, their password, how the page looks. */
export function SettingsPage(): ReactNode {
  const { t } = useTranslation();
  const user = useUser();
  const looks = useLooksStore();
  const { theme, language } = useLooks();
  return (
    <div className="page settings">
      <h1>{t('nav.settings')}</h1>
      {user !== null && (
        <section className="panel block">
          <h3>{t('settings.me')}</h3>
          <dl className="facts">
            <dt>{t('login.username')}</dt>
            <dd>{user.username}</dd>
            <dt>{t('settings.name')}</dt>
            <dd>{user.name}</dd>
            <dt>{t('settings.roles')}</dt>
            <dd>{user.roles.map((role) => t(`role.${role}`)).join(' · ')}</dd>
            <dt>{t('settings.scope')}</dt>
            <dd>{user.scope.regionCodes === null ? t('settings.allRegions') : user.scope.regionCodes.join(' · ')}</dd>
          </dl>
        </section>
      )}
      <PasswordForm />
      <section className="panel block">
        <h3>{t('settings.looks')}</h3>
        <div className="row-wrap">
          {THEMES.map((name) => (
            <button key={name} type="button" className="chip" aria-pressed={theme === name} onClick={() => looks.change({ theme: name })}>
              {t(`theme.${name}`)}
            </button>
          ))}
          {LANGUAGES.map((name) => (
            <button
              key={name}
              type="button"
              className="chip"
              aria-pressed={language === name}
              onClick={() => looks.change({ language: name })}
            >
              {name === 'zh' ? '中文' : 'English'}
            </button>
          ))}
        </div>
      </section>
    </div>
  );
}

function PasswordForm(): ReactNode {
  const { t } = useTranslation();
  const { session } = useCore();
  const problemText = useProblemText();
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [state, setState] = useState<Readonly<{ kind: 'idle' | 'busy' | 'done' }> | Readonly<{ kind: 'failed'; error: Error }>>({
    kind: 'idle',
  });
  const ids = [useId(), useId(), useId()] as const;
  const differs = again !== '' && again !== next;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (differs || state.kind === 'busy') return;
    setState({ kind: 'busy' });
    session.changePassword(old, next).then(
      () => {
        setState({ kind: 'done' });
        for (const clear of [setOld, setNext, setAgain]) clear('');
      },
      (error: Error) => setState({ kind: 'failed', error }),
    );
  };
  const fields = [
    { id: ids[0], label: t('settings.oldPassword'), value: old, set: setOld, auto: 'current-password' },
    { id: ids[1], label: t('settings.newPassword'), value: next, set: setNext, auto: 'new-password' },
    { id: ids[2], label: t('settings.again'), value: again, set: setAgain, auto: 'new-password' },
  ] as const;
  return (
    <section className="panel block">
      <h3>{t('settings.password')}</h3>
      <form className="login-form" onSubmit={submit}>
        {fields.map(({ id, label, value, set, auto }) => (
          <div key={id} className="field">
            <label htmlFor={id}>{label}</label>
            <input
              id={id}
              className="input"
              type="password"
              autoComplete={auto}
              required
              maxLength={256}
              value={value}
              onChange={({ target }) => set(target.value)}
            />
          </div>
        ))}
        {differs && (
          <p className="field-error" role="alert">
            {t('settings.differs')}
          </p>
        )}
        {state.kind === 'failed' && (
          <div className="field-error" role="alert">
            {problemText(state.error)}
            {state.error instanceof ApiProblem &&
              state.error.body.errors?.map((fault) => <p key={fault.path + fault.code}>{fault.message}</p>)}
          </div>
        )}
        {state.kind === 'done' && <p role="status">{t('settings.changed')}</p>}
        <button type="submit" className="btn btn-primary" disabled={state.kind === 'busy'}>
          {t('settings.change')}
        </button>
      </form>
    </section>
  );
}
