import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { ALARM_LEVELS, type AlarmLevel, type EntityJson, type ImportJson } from '@anlan/contracts';
import { useCore } from '../data/react.js';
import { fieldOfMoment, momentOfField } from '../data/server-clock.js';
import { Dialog } from '../parts/dialog.js';
import { LevelBadge } from '../parts/level-shape.js';
import { textOf } from './body.js';
import { ChangeDialog } from './change-dialog.js';
import { changedLines } from './changed-lines.js';
import { useSay } from './use-rule-words.js';

type Draft = Readonly<{ from: string; source: string; numbers: Readonly<Record<AlarmLevel, string>> }>;

/** The body of a PATCH that adds a version to a limit. */
export function withVersion(limit: EntityJson, { from, source, numbers }: Draft): EntityJson {
  const before: readonly unknown[] = Array.isArray(limit['versions']) ? limit['versions'] : [];
  const given = ALARM_LEVELS.flatMap((level) => (numbers[level].trim() === '' ? [] : [[level, Number(numbers[level])] as const]));
  return { versions: [...before, { from: momentOfField(from), ...Object.fromEntries(given), source: source.trim() }] };
}

type FormProps = Readonly<{ limit: EntityJson; onClose(): void; onDone(answer: ImportJson): void }>;

/** A new version of an asset's limit: numbers, from when, and by whose word. What stood before stays in its time. */
export function LimitForm({ limit, onClose, onDone }: FormProps): ReactNode {
  const { say } = useSay();
  const { client, now } = useCore();
  const [draft, setDraft] = useState<Draft>({
    from: fieldOfMoment(now() + 60_000),
    source: '',
    numbers: { blue: '', yellow: '', orange: '', red: '' },
  });
  const [asked, setAsked] = useState(false);
  const [fromId, sourceId] = [useId(), useId()];
  const path = `/limits/${encodeURIComponent(textOf(limit['id']) ?? '')}`;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setAsked(true);
  };
  if (asked)
    return (
      <ChangeDialog
        title={say('limits.add')}
        word={say('edit.save')}
        lines={changedLines(limit, { ...limit, ...withVersion(limit, draft) })}
        tryOut={() => client.patch(`${path}?dryRun=true`, withVersion(limit, draft))}
        send={(reason) => client.patch(path, { ...withVersion(limit, draft), reason })}
        onDone={onDone}
        onClose={() => setAsked(false)}
      />
    );
  return (
    <Dialog title={say('limits.add')} onClose={onClose}>
      <form className="dialog-body" style={{ padding: 0 }} onSubmit={submit}>
        <div className="field">
          <label htmlFor={fromId}>{say('limits.from')}</label>
          <input
            id={fromId}
            className="input"
            type="datetime-local"
            required
            value={draft.from}
            onChange={({ target }) => setDraft({ ...draft, from: target.value })}
          />
        </div>
        <div className="limit-numbers">
          {[...ALARM_LEVELS].reverse().map((level) => (
            <label key={level} className="field">
              <LevelBadge level={level} size={14} />
              <input
                className="input num"
                inputMode="decimal"
                pattern="-?[0-9]*[.]?[0-9]+"
                value={draft.numbers[level]}
                onChange={({ target }) => setDraft({ ...draft, numbers: { ...draft.numbers, [level]: target.value } })}
              />
            </label>
          ))}
        </div>
        <div className="field">
          <label htmlFor={sourceId}>{say('limits.source')}</label>
          <input
            id={sourceId}
            className="input"
            required
            maxLength={500}
            value={draft.source}
            onChange={({ target }) => setDraft({ ...draft, source: target.value })}
          />
        </div>
        <div className="dialog-foot">
          <button type="button" className="btn" onClick={onClose}>
            {say('act.cancel')}
          </button>
          <button type="submit" className="btn btn-primary">
            {say('edit.check')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
