import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { rankOf, type RuleRowJson } from '@anlan/contracts';
import { useLink, useNow } from '../data/react.js';
import { LevelShape } from '../parts/level-shape.js';
import { useNarrow } from '../parts/use-narrow.js';
import { Moment, figure } from '../parts/value.js';
import { kindOf, textOf } from './body.js';
import { hasFigures, limitFigure, limitUnit, quantityOf } from './sentence.js';
import { StateTags } from './state-tags.js';
import { useSay } from './use-rule-words.js';

const ROW_PX = 56;
const CARD_PX = 148;
/** The next page is asked for when so many rows are left. */
const AHEAD = 40;

const COLUMNS = ['rule', 'state', 'kind', 'watch', 'limits', 'source', 'changed'] as const;

type ListProps = Readonly<{
  rows: readonly RuleRowJson[];
  /** How many there are, loaded or not. */
  total: number;
  /** Rows with a check box; null: none has one. */
  chosen: ReadonlySet<string> | null;
  onChoose(chosen: ReadonlySet<string>): void;
  onEnd(): void;
}>;

/** Only the rows in sight are in the page, however many rules there are. */
export function RuleList({ rows, total, chosen, onChoose, onEnd }: ListProps): ReactNode {
  const { say } = useSay();
  const narrow = useNarrow();
  const lost = useLink().state === 'lost';
  const scroller = useRef<HTMLDivElement>(null);
  const size = narrow ? CARD_PX : ROW_PX;
  const view = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan: 6,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  useEffect(() => view.measure(), [size]);
  const shown = view.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD && rows.length < total) onEnd();
  }, [last, rows.length, total]);
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  return (
    <div
      ref={scroller}
      className={`rule-list panel${lost ? ' stale' : ''}`}
      role="table"
      aria-rowcount={total + 1}
      aria-label={say('rules.title')}
      tabIndex={0}
    >
      <div className="rule-row rule-head" role="row">
        {COLUMNS.map((column) => (
          <span key={column} role="columnheader">
            {say(`rcol.${column}`)}
          </span>
        ))}
      </div>
      <div className="rule-rows" role="rowgroup" style={{ height: view.getTotalSize() }}>
        {shown.map(({ index, start, key }) => {
          const row = rows[index];
          return (
            row && (
              <RuleRow
                key={key}
                row={row}
                index={index}
                top={start}
                chosen={chosen === null ? null : chosen.has(row.id)}
                onToggle={toggle}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

type RowProps = Readonly<{ row: RuleRowJson; index: number; top: number; chosen: boolean | null; onToggle(id: string): void }>;

function RuleRow({ row, index, top, chosen, onToggle }: RowProps): ReactNode {
  const { say } = useSay();
  const now = useNow();
  const name = textOf(row['name']) ?? row.id;
  return (
    <div
      className={`rule-row${row.enabled ? '' : ' rule-off'}`}
      style={{ transform: `translateY(${top}px)` }}
      role="row"
      aria-rowindex={index + 2}
    >
      <span role="cell" className="rule-name">
        {chosen !== null && (
          <input type="checkbox" checked={chosen} aria-label={say('approvals.choose', { name })} onChange={() => onToggle(row.id)} />
        )}
        <span className="rule-two">
          <Link to="/rules/$id" params={{ id: row.id }} className="cut strong" title={name}>
            {name}
          </Link>
          <span className="dim cut" title={row.id}>
            {row.id}
          </span>
        </span>
      </span>
      <span role="cell" className="rule-states">
        <StateTags rule={row} />
      </span>
      <span role="cell" className="cut">
        {say(`ruleKind.${kindOf(row)}`)}
      </span>
      <Watch row={row} />
      <span role="cell" className="rule-limits">
        <Limits row={row} />
      </span>
      <span role="cell" className="rule-source" title={textOf(row['source'])}>
        {textOf(row['source']) ?? <span className="dim">{say('rules.noSource')}</span>}
      </span>
      <span role="cell" className="rule-two">
        <span className="cut">
          <span className="num">v{row.version}</span> {row.authorName ?? row.author}
        </span>
        <span className="dim">
          <Moment at={Date.parse(row.createdAt)} now={now} />
        </span>
      </span>
    </div>
  );
}

function Watch({ row }: Readonly<{ row: RuleRowJson }>): ReactNode {
  const { say, english } = useSay();
  const { sites, siteCount, points } = row.watch;
  const places = sites[0] === undefined ? '—' : siteCount > 1 ? say('watch.more', { name: sites[0].name, n: siteCount }) : sites[0].name;
  return (
    <span role="cell" className="rule-two">
      <span className="cut">{quantityOf({ rule: row, say, english })}</span>
      <span className="dim cut">
        {places} · {say('watch.points', { n: points })}
      </span>
    </span>
  );
}

/** Each colour's limit beside its shape, gravest first; kinds without a quantity show their colours only. */
export function Limits({ row }: Readonly<{ row: RuleRowJson }>): ReactNode {
  const { say } = useSay();
  const figures = hasFigures(kindOf(row));
  const unit = limitUnit(row, say);
  if (row.limits.length === 0) return <span className="dim">—</span>;
  return (
    <>
      {[...row.limits]
        .sort((a, b) => rankOf(b.level) - rankOf(a.level))
        .map(({ level, at, high, low }) => (
          <span key={level} className="rule-limit">
            <LevelShape level={level} size={14} />
            <span className="sr">{say(`level.${level}`)}</span>
            <span className="num">
              {figures
                ? at === undefined
                  ? `${figure(low ?? NaN)}–${figure(high ?? NaN)}`
                  : limitFigure(row, at, say)
                : say(`level.short.${level}`)}
            </span>
          </span>
        ))}
      {figures && unit !== '' && <span className="dim no-wrap">{unit}</span>}
    </>
  );
}
