import { useMemo, useState, type ReactNode } from 'react';
import type { ImportJson, RuleDetailJson } from '@anlan/contracts';
import { useMutation } from '@tanstack/react-query';
import { useCore } from '../data/react.js';
import { useProblemText } from '../parts/states.js';
import { writtenOf } from './body.js';
import { ChangeDialog } from './change-dialog.js';
import { changedLines } from './changed-lines.js';
import { bodyOf, draftOf, patchOf, type RuleDraft } from './draft.js';
import { EditForm } from './edit-form.js';
import { faultText, faultsOf, fieldId, type Fault } from './faults.js';
import { pathText } from './path-text.js';
import { ShadowPanel } from './shadow-panel.js';
import { TrialPanel } from './trial-panel.js';
import { useSay } from './use-rule-words.js';

type EditProps = Readonly<{ rule: RuleDetailJson; onSaved(word: 'active' | 'waits'): void }>;

/** The rule as a form, and beside it what the edited rule would have said. */
export function EditTab({ rule, onSaved }: EditProps): ReactNode {
  const { say } = useSay();
  const { client } = useCore();
  const problemText = useProblemText();
  // What was written when the editing began: an answer that arrives meanwhile must not move the ground.
  const [{ before, version, untouched }] = useState(() => {
    const written = writtenOf(rule);
    return { before: written, version: rule.version, untouched: bodyOf(draftOf(written), written) };
  });
  const [draft, setDraft] = useState<RuleDraft>(() => draftOf(before));
  const [asked, setAsked] = useState(false);
  const [trialFaults, setTrialFaults] = useState<readonly Fault[]>([]);
  const body = useMemo(() => bodyOf(draft, before), [draft, before]);
  const patch = useMemo(() => patchOf(untouched, body), [untouched, body]);
  const changed = Object.keys(patch).length > 0;
  const path = `/rules/${encodeURIComponent(rule.id)}`;
  const check = useMutation({
    mutationFn: () => client.patch<ImportJson>(`${path}?dryRun=true`, patch),
    onSuccess: () => setAsked(true),
  });
  const faults = [...faultsOf(check.error), ...trialFaults];
  const change = (next: RuleDraft): void => {
    setDraft(next);
    setTrialFaults([]);
    if (check.error !== null) check.reset();
  };
  return (
    <div className="rule-columns">
      <form
        className="rule-column"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (changed && !check.isPending) check.mutate();
        }}
      >
        {rule.version !== version && <p className="notice">{say('edit.moved')}</p>}
        {rule.pendingChange !== null && <p className="notice">{say('edit.supersedes')}</p>}
        {faults.length > 0 && <FaultSummary faults={faults} draft={draft} />}
        {check.error !== null && faultsOf(check.error).length === 0 && (
          <p className="notice" role="alert">
            ⚠ {problemText(check.error)}
          </p>
        )}
        <EditForm rule={rule} before={before} body={changed ? body : null} draft={draft} faults={faults} onChange={change} />
        <div className="row-wrap edit-foot panel">
          <span className="dim" id="edit-why">
            {say(changed ? 'edit.changed' : 'edit.unchanged')}
          </span>
          <span className="rules-fill" />
          <button type="button" className="btn" disabled={!changed} onClick={() => change(draftOf(before))}>
            {say('edit.revert')}
          </button>
          <button type="submit" className="btn btn-primary" disabled={!changed || check.isPending} aria-describedby="edit-why">
            {say('edit.save')}
          </button>
        </div>
      </form>
      <div className="rule-column">
        <TrialPanel rule={rule} body={body} changed={changed} onFaults={setTrialFaults} />
        <ShadowPanel rule={rule} body={body} onFaults={setTrialFaults} />
      </div>
      {asked && (
        <ChangeDialog
          title={say('edit.saveTitle', { name: rule.id })}
          word={say('edit.save')}
          lines={changedLines(untouched, body)}
          tryOut={() => client.patch(`${path}?dryRun=true`, patch)}
          send={(reason) => client.patch(path, { ...patch, reason })}
          onDone={({ pending }) => onSaved(pending.length > 0 ? 'waits' : 'active')}
          onClose={() => setAsked(false)}
        />
      )}
    </div>
  );
}

/** All that the platform found wrong, each leading to its field. */
function FaultSummary({ faults, draft }: Readonly<{ faults: readonly Fault[]; draft: RuleDraft }>): ReactNode {
  const { say } = useSay();
  return (
    <div className="notice" role="alert">
      <p className="strong">⚠ {say('edit.faults', { n: faults.length })}</p>
      <ul className="fault-list">
        {faults.map((fault) => (
          <li key={fault.path + fault.code}>
            <button type="button" className="link-button fault-link" onClick={() => focusField(fault.path)}>
              <strong>{pathText(fault.path, draft, say)}</strong> {faultText(fault, say)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The field of a path, or the nearest above it. */
function focusField(path: string): void {
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const field = document.getElementById(fieldId(at));
    if (field !== null) return field.focus();
  }
}
