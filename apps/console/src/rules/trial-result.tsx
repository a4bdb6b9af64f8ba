import { useMemo, useState, type ReactNode } from 'react';
import { ALARM_LEVELS, type EntityJson, type LevelCountsJson, type RuleDetailJson } from '@anlan/contracts';
import type { Happening } from '../chart/chart-paint.js';
import { momentText } from '../data/server-clock.js';
import { LevelBadge } from '../parts/level-shape.js';
import { figure, useSpanText } from '../parts/value.js';
import { chartLimits, numbersOf } from './body.js';
import { EpisodeList } from './episode-list.js';
import { EpisodeLanes } from './episode-lanes.js';
import { PointChart } from './point-chart.js';
import { barsOf, medianLaterS, type Bar, type Difference, type Report, type Span } from './trial-bars.js';
import { useSay } from './use-rule-words.js';

type ResultProps = Readonly<{ rule: RuleDetailJson; body: EntityJson; report: Report; difference: Difference | null; span: Span }>;

/** The report as people read it: more or fewer, when, how early, and how often somebody would have been called. */
export function TrialResult({ rule, body, report, difference, span }: ResultProps): ReactNode {
  const { say } = useSay();
  const [chosen, setChosen] = useState<Bar | null>(null);
  const bars = useMemo(() => barsOf(report, difference, span), [report, difference, span.from, span.to]);
  return (
    <div className="trial-result">
      <Headline report={report} difference={difference} />
      <Counts now={report.byLevel} before={difference?.before ?? null} />
      {bars.length === 0 ? (
        report.readings === 0 && <p className="dim">{say('trial.noReadings')}</p>
      ) : (
        <>
          <EpisodeLanes
            bars={bars}
            span={span}
            points={rule.points}
            chosen={chosen?.key ?? null}
            compared={difference !== null}
            onChoose={setChosen}
          />
          <EpisodeList bars={bars} points={rule.points} chosen={chosen?.key ?? null} onChoose={setChosen} />
        </>
      )}
      {chosen !== null && <Chosen bar={chosen} rule={rule} body={body} span={span} />}
      <Load report={report} />
      {report.events !== null && <Events events={report.events} />}
      {report.dropped > 0 && <p className="dim">{say('trial.dropped', { n: report.dropped })}</p>}
    </div>
  );
}

function Headline({ report, difference }: Pick<ResultProps, 'report' | 'difference'>): ReactNode {
  const { say, english } = useSay();
  const spanText = useSpanText();
  const total = ALARM_LEVELS.reduce((sum, level) => sum + report.byLevel[level], 0);
  if (difference === null) return <p className="trial-headline">{say('trial.alone', { n: total })}</p>;
  const [gained, lost, same] = [difference.onlyNow.length, difference.onlyBefore.length, difference.shared.length];
  const later = medianLaterS(difference);
  return (
    <p className="trial-headline" role="status">
      {gained + lost + same === 0
        ? say('trial.silent')
        : gained === 0 && lost === 0
          ? say('trial.asBefore', { same })
          : say('trial.headline', { gained, lost, same })}
      {later !== null &&
        later !== 0 &&
        `${english ? ' ' : ''}${say(later > 0 ? 'trial.later' : 'trial.earlier', { span: spanText(Math.abs(later) * 1_000) })}`}
    </p>
  );
}

