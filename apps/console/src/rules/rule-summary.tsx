import { useMemo, useState, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { rankOf, type RuleDetailJson } from '@anlan/contracts';
import { isOpenJson } from '../data/alarm-store.js';
import { useAlarms, useNow } from '../data/react.js';
import { byText } from '../data/by-text.js';
import { momentText } from '../data/server-clock.js';
import { LevelBadge } from '../parts/level-shape.js';
import { Empty } from '../parts/states.js';
import { Moment } from '../parts/value.js';
import { AssetLimits } from './asset-limits.js';
import { chartLimits, limitIdsOf, textOf } from './body.js';
import { durationText } from './duration.js';
import { LevelTable } from './level-table.js';
import { PointChart } from './point-chart.js';
import { sentencesOf } from './sentence.js';
import { useSay } from './use-rule-words.js';

const DAY_MS = 86_400_000;
const STRETCHES = [
  ['day', DAY_MS],
  ['week', 7 * DAY_MS],
] as const;
/** The chart moves on so often. */
const STEP_MS = 60_000;

/** What the rule does in words, its limits, a point under them, and what it says right now. */
export function RuleSummary({ rule }: Readonly<{ rule: RuleDetailJson }>): ReactNode {
  const limitIds = useMemo(() => limitIdsOf(rule), [rule]);
  return (
    <div className="rule-columns">
      <div className="rule-column">
        <Sentences rule={rule} />
        <LevelTable rule={rule} />
        {limitIds.map((id) => (
          <AssetLimits key={id} id={id} />
        ))}
        <Facts rule={rule} />
      </div>
      <div className="rule-column">
        <RuleChart rule={rule} />
        <OpenAlarms ruleId={rule.id} />
      </div>
    </div>
  );
}

function Sentences({ rule }: Readonly<{ rule: RuleDetailJson }>): ReactNode {
  const { say, english } = useSay();
  return (
    <section className="panel block rule-sentence">
      <h2>{say('rule.does')}</h2>
      {sentencesOf({ rule, say, english }).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {!rule.enabled && <p className="strong">{say(rule.draft ? 'rule.isDraft' : 'rule.isOff')}</p>}
    </section>
  );
}

function Facts({ rule }: Readonly<{ rule: RuleDetailJson }>): ReactNode {
  const { say } = useSay();
  const { sites, siteCount } = rule.watch;
  const rows = [
    [
      'place',
      sites.length === 0
        ? '—'
        : sites.map(({ name }) => name).join(say('sentence.comma')) + (siteCount > sites.length ? ` … (${siteCount})` : ''),
    ],
    ['points', say('watch.points', { n: rule.pointCount })],
    ['scope', scopeText(rule)],
    ['source', textOf(rule['source']) ?? say('rules.noSource')],
    ['description', textOf(rule['description'])],
    ['template', textOf(rule['template'])],
    ['maxGap', rule['maxGap'] === undefined ? undefined : durationText(rule['maxGap'], say)],
    ['validFrom', validText(rule['validFrom'])],
    ['author', `${rule.authorName ?? rule.author} · ${momentText(Date.parse(rule.createdAt))}`],
    ['reason', rule.reason ?? undefined],
    [
      'approvedBy',
      rule.approvedBy === null ? say(rule.unapproved ? 'fact.notApproved' : 'fact.noneNeeded') : (rule.approvedByName ?? rule.approvedBy),
    ],
  ] as const;
  return (
    <section className="panel block">
      <h2>{say('rule.facts')}</h2>
      <dl className="facts">
        {rows.map(
          ([key, value]) =>
            value !== undefined && (
              <div key={key} className="facts-row">
                <dt>{say(`rfact.${key}`)}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}

function validText(value: unknown): string | undefined {
  const at = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isFinite(at) ? momentText(at) : undefined;
}

/** The scope as it is written: a group or selection also takes in points that come later. */
function scopeText(rule: RuleDetailJson): string | undefined {
  const { group, select } = rule as Readonly<Record<string, unknown>>;
  if (typeof group === 'string') return group;
  if (typeof select !== 'object' || select === null) return undefined;
  return Object.entries(select)
    .map(([key, value]) => `${key} = ${String(value)}`)
    .join(', ');
}

function RuleChart({ rule }: Readonly<{ rule: RuleDetailJson }>): ReactNode {
  const { say } = useSay();
  const now = useNow();
  const [pointId, setPointId] = useState(rule.points[0]?.id ?? '');
  const [stretch, setStretch] = useState<(typeof STRETCHES)[number]>(STRETCHES[0]);
  const limits = useMemo(() => chartLimits(rule), [rule]);
  const point = rule.points.find(({ id }) => id === pointId) ?? rule.points[0];
  const to = Math.ceil(now / STEP_MS) * STEP_MS;
  return (
    <section className="panel block">
      <div className="row-wrap">
        <h2>{say('rule.chart')}</h2>
        <span className="rules-fill" />
        {rule.points.length > 1 && (
          <select
            className="input rules-select"
            aria-label={say('rule.point')}
            value={point?.id ?? ''}
            onChange={({ target }) => setPointId(target.value)}
          >
            {rule.points.map(({ id, assetName, name }) => (
              <option key={id} value={id}>
                {assetName} · {name}
              </option>
            ))}
          </select>
        )}
        <div className="chips" role="group" aria-label={say('rule.stretch')}>
          {STRETCHES.map((one) => (
            <button key={one[0]} type="button" className="chip" aria-pressed={one === stretch} onClick={() => setStretch(one)}>
              {say(`stretch.${one[0]}`)}
            </button>
          ))}
        </div>
      </div>
      {point === undefined ? (
        <Empty>{say('rule.noPoint')}</Empty>
      ) : (
        <>
          <p className="dim">
            {point.siteName} · {point.assetName} · {point.name} ({point.unit})
          </p>
          <PointChart point={point} limits={limits} from={to - stretch[1]} to={to} />
          {limits.length === 0 && rule.limits.length > 0 && <p className="dim">{say('rule.chartScore')}</p>}
        </>
      )}
    </section>
  );
}

const SHOWN = 10;

function OpenAlarms({ ruleId }: Readonly<{ ruleId: string }>): ReactNode {
  const { say, english } = useSay();
  const now = useNow();
  const { byId, loaded } = useAlarms();
  const open = useMemo(
    () =>
      [...byId.values()]
        .filter((alarm) => alarm.ruleId === ruleId && isOpenJson(alarm))
        .sort((a, b) => rankOf(b.level) - rankOf(a.level) || byText(b.raisedAt, a.raisedAt)),
    [byId, ruleId],
  );
  return (
    <section className="panel block">
      <h2>
        {say('rule.alarms')} <span className="num">{open.length}</span>
      </h2>
      {open.length === 0 && <p className="dim">{say(loaded ? 'rule.noAlarms' : 'state.loading')}</p>}
      <ul className="point-list">
        {open.slice(0, SHOWN).map((alarm) => (
          <li key={alarm.id} className="rule-alarm">
            <LevelBadge level={alarm.level} size={14} state={alarm.ack === 'unacked' ? 'full' : 'ring'} />
            <Link to="/alarms/$id" params={{ id: alarm.id }} className="cut">
              {alarm.place === null ? alarm.pointId : `${alarm.place.asset} · ${alarm.place.point}`}{' '}
              {english ? alarm.reasonEn : alarm.reason}
            </Link>
            <Moment at={Date.parse(alarm.raisedAt)} now={now} />
          </li>
        ))}
      </ul>
      {open.length > SHOWN && <p className="dim">{say('approvals.more', { n: open.length - SHOWN })}</p>}
    </section>
  );
}
