import type { ReactNode } from 'react';
import type { ImportJson } from '@anlan/contracts';
import { LevelBadge, LevelShape } from '../parts/level-shape.js';
import { figure } from '../parts/value.js';
import { useSay } from './use-rule-words.js';

const SHOWN = 12;
type Diff = NonNullable<ImportJson['rules']>[number];

/** What a dry run says: which rules change, level by level, and what has to wait for a second person. */
export function WhatBecomes({
  answer,
  isTold = false,
}: Readonly<{ answer: ImportJson; /** The change itself stands above. */ isTold?: boolean }>): ReactNode {
  const { say } = useSay();
  const rules = answer.rules ?? [];
  return (
    <div className="what-becomes">
      {answer.pending.length > 0 && (
        <div className="notice">
          <p>{say('becomes.waits')}</p>
          <p className="row-wrap">
            {[...new Set(answer.pending.flatMap(({ levels }) => levels))].map((level) => (
              <LevelBadge key={level} level={level} size={14} />
            ))}
          </p>
        </div>
      )}
      {!isTold && rules.length === 0 && answer.pending.length === 0 && <p className="dim">{say('becomes.nothing')}</p>}
      <ul className="becomes-list">
        {rules.slice(0, SHOWN).map((diff) => (
          <RuleDiff key={diff.ruleId} diff={diff} waits={answer.pending.some(({ ruleId }) => ruleId === diff.ruleId)} />
        ))}
      </ul>
      {rules.length > SHOWN && <p className="dim">{say('approvals.more', { n: rules.length - SHOWN })}</p>}
      {answer.warnings.map(({ path, message }) => (
        <p key={path + message} className="dim">
          ⚠ {path} {message}
        </p>
      ))}
    </div>
  );
}

function RuleDiff({ diff, waits }: Readonly<{ diff: Diff; waits: boolean }>): ReactNode {
  const { say } = useSay();
  return (
    <li>
      <p>
        <strong>{diff.ruleId}</strong>{' '}
        <span className="dim">
          {diff.from === null
            ? say('becomes.new')
            : diff.to === null
              ? say('becomes.gone')
              : say('becomes.version', { from: diff.from, to: diff.to })}
        </span>{' '}
        {waits && <span className="tag">{say('ruleState.pending')}</span>}
      </p>
      {diff.levels.length === 0 && diff.from !== null && diff.to !== null && <p className="dim">{say('becomes.sameLimits')}</p>}
      {diff.levels.map(({ level, from, to }) => (
        <p key={level} className="row-wrap">
          <LevelShape level={level} size={14} /> {say(`level.${level}`)} <del className="num">{limitText(from)}</del> →{' '}
          <ins className="num">{limitText(to)}</ins>
        </p>
      ))}
    </li>
  );
}

function limitText(limit: Diff['levels'][number]['from']): string {
  if (limit === null) return '—';
  return typeof limit === 'number' ? figure(limit) : limit.map(figure).join(' / ');
}