function Counts({ now, before }: Readonly<{ now: LevelCountsJson; before: LevelCountsJson | null }>): ReactNode {
  const { say } = useSay();
  return (
    <table className="table table-counts">
      <thead>
        <tr>
          <th scope="col">{say('lvcol.level')}</th>
          {before !== null && (
            <th scope="col" className="right">
              {say('trial.lane.before')}
            </th>
          )}
          <th scope="col" className="right">
            {say('trial.lane.now')}
          </th>
          {before !== null && (
            <th scope="col" className="right">
              {say('trial.more')}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {[...ALARM_LEVELS].reverse().map((level) => (
          <tr key={level}>
            <td>
              <LevelBadge level={level} size={14} />
            </td>
            {before !== null && <td className="right num">{before[level]}</td>}
            <td className="right num strong">{now[level]}</td>
            {before !== null && <td className="right num">{signed(now[level] - before[level])}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function signed(n: number): string {
  return n === 0 ? '0' : n > 0 ? `+${n}` : `−${-n}`;
}

const HOUR_MS = 3_600_000;

function Chosen({ bar, rule, body, span }: Readonly<{ bar: Bar; rule: RuleDetailJson; body: EntityJson; span: Span }>): ReactNode {
  const { say, english } = useSay();
  const spanText = useSpanText();
  const point = rule.points.find(({ id }) => id === bar.pointId);
  const limits = useMemo(
    () => (bar.lane === 'now' ? chartLimits({ ...body, limits: numbersOf(body, rule) }) : chartLimits(rule)),
    [bar.lane, body, rule],
  );
  const room = Math.min(12 * HOUR_MS, Math.max(HOUR_MS / 2, bar.to - bar.from));
  const first = bar.episode === null ? bar.from : Date.parse(bar.episode.firstBreachAt);
  const happening = useMemo<Happening>(
    () => ({ level: bar.level, firstBreachAt: first, raisedAt: bar.from, endedAt: bar.to, ackedAt: null, now: bar.to }),
    [bar, first],
  );
  return (
    <div className="trial-chosen">
      <p className="row-wrap">
        <LevelBadge level={bar.level} size={14} />
        <span>{say(`trial.lane.${bar.lane}`)}</span>
        <span className="num">{momentText(bar.from)}</span>
        <span className="dim">{spanText(bar.to - bar.from)}</span>
        {bar.sort !== 'same' && <span className="tag">{say(`trial.${bar.sort}`)}</span>}
      </p>
      {bar.episode !== null && <p className="dim">{english ? bar.episode.reason.en : bar.episode.reason.zh}</p>}
      {point !== undefined && (
        <PointChart
          point={point}
          limits={limits}
          from={Math.max(span.from, first - room)}
          to={Math.min(span.to, bar.to + room)}
          happening={happening}
          height={200}
        />
      )}
    </div>
  );
}

function Load({ report: { load, readings } }: Pick<ResultProps, 'report'>): ReactNode {
  const { say } = useSay();
  const percent = (share: number): string => figure(share * 100);
  return (
    <p className="dim">
      {say('trial.load', {
        mean: load.mean > 0 && load.mean < 0.01 ? '< 0.01' : figure(load.mean),
        most: load.most,
        two: percent(load.overTwo),
        ten: percent(load.overTen),
      })}{' '}
      {say('trial.readings', { n: readings })}
    </p>
  );
}

function Events({ events: { found, missed, falseAlarms } }: Readonly<{ events: NonNullable<Report['events']> }>): ReactNode {
  const { say } = useSay();
  const spanText = useSpanText();
  return (
    <div>
      <h3>{say('trial.events', { found: found.length, missed: missed.length, extra: falseAlarms })}</h3>
      <ul className="point-list">
        {found.map((event) => (
          <li key={event.from + (event.name ?? '')} className="rule-alarm">
            <LevelBadge level={event.level} size={14} />
            <span className="cut">{event.name ?? momentText(Date.parse(event.from))}</span>
            <span className="num">
              {say(event.leadS >= 0 ? 'trial.lead' : 'trial.behind', { span: spanText(Math.abs(event.leadS) * 1_000) })}
            </span>
          </li>
        ))}
        {missed.map((event) => (
          <li key={event.from + (event.name ?? '')} className="rule-alarm">
            <span className="tag hatch">{say('trial.missed')}</span>
            <span className="cut">{event.name ?? ''}</span>
            <span className="num">{momentText(Date.parse(event.from))}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
