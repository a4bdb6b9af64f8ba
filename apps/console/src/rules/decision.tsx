import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { RuleChangeJson } from '@anlan/contracts';
import { useCore, useUser } from '../data/react.js';
import { momentText } from '../data/server-clock.js';
import { may } from '../data/session.js';
import { Dialog } from '../parts/dialog.js';
import { useProblemText } from '../parts/states.js';
import { Difference } from './difference.js';

type Word = 'approve' | 'reject';

/** What was decided of a change; of a pending one, how long it waits and, for whoever may, the two answers. */
export function Decision({ change }: Readonly<{ change: RuleChangeJson }>): ReactNode {
  const { t } = useTranslation();
  const user = useUser();
  const [asked, setAsked] = useState<Word | null>(null);
  if (change.state !== 'pending')
    return (
      <>
        {t(`changeState.${change.state}`)} <span className="dim">{change.decidedByName ?? change.decidedBy ?? ''}</span>
        {change.comment !== null && <p className="dim">{change.comment}</p>}
      </>
    );
  const isOwn = user !== null && user.id === change.author;
  const mayDecide = !isOwn && may(user, 'decideChange');
  return (
    <>
      {mayDecide ? (
        <span className="row-wrap no-break">
          {(['approve', 'reject'] as const).map((word) => (
            <button key={word} type="button" className="btn" onClick={() => setAsked(word)}>
              {t(`changes.${word}`)}
            </button>
          ))}
        </span>
      ) : (
        t(isOwn ? 'changes.own' : 'changeState.pending')
      )}
      <p className="dim">{t('changes.until', { time: momentText(Date.parse(change.expiresAt)).slice(5, 16) })}</p>
      {asked !== null && <DecisionForm change={change} word={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

/** Asks once more, with what it comes to: a red limit must not be loosened by a slip of the hand. */
function DecisionForm({ change, word, onClose }: Readonly<{ change: RuleChangeJson; word: Word; onClose(): void }>): ReactNode {
  const { t } = useTranslation();
  const { client, queries } = useCore();
  const problemText = useProblemText();
  const [comment, setComment] = useState('');
  const commentId = useId();
  const decide = useMutation({
    mutationFn: (text: string) =>
      client.post(`/rules/changes/${encodeURIComponent(change.id)}/${word}`, text === '' ? {} : { comment: text }),
    onSuccess: onClose,
    onSettled: () => Promise.all(['rule-changes', 'overview', 'rule'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!decide.isPending) decide.mutate(comment.trim());
  };
  return (
    <Dialog title={`${t(`changes.${word}`)} · ${change.entityId}`} onClose={onClose}>
      <form className="dialog-body" style={{ padding: 0 }} onSubmit={submit}>
        <div>
          <Difference change={change} />
        </div>
        <p className="dim">{t(`changes.effect.${word}`)}</p>
        <div className="field">
          <label htmlFor={commentId}>{t('changes.comment')}</label>
          <textarea
            id={commentId}
            className="input"
            data-first
            required={word === 'reject'}
            maxLength={500}
            value={comment}
            onChange={({ target }) => setComment(target.value)}
          />
        </div>
        {decide.error !== null && (
          <p className="notice" role="alert">
            ⚠ {problemText(decide.error)}
          </p>
        )}
        <div className="dialog-foot">
          <button type="button" className="btn" onClick={onClose}>
            {t('act.cancel')}
          </button>
          <button type="submit" className="btn btn-primary" disabled={decide.isPending}>
            {t(`changes.${word}`)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
