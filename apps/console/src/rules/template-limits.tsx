import type { ReactNode } from 'react';
import type { TemplateJson } from '@anlan/contracts';
import { LevelShape } from '../parts/level-shape.js';
import { useSay } from './use-rule-words.js';

/** The limits of a template, red first. */
export function TemplateLimits({ template: { levels, unit } }: Readonly<{ template: TemplateJson }>): ReactNode {
  const { say } = useSay();
  if (levels.length === 0) return null;
  return (
    <span className="rule-limits">
      {[...levels].reverse().map(({ level, limit }) => (
        <span key={level} className="rule-limit">
          <LevelShape level={level} size={12} />
          <span className="sr">{say(`level.${level}`)}</span>
          <span className="num">{limit}</span>
        </span>
      ))}
      <span className="dim">{unit}</span>
    </span>
  );
}
