import { useState, type ReactNode } from 'react';
import type { RulePointJson } from '@anlan/contracts';
import { momentText } from '../data/server-clock.js';
import { LevelBadge } from '../parts/level-shape.js';
import { useSpanText } from '../parts/value.js';
import type { Bar } from './trial-bars.js';
import { useSay } from './use-rule-words.js';

const SHOWN = 8;
const MOST = 200;

type ListProps = Readonly<{ bars: readonly Bar[]; points: readonly RulePointJson[]; chosen: string | null; onChoose(bar: Bar): void }>;

/** Every episode as a line, what differs first. A line leads to its readings. */
export function EpisodeList({ bars, points, chosen, onChoose }: ListProps): ReactNode {
  const { say } = useSay();
  const spanText = useSpanText();
  const [all, setAll] = useState(false);
  // What both say stands once: as the tried rule says it.
  const told = bars.filter(({ lane, sort }) => lane === 'now' || sort === 'lost');
  const sorted = [...told].sort((a, b) => Number(a.sort === 'same') - Number(b.sort === 'same') || a.from - b.from).slice(0, MOST);
  const placeOf = (id: string): string => {
    const point = points.find((one) => one.id === id);
    return point === undefined ? id : `${point.assetName} · ${point.name}`;
  };
  return (
    <div>
      <ul className="episode-list">
        {sorted.slice(0, all ? MOST : SHOWN).map((bar) => (
          <li key={bar.key}>
            <button type="button" className="episode" aria-pressed={bar.key === chosen} onClick={() => onChoose(bar)}>
              <LevelBadge level={bar.level} size={14} />
              <span className="num">{momentText(bar.from).slice(5, 16)}</span>
              <span className="cut">{placeOf(bar.pointId)}</span>
              <span className="dim num">{spanText(bar.to - bar.from)}</span>
              {bar.sort === 'same' ? <span /> : <span className="tag">{say(`trial.${bar.sort}`)}</span>}
            </button>
          </li>
        ))}
      </ul>
      {sorted.length > SHOWN && (
        <button type="button" className="btn btn-plain" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? say('trial.fewer') : say('trial.all', { n: sorted.length })}
        </button>
      )}
    </div>
  );
}
