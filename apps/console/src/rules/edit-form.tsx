import type { ReactNode } from 'react';
import { kindOf, numbersOf } from './body.js';
import type { FormProps } from './form-props.js';
import { Field } from './field.js';
import { HoursFields } from './hours-fields.js';
import { LevelFields } from './level-fields.js';
import { paramChoices, paramWord } from './params.js';
import { sentencesOf } from './sentence.js';
import { useSay } from './use-rule-words.js';

/** All that can be changed of a rule. The platform checks it; what it says stands at the field. */
export function EditForm(props: FormProps): ReactNode {
  const { rule, before, body, draft, faults, onChange } = props;
  const { say, english } = useSay();
  const kind = kindOf(rule);
  const ladder = kind !== 'health';
  const field = (key: 'name' | 'source' | 'description' | 'maxGap', more: Readonly<{ lines?: boolean; hint?: string }> = {}): ReactNode => (
    <Field
      path={`/${key}`}
      label={say(`efield.${key}`)}
      value={draft[key]}
      faults={faults}
      onChange={(text) => onChange({ ...draft, [key]: text })}
      {...more}
    />
  );
  return (
    <>
      <section className="panel block rule-sentence">
        <h2>
          {say('edit.now')} {body !== null && <span className="tag">{say('edit.then')}</span>}
        </h2>
        {sentencesOf({ rule: body === null ? rule : { ...body, watch: rule.watch, limits: numbersOf(body, rule) }, say, english }).map(
          (sentence) => (
            <p key={sentence}>{sentence}</p>
          ),
        )}
      </section>
      {draft.levels.length > 0 && <LevelFields {...props} />}
      {Object.keys(draft.params).length > 0 && (
        <section className="panel block">
          <h2>{say(`ruleKind.${kind}`)}</h2>
          <div className="field-grid">
            {Object.entries(draft.params).map(([key, text]) => {
              const choices = paramChoices(key, before[key], say);
              return (
                <Field
                  key={key}
                  path={`/${key}`}
                  label={paramWord(key, say)}
                  value={text}
                  faults={faults}
                  lines={typeof before[key] === 'object'}
                  {...(choices !== undefined && { choices })}
                  onChange={(next) => onChange({ ...draft, params: { ...draft.params, [key]: next } })}
                />
              );
            })}
          </div>
        </section>
      )}
      {ladder && <HoursFields draft={draft} faults={faults} onChange={onChange} />}
      <section className="panel block">
        <h2>{say('edit.about')}</h2>
        {field('name')}
        {field('source', { hint: say('edit.sourceHint') })}
        {field('description', { lines: true })}
        {ladder && (
          <div className="field-grid">
            <Field
              path="/quality"
              label={say('efield.quality')}
              value={draft.quality}
              faults={faults}
              choices={(['pause', 'reset', 'hold'] as const).map((one) => [one, say(`quality.gate.${one}`)] as const)}
              onChange={(quality) => onChange({ ...draft, quality })}
            />
            {field('maxGap', { hint: say('edit.maxGapHint') })}
          </div>
        )}
      </section>
    </>
  );
}
