import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlarmLevel } from '@anlan/contracts';
import { LEVEL_PATH, RING_PATH, type ShapeState } from './level-geometry.js';

type ShapeProps = Readonly<{ level: AlarmLevel; state?: ShapeState; size?: number; blink?: boolean }>;

/** The shape alone; always beside a word. */
export function LevelShape({ level, state = 'full', size = 16, blink = false }: ShapeProps): ReactNode {
  const svg = useRef<SVGSVGElement>(null);
  useEffect(() => {
    // One phase for all: a page of lights out of step is unrest.
    for (const animation of svg.current?.getAnimations?.() ?? []) animation.startTime = 0;
  }, [blink]);
  return (
    <svg
      ref={svg}
      className={`shape shape-${level} shape-${state}${blink ? ' shape-blink' : ''}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      {state === 'full' ? (
        <path className="shape-full-path" d={LEVEL_PATH[level]} />
      ) : (
        <>
          <path className="shape-ring-edge" d={RING_PATH[level]} />
          <path className="shape-ring-fill" d={RING_PATH[level]} />
          {state === 'closed' && <path className="shape-tick" d="M7.5 12.5l3 3.2 6-7.5" />}
        </>
      )}
    </svg>
  );
}

/** Shape and word of a level. */
export function LevelBadge(props: ShapeProps): ReactNode {
  const { t } = useTranslation();
  return (
    <span className="badge">
      <LevelShape {...props} />
      <span>{t(`level.${props.level}`)}</span>
    </span>
  );
}

/** Counts of the four colours, gravest first; zero is shown, for no number may look like no knowledge. */
export function LevelCounts({ counts, size = 14 }: Readonly<{ counts: Readonly<Record<AlarmLevel, number>>; size?: number }>): ReactNode {
  const { t } = useTranslation();
  return (
    <span className="level-counts">
      {(['red', 'orange', 'yellow', 'blue'] as const).map((level) => (
        <span key={level} className={counts[level] === 0 ? 'level-count dim' : 'level-count'}>
          <LevelShape level={level} size={size} />
          <span className="sr">{t(`level.${level}`)} </span>
          <span aria-hidden="true">{t(`level.short.${level}`)}</span>
          <span className="num strong">{counts[level]}</span>
        </span>
      ))}
    </span>
  );
}
