import type { ReactNode } from 'react';
import type { RuleDetailJson } from '@anlan/contracts';
import { LevelBadge } from '../parts/level-shape.js';
import { figure } from '../parts/value.js';
import { isBox, kindOf, levelsOf, numberOf, textOf, type Box } from './body.js';
import { durationText, lasts } from './duration.js';
import { hasFigures, limitFigure, limitUnit } from './sentence.js';
import { useSay, type Say } from './use-rule-words.js';

const COLUMNS = ['level', 'limit', 'deadband', 'on', 'off'] as const;

/** The ladder, gravest first: what it takes to raise each colour, and to end it. */
export function LevelTable({ rule }: Readonly<{ rule: RuleDetailJson }>): ReactNode {
  const { say } = useSay();
  const levels = levelsOf(rule);
  const written = new Map(levels.map((level) => [level.level, level]));
  const steps = [...rule.limits].reverse();
  const unit = limitUnit(rule, say);
  const figures = hasFigures(kindOf(rule));
  // Ranks without a word of their own say no more than the sentence above.
  if (steps.length === 0 || (!figures && levels.length === 0)) return null;
  return (
    <section className="panel block">
      <h2>
        {say('rule.limits')} {figures && unit !== '' && <span className="dim">({unit})</span>}
      </h2>
      <div className="table-scroll">
        <table className="table table-levels">
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <th key={column} scope="col">
                  {say(`lvcol.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps.map(({ level, at, high, low }) => {
              const step = written.get(level);
              return (
                <tr key={level}>
                  <td>
                    <LevelBadge level={level} size={14} />
                  </td>
                  <td>
                    {figures ? (
                      <strong className="num">
                        {at === undefined ? `≤ ${figure(low ?? NaN)} / ≥ ${figure(high ?? NaN)}` : limitFigure(rule, at, say)}
                      </strong>
                    ) : (
                      '—'
                    )}
                    {step !== undefined && <Reference step={step} say={say} />}
                  </td>
                  <td className="num">{numberOf(step?.['deadband']) ?? <span className="dim">{say('level.usual')}</span>}</td>
                  <td>{step === undefined ? '—' : waitText(step['onDelay'], step['onCount'], say)}</td>
                  <td>
                    {step === undefined ? '—' : waitText(step['offDelay'], step['offCount'], say)}{' '}
                    {step?.['latching'] === true && <span className="tag">{say('ruleField.latching')}</span>}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** `红色限值 × 1.1`, or the limit of the asset that it follows. */
function Reference({ step, say }: Readonly<{ step: Box; say: Say }>): ReactNode {
  const text = referenceText(step, say);
  return text === null ? null : <span className="dim"> ({text})</span>;
}

export function referenceText(step: Box, say: Say): string | null {
  const limit = textOf(step['limit']);
  if (limit !== undefined) return say('ref.limit', { id: limit });
  const amount = [step['at'], step['high'], step['low']].find(isBox);
  if (amount === undefined) return null;
  const of = isBox(amount['of'])
    ? `${textOf(amount['of']['limit']) ?? ''} ${levelWord(amount['of']['level'], say)}`
    : levelWord(amount['of'], say);
  const plus = numberOf(amount['plus']) ?? 0;
  return say('ref.times', { of, times: numberOf(amount['times']) ?? 1 }) + (plus === 0 ? '' : ` ${plus < 0 ? '−' : '+'} ${Math.abs(plus)}`);
}

function levelWord(value: unknown, say: Say): string {
  const known = (['red', 'orange', 'yellow', 'blue'] as const).find((level) => level === value);
  return known === undefined ? String(value) : say(`level.${known}`);
}

function waitText(delay: unknown, count: unknown, say: Say): string {
  const times = numberOf(count) ?? 1;
  const parts = [...(lasts(delay) ? [durationText(delay, say)] : []), ...(times > 1 ? [say('sentence.times', { n: times })] : [])];
  return parts.length === 0 ? say('level.atOnce') : parts.join(say('sentence.and'));
}
