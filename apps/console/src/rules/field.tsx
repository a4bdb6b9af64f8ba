import type { ReactNode } from 'react';
import { faultText, faultsAt, fieldId, type Fault } from './faults.js';
import { useSay } from './use-rule-words.js';

type FieldProps = Readonly<{
  path: string;
  label: ReactNode;
  value: string;
  faults: readonly Fault[];
  onChange(text: string): void;
  hint?: string;
  choices?: readonly (readonly [string, string])[];
  lines?: boolean;
  number?: boolean;
  placeholder?: string;
  /** The label is read, not shown: a heading over the column says it. */
  quiet?: boolean;
  spoken?: string;
}>;

/** One field of a rule with what the platform said of it underneath. */
export function Field({
  path,
  label,
  value,
  faults,
  onChange,
  hint,
  choices,
  lines = false,
  number = false,
  placeholder,
  quiet = false,
  spoken,
}: FieldProps): ReactNode {
  const { say } = useSay();
  const own = faultsAt(faults, path);
  const id = fieldId(path);
  const shared = {
    id,
    className: number ? 'input num' : 'input',
    value,
    'aria-invalid': own.length > 0,
    ...(quiet && { 'aria-label': spoken }),
    ...(own.length > 0 ? { 'aria-describedby': `${id}-fault` } : hint !== undefined ? { 'aria-describedby': `${id}-hint` } : {}),
  };
  return (
    <div className="field">
      {!quiet && <label htmlFor={id}>{label}</label>}
      {choices !== undefined ? (
        <select {...shared} onChange={({ target }) => onChange(target.value)}>
          {(choices.some(([choice]) => choice === value) ? choices : [[value, value] as const, ...choices]).map(([choice, text]) => (
            <option key={choice} value={choice}>
              {text}
            </option>
          ))}
        </select>
      ) : lines ? (
        <textarea {...shared} rows={2} onChange={({ target }) => onChange(target.value)} />
      ) : (
        <input
          {...shared}
          {...(number && { inputMode: 'decimal' as const })}
          placeholder={placeholder}
          autoComplete="off"
          onChange={({ target }) => onChange(target.value)}
        />
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="dim field-hint">
          {hint}
        </p>
      )}
      {own.length > 0 && (
        <p id={`${id}-fault`} className="field-error">
          {own.map((fault) => faultText(fault, say)).join(say('sentence.semicolon'))}
        </p>
      )}
    </div>
  );
}
