import type { MouseEvent, ReactNode } from 'react';
import type { RulePointJson } from '@anlan/contracts';
import { momentText } from '../data/server-clock.js';
import { LevelShape } from '../parts/level-shape.js';
import { percentOf, pointsOf, type Bar, type Span } from './trial-bars.js';
import { useSay } from './use-rule-words.js';

const MOST_POINTS = 12;
const TICKS = [0, 25, 50, 75, 100] as const;

type LanesProps = Readonly<{
  bars: readonly Bar[];
  span: Span;
  points: readonly RulePointJson[];
  chosen: string | null;
  compared: boolean;
  onChoose(bar: Bar): void;
}>;

/** A time line of each point: the edited rule above, the standing one below. A bar leads to its readings. */
export function EpisodeLanes({ bars, span, points, chosen, compared, onChoose }: LanesProps): ReactNode {
  const { say } = useSay();
  const { shown, left } = pointsOf(bars, MOST_POINTS);
  return (
    <div className="lanes">
      {shown.map((pointId) => {
        const point = points.find(({ id }) => id === pointId);
        return (
          <div key={pointId} className="lane-point">
            <p className="cut">{point === undefined ? pointId : `${point.assetName} · ${point.name}`}</p>
            {(compared ? (['now', 'before'] as const) : (['now'] as const)).map((lane) => (
              <Lane
                key={lane}
                lane={lane}
                bars={bars.filter((bar) => bar.pointId === pointId && bar.lane === lane)}
                span={span}
                chosen={chosen}
                compared={compared}
                onChoose={onChoose}
              />
            ))}
          </div>
        );
      })}
      <div className="lane-axis" aria-hidden="true">
        {TICKS.map((tick) => (
          <span key={tick} className="num" style={{ left: `${tick}%` }}>
            {momentText(span.from + ((span.to - span.from) * tick) / 100).slice(5, 16)}
          </span>
        ))}
      </div>
      {left > 0 && <p className="dim">{say('trial.morePoints', { n: left })}</p>}
      {compared && (
        <p className="row-wrap dim lane-key">
          <span className="lane-bar-key lane-gained" /> {say('trial.gained')}
          <span className="lane-bar-key lane-lost" /> {say('trial.lost')}
          <span className="lane-bar-key" /> {say('trial.same')}
        </p>
      )}
    </div>
  );
}

type LaneProps = Pick<LanesProps, 'bars' | 'span' | 'chosen' | 'compared' | 'onChoose'> & Readonly<{ lane: Bar['lane'] }>;

/** How far from a bar, in px, a click still means it. */
const REACH_PX = 16;

/** For the eye and the mouse; the list of episodes says the same to everybody. */
function Lane({ lane, bars, span, chosen, compared, onChoose }: LaneProps): ReactNode {
  const { say } = useSay();
  const pick = ({ clientX, currentTarget }: MouseEvent<HTMLElement>): void => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const away = ({ from, to }: Bar): number => {
      const [start, end] = [percentOf(from, span), percentOf(to, span)].map((percent) => left + (percent / 100) * width) as [
        number,
        number,
      ];
      return clientX < start ? start - clientX : Math.max(0, clientX - end);
    };
    const nearest = [...bars].sort((a, b) => away(a) - away(b))[0];
    if (nearest !== undefined && away(nearest) <= REACH_PX) onChoose(nearest);
  };
  return (
    <div className="lane" aria-hidden="true">
      {compared && <span className="lane-name dim">{say(`trial.lane.${lane}`)}</span>}
      <div className="lane-track" onClick={pick}>
        {bars.map((bar) => (
          <span
            key={bar.key}
            className={`lane-bar lane-${bar.level} lane-${bar.sort}${chosen === bar.key ? ' lane-chosen' : ''}`}
            style={{ left: `${percentOf(bar.from, span)}%`, width: `${percentOf(bar.to, span) - percentOf(bar.from, span)}%` }}
          >
            <LevelShape level={bar.level} size={12} />
          </span>
        ))}
      </div>
    </div>
  );
}
