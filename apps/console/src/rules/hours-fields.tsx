import type { ReactNode } from 'react';
import type { RuleDraft } from './draft.js';
import { faultText, faultsAt, type Fault } from './faults.js';
import { Field } from './field.js';
import { DAYS, OFFSET, type Hours } from './gate.js';
import { useSay } from './use-rule-words.js';

type HoursProps = Readonly<{ draft: RuleDraft; faults: readonly Fault[]; onChange(draft: RuleDraft): void }>;

/** When the rule may tell: hours of the week, and modes of the asset. */
export function HoursFields({ draft, faults, onChange }: HoursProps): ReactNode {
  const { say } = useSay();
  const put = (index: number, hours: Hours): void =>
    onChange({ ...draft, hours: draft.hours.map((one, i) => (i === index ? hours : one)) });
  return (
    <section className="panel block">
      <h2>{say('edit.when')}</h2>
      {draft.hours.length === 0 && <p className="dim">{say('edit.always')}</p>}
      {draft.hours.map((hours, i) => (
        <HoursRow
          key={i}
          path={draft.hours.length === 1 ? '/active' : `/active/${i}`}
          hours={hours}
          faults={faults}
          onChange={(next) => put(i, next)}
          onRemove={() => onChange({ ...draft, hours: draft.hours.filter((_, at) => at !== i) })}
        />
      ))}
      <div>
        <button
          type="button"
          className="btn"
          onClick={() => onChange({ ...draft, hours: [...draft.hours, { days: DAYS, from: '08:00', to: '18:00', offset: OFFSET }] })}
        >
          {say('edit.addHours')}
        </button>
      </div>
      <Field
        path="/modes"
        label={say('efield.modes')}
        value={draft.modes}
        faults={faults}
        hint={say('edit.modesHint')}
        onChange={(modes) => onChange({ ...draft, modes })}
      />
    </section>
  );
}

type RowProps = Readonly<{ path: string; hours: Hours; faults: readonly Fault[]; onChange(hours: Hours): void; onRemove(): void }>;

function HoursRow({ path, hours, faults, onChange, onRemove }: RowProps): ReactNode {
  const { say } = useSay();
  const own = faultsAt(faults, path);
  return (
    <div className="row-wrap hours-row" role="group" aria-label={say('edit.hours')}>
      <div className="chips">
        {DAYS.map((day) => (
          <button
            key={day}
            type="button"
            className="chip"
            aria-pressed={hours.days.includes(day)}
            onClick={() =>
              onChange({
                ...hours,
                days: hours.days.includes(day) ? hours.days.filter((one) => one !== day) : [...hours.days, day].sort((a, b) => a - b),
              })
            }
          >
            {say(`day.${day}`)}
          </button>
        ))}
      </div>
      {(['from', 'to'] as const).map((end) => (
        <input
          key={end}
          className="input hours-time num"
          aria-label={say(`edit.${end}`)}
          aria-invalid={own.some((fault) => fault.path.endsWith(`/${end}`))}
          value={hours[end]}
          maxLength={5}
          onChange={({ target }) => onChange({ ...hours, [end]: target.value })}
        />
      ))}
      <button type="button" className="btn btn-plain" onClick={onRemove}>
        {say('edit.removeHours')}
      </button>
      {own.length > 0 && <p className="field-error">{own.map((fault) => faultText(fault, say)).join(say('sentence.semicolon'))}</p>}
    </div>
  );
}
