import { useId, useState, type FormEvent, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlarmJson } from '@anlan/contracts';
import { useCore } from '../data/react.js';
import { momentText } from '../data/server-clock.js';
import { Dialog } from '../parts/dialog.js';
import { LevelBadge } from '../parts/level-shape.js';
import { useSpanText } from '../parts/value.js';
import type { FormType, Panel } from './action-desk.js';
import { LONGEST_SHELF_MS, needsSecond, type Command } from './commands.js';
import { useDesk, useDeskState } from './desk-context.js';
import { AlarmNote } from './notes.js';
import { placeText } from './place.js';

/** Whatever the desk asks right now, over any page. */
export function DeskPanels(): ReactNode {
  const { panel } = useDeskState();
  if (panel === null) return null;
  return panel.kind === 'second' ? (
    <SecondPerson key={panel.alarm.id} panel={panel} />
  ) : (
    <CommandForm key={`${panel.alarm.id}-${panel.type}`} type={panel.type} alarm={panel.alarm} />
  );
}

/** Steps offered for a shelf; those beyond the longest of the level fall away. */
const SHELF_STEPS_MS = [900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 86_400_000] as const;
const CAUSES = ['sensor_fault', 'calibration', 'work_nearby', 'interference', 'limit_wrong', 'other'] as const;

type Draft = Readonly<{ text: string; spanMs: number; cause: (typeof CAUSES)[number]; oneShot: boolean }>;

/** The command of a filled form. `now` is server time. */
export function commandOf(type: FormType, draft: Draft, standing: boolean, now: number): Command {
  const shelf = { until: new Date(now + draft.spanMs).toISOString(), reason: draft.text };
  switch (type) {
    case 'comment':
      return { type, comment: draft.text };
    case 'reset':
      return { type, ...(draft.text !== '' && { comment: draft.text }) };
    case 'shelve':
      return { type, ...shelf, oneShot: draft.oneShot };
    case 'markFalse':
      return { type, cause: draft.cause, reason: draft.text, ...(standing && { shelve: shelf }) };
  }
}

function CommandForm({ type, alarm }: Readonly<{ type: FormType; alarm: AlarmJson }>): ReactNode {
  const { t } = useTranslation();
  const { now } = useCore();
  const desk = useDesk();
  const standing = alarm.process !== 'normal';
  const [draft, setDraft] = useState<Draft>({
    text: '',
    spanMs: Math.min(3_600_000, LONGEST_SHELF_MS[alarm.level]),
    cause: 'sensor_fault',
    oneShot: false,
  });
  const textId = useId();
  const needsText = type !== 'reset';
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (needsText && draft.text.trim() === '') return;
    void desk.send(alarm, commandOf(type, { ...draft, text: draft.text.trim() }, standing, now()));
  };
  return (
    <Dialog title={t(`panel.${type}`)} onClose={() => desk.close()}>
      <form className="dialog-body" style={{ padding: 0 }} onSubmit={submit} onKeyDown={sendOnCtrlEnter}>
        <p className="row-wrap">
          <LevelBadge level={alarm.level} />
          <span>{placeText(alarm)}</span>
        </p>
        {type === 'markFalse' && <CauseField value={draft.cause} onChange={(cause) => setDraft({ ...draft, cause })} />}
        {type === 'markFalse' && standing && <p className="notice">⚠ {t('false.standing')}</p>}
        {(type === 'shelve' || (type === 'markFalse' && standing)) && (
          <ShelfField alarm={alarm} draft={draft} onChange={setDraft} now={now()} />
        )}
        <div className="field">
          <label htmlFor={textId}>{t(needsText && type !== 'comment' ? 'panel.reason' : 'panel.comment')}</label>
          <textarea
            id={textId}
            className="input"
            data-first
            required={needsText}
            maxLength={500}
            value={draft.text}
            onChange={({ target }) => setDraft({ ...draft, text: target.value })}
          />
        </div>
        {(type === 'shelve' || type === 'markFalse') && needsSecond(alarm.level) && <p className="dim">{t('second.note')}</p>}
        <AlarmNote alarm={alarm} />
        <div className="dialog-foot">
          <button type="button" className="btn" onClick={() => desk.close()}>
            {t('act.cancel')}
          </button>
          <button type="submit" className="btn btn-primary">
            {t(`act.${type}`)} <kbd>Ctrl ↵</kbd>
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function sendOnCtrlEnter(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}

function CauseField({ value, onChange }: Readonly<{ value: Draft['cause']; onChange(cause: Draft['cause']): void }>): ReactNode {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t('false.cause')}</label>
      <select id={id} className="input" value={value} onChange={({ target }) => onChange(target.value as Draft['cause'])}>
        {CAUSES.map((cause) => (
          <option key={cause} value={cause}>
            {t(`cause.${cause}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

function ShelfField({
  alarm,
  draft,
  onChange,
  now,
}: Readonly<{ alarm: AlarmJson; draft: Draft; onChange(draft: Draft): void; now: number }>): ReactNode {
  const { t } = useTranslation();
  const spanText = useSpanText();
  const id = useId();
  const longest = LONGEST_SHELF_MS[alarm.level];
  return (
    <div className="field">
      <label htmlFor={id}>{t('shelve.until', { longest: spanText(longest) })}</label>
      <select
        id={id}
        className="input"
        value={draft.spanMs}
        onChange={({ target }) => onChange({ ...draft, spanMs: Number(target.value) })}
      >
        {SHELF_STEPS_MS.filter((ms) => ms <= longest).map((ms) => (
          <option key={ms} value={ms}>
            {spanText(ms)} · {momentText(now + ms).slice(5, 16)}
          </option>
        ))}
      </select>
      <span className="dim">{t('shelve.hint')}</span>
    </div>
  );
}

function SecondPerson({ panel: { alarm, command, refused } }: Readonly<{ panel: Extract<Panel, { kind: 'second' }> }>): ReactNode {
  const { t } = useTranslation();
  const desk = useDesk();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const nameId = useId();
  const passwordId = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void desk.send(alarm, { ...command, secondPerson: { username, password } });
    setPassword('');
  };
  return (
    <Dialog title={t('second.ask')} onClose={() => desk.close()}>
      <form className="dialog-body" style={{ padding: 0 }} onSubmit={submit} autoComplete="off">
        <p className="row-wrap">
          <LevelBadge level={alarm.level} />
          <span>{placeText(alarm)}</span>
        </p>
        <p>{t('second.hint')}</p>
        <div className="field">
          <label htmlFor={nameId}>{t('login.username')}</label>
          <input
            id={nameId}
            className="input"
            data-first
            required
            autoComplete="off"
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
            required
            autoComplete="off"
            aria-invalid={refused !== null}
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        </div>
        {refused !== null && (
          <p className="field-error" role="alert">
            {refused.message} <span className="dim">{refused.code}</span>
          </p>
        )}
        <div className="dialog-foot">
          <button type="button" className="btn" onClick={() => desk.close()}>
            {t('act.cancel')}
          </button>
          <button type="submit" className="btn btn-primary">
            {t('second.agree')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
