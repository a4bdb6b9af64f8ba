import type { ReactNode } from 'react';
import { ALARM_LEVELS } from '@anlan/contracts';
import { LevelBadge } from '../parts/level-shape.js';
import { kindOf } from './body.js';
import { asNumbers, freshLevel, ordered, type LevelDraft, type LevelField } from './draft.js';
import { Field } from './field.js';
import type { FormProps } from './form-props.js';
import { referenceText } from './level-table.js';
import { hasFigures, limitUnit } from './sentence.js';
import { useSay } from './use-rule-words.js';

const SIDES = ['high', 'low', 'both'] as const;

/** The ladder as a table of fields: one row a colour. */
export function LevelFields({ rule, draft, faults, onChange }: FormProps): ReactNode {
  const { say } = useSay();
  const kind = kindOf(rule);
  const unit = kind === 'forecast' ? say('unit.hours') : limitUnit(rule, say);
  const limits: readonly LevelField[] = !hasFigures(kind) ? [] : draft.side === 'both' && kind === 'threshold' ? ['low', 'high'] : ['at'];
  const columns: readonly LevelField[] = [...limits, 'deadband', 'onDelay', 'onCount', 'offDelay', 'offCount'];
  const put = (index: number, level: LevelDraft): void =>
    onChange({ ...draft, levels: draft.levels.map((one, i) => (i === index ? level : one)) });
  const fresh = freshLevel(draft);
  return (
    <section className="panel block">
      <div className="row-wrap">
        <h2>
          {say('rule.limits')} {unit !== '' && <span className="dim">({unit})</span>}
        </h2>
        <span className="rules-fill" />
        {kind === 'threshold' && (
          <div className="chips" role="group" aria-label={say('efield.side')}>
            {SIDES.map((side) => (
              <button
                key={side}
                type="button"
                className="chip"
                aria-pressed={draft.side === side}
                onClick={() => onChange({ ...draft, side })}
              >
                {say(`side.${side}`)}
              </button>
            ))}
          </div>
        )}
      </div>
      <div className="level-fields">
        {draft.levels.map((level, i) => (
          <fieldset key={level.level} className="level-field">
            <legend>
              <LevelBadge level={level.level} size={14} />
            </legend>
            {columns.map((key) =>
              level.reference !== null && limits.includes(key) ? (
                <div key={key} className="field">
                  <span>{say(`ruleField.${key}`)}</span>
                  <p>{referenceText(level.reference, say)}</p>
                  <button
                    type="button"
                    className="btn"
                    onClick={() =>
                      put(
                        i,
                        asNumbers(
                          level,
                          rule.limits.find((one) => one.level === level.level),
                        ),
                      )
                    }
                  >
                    {say('level.toNumber')}
                  </button>
                </div>
              ) : (
                <Field
                  key={key}
                  path={`/levels/${i}/${key}`}
                  label={say(`ruleField.${key}`)}
                  value={level[key]}
                  faults={faults}
                  number
                  placeholder={placeholderOf(key)}
                  onChange={(text) => put(i, { ...level, [key]: text })}
                />
              ),
            )}
            <div className="level-ends">
              <label className="row-wrap">
                <input type="checkbox" checked={level.latching} onChange={({ target }) => put(i, { ...level, latching: target.checked })} />
                {say('ruleField.latching')}
              </label>
              <button
                type="button"
                className="btn btn-plain"
                disabled={draft.levels.length === 1}
                onClick={() => onChange({ ...draft, levels: draft.levels.filter((_, at) => at !== i) })}
              >
                {say('level.remove', { level: say(`level.${level.level}`) })}
              </button>
            </div>
          </fieldset>
        ))}
      </div>
      {fresh !== null && kind !== 'vote' && kind !== 'accel' && (
        <div className="row-wrap">
          <span className="dim">{say('level.add')}</span>
          {[...ALARM_LEVELS]
            .reverse()
            .filter((level) => !draft.levels.some((one) => one.level === level))
            .map((level) => (
              <button
                key={level}
                type="button"
                className="btn"
                onClick={() => onChange({ ...draft, levels: ordered([...draft.levels, { ...fresh, level }]) })}
              >
                <LevelBadge level={level} size={14} />
              </button>
            ))}
        </div>
      )}
      <p className="dim field-hint">{say('edit.spanHint')}</p>
    </section>
  );
}

function placeholderOf(key: LevelField): string {
  switch (key) {
    case 'onDelay':
    case 'offDelay':
      return '0';
    case 'onCount':
    case 'offCount':
      return '1';
    case 'deadband':
    case 'at':
    case 'high':
    case 'low':
      return '';
  }
}
