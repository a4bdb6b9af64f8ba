import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ImportJson } from '@anlan/contracts';
import { useCore } from '../data/react.js';
import { Dialog } from '../parts/dialog.js';
import { Loading, useProblemText } from '../parts/states.js';
import type { ChangedLine } from './changed-lines.js';
import { ChangedLines } from './difference.js';
import { faultText, faultsOf } from './faults.js';
import { WhatBecomes } from './what-becomes.js';
import { useSay } from './use-rule-words.js';

type DialogProps = Readonly<{
  title: string;
  /** The button that does it. */
  word: string;
  hint?: ReactNode;
  /** What changes of the entry itself, value by value. */
  lines?: readonly ChangedLine[];
  /** What has to be typed before it can be done: the name of what goes. */
  typed?: string;
  /** The reason need not be given again. */
  reason?: string;
  tryOut(): Promise<ImportJson>;
  send(reason: string): Promise<ImportJson>;
  onDone(answer: ImportJson): void;
  onClose(): void;
}>;

/** Asks once more before a rule is changed: first what it would come to, then why. Says when a second person has to agree. */
export function ChangeDialog({
  title,
  word,
  hint,
  lines = [],
  typed,
  reason: known,
  tryOut,
  send,
  onDone,
  onClose,
}: DialogProps): ReactNode {
  const { say } = useSay();
  const { queries } = useCore();
  const problemText = useProblemText();
  const [reason, setReason] = useState(known ?? '');
  const [name, setName] = useState('');
  const [reasonId, nameId, key] = [useId(), useId(), useId()];
  const trial = useQuery({ queryKey: ['dry-run', key], retry: false, gcTime: 0, staleTime: Infinity, queryFn: tryOut });
  const change = useMutation({
    mutationFn: send,
    onSuccess: onDone,
    onSettled: () =>
      Promise.all(['rules', 'rule', 'limit', 'rule-changes', 'overview'].map((each) => queries.invalidateQueries({ queryKey: [each] }))),
  });
  const ready = trial.data !== undefined && !change.isPending && (typed === undefined || name === typed);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready && reason.trim() !== '') change.mutate(reason.trim());
  };
  const failure = change.error ?? trial.error;
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="dialog-body" style={{ padding: 0 }} onSubmit={submit}>
        {hint !== undefined && <p>{hint}</p>}
        {lines.length > 0 && (
          <div className="change-lines">
            <ChangedLines lines={lines} />
          </div>
        )}
        {trial.data === undefined && trial.error === null && <Loading rows={2} />}
        {trial.data !== undefined && <WhatBecomes answer={trial.data} isTold={lines.length > 0} />}
        {failure !== null && (
          <div className="notice" role="alert">
            ⚠ {faultsOf(failure).length === 0 ? problemText(failure) : say('edit.refused')}
            {faultsOf(failure).map((fault) => (
              <p key={fault.path + fault.code}>
                {fault.path} {faultText(fault, say)}
              </p>
            ))}
          </div>
        )}
        {typed !== undefined && (
          <div className="field">
            <label htmlFor={nameId}>{say('act.typeName', { name: typed })}</label>
            <input id={nameId} className="input" autoComplete="off" value={name} onChange={({ target }) => setName(target.value)} />
          </div>
        )}
        {known === undefined && (
          <div className="field">
            <label htmlFor={reasonId}>{say('act.why')}</label>
            <textarea
              id={reasonId}
              className="input"
              data-first
              required
              maxLength={500}
              value={reason}
              onChange={({ target }) => setReason(target.value)}
            />
          </div>
        )}
        <div className="dialog-foot">
          <button type="button" className="btn" onClick={onClose}>
            {say('act.cancel')}
          </button>
          <button type="submit" className="btn btn-primary" disabled={!ready}>
            {word}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
