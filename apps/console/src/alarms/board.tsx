import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useAlarms, useCore, useNow, useOverview, useUser } from '../data/react.js';
import { isOpenJson } from '../data/alarm-store.js';
import { may } from '../data/session.js';
import { Empty, Loading } from '../parts/states.js';
import { LevelShape } from '../parts/level-shape.js';
import { useSiren } from '../sound/siren-context.js';
import { BoardFilterBar, BoardSearch } from './board-filter.js';
import { BoardHelp } from './board-help.js';
import { BoardList } from './board-list.js';
import { BulkBar } from './bulk-bar.js';
import { useDesk } from './desk-context.js';
import { NO_FILTER, filterOfSearch, filterToSearch, type BoardFilter } from './filter.js';
import { everywhereAct, type BoardAct } from './keys.js';
import { AlarmPreview } from './preview.js';
import { nextUrgent } from './order.js';
import { useBoard, type Board } from './use-board.js';

/** More than ten new alarms in ten minutes are a flood for one pair of eyes (ISA-18.2 counts the same way). */
const FLOOD_PER_10_MIN = 10;
const TEN_MINUTES_MS = 600_000;

export function BoardPage(): ReactNode {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const key = JSON.stringify(search);
  const filter = useMemo(() => filterOfSearch(JSON.parse(key) as Record<string, unknown>), [key]);
  const setFilter = (next: BoardFilter): void => void navigate({ to: '/alarms', search: filterToSearch(next), replace: true });
  return <BoardView filter={filter} onFilter={setFilter} onOpen={(id) => void navigate({ to: '/alarms/$id', params: { id } })} />;
}

type ViewProps = Readonly<{ filter: BoardFilter; onFilter(next: BoardFilter): void; onOpen(id: string): void }>;

/** The board itself, apart from the address: filter, slot for news, rows, preview. */
export function BoardView({ filter, onFilter, onOpen }: ViewProps): ReactNode {
  const { now } = useCore();
  const desk = useDesk();
  const user = useUser();
  const siren = useSiren();
  const board = useBoard(filter);
  const { byId, loaded, left } = useAlarms();
  const open = useMemo(() => [...byId.values()].filter(isOpenJson), [byId]);
  const [tooFresh, setTooFresh] = useState(false);
  const [help, setHelp] = useState(false);
  const searchField = useRef<HTMLInputElement>(null);

  const acknowledge = (): void => {
    const { focused } = board;
    if (focused === null || focused.ack !== 'unacked' || !may(user, 'acknowledge')) return;
    const seen = board.wasSeen(focused.id);
    setTooFresh(!seen);
    if (seen) void desk.send(focused, { type: 'acknowledge' });
  };
  const acknowledgeNow = useRef(acknowledge);
  acknowledgeNow.current = acknowledge;
  useEffect(() => {
    // F8 also while typing in the search field; the list answers its own keys and lets none of them through to here.
    const onKey = (event: KeyboardEvent): void => {
      if (everywhereAct(event)?.do === 'acknowledge') acknowledgeNow.current();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  const onFocused = (wanted: 'open' | 'select' | 'comment' | 'shelve' | 'markFalse' | 'reset'): void => {
    const { focused } = board;
    if (focused === null) return;
    if (wanted === 'open') onOpen(focused.id);
    else if (wanted === 'select') board.toggle(focused.id);
    else if (may(user, wanted)) desk.open(wanted, focused);
  };
  const act = (wanted: BoardAct): void => {
    switch (wanted.do) {
      case 'move':
        return board.move(wanted.by);
      case 'edge':
        return board.move(wanted.to === 'first' ? -Infinity : Infinity);
      case 'level':
        return onFilter({ ...filter, levels: wanted.level === null ? [] : [wanted.level] });
      case 'acknowledge':
        return acknowledge();
      case 'next':
        return board.focus(nextUrgent(open, board.focused?.id ?? null)?.id ?? null);
      case 'showNew':
        return board.list.settle();
      case 'silence':
        return siren.silence(now());
      case 'search':
        return searchField.current?.focus();
      case 'clear':
        return board.clearSelection();
      case 'help':
        return setHelp(true);
      case 'open':
      case 'select':
      case 'comment':
      case 'shelve':
      case 'markFalse':
      case 'reset':
        return onFocused(wanted.do);
    }
  };
  return (
    <div className="board">
      <section className="board-main">
        <BoardFilterBar alarms={open} filter={filter} onChange={onFilter} />
        <div className="board-bar">
          <Slot board={board} left={left} tooFresh={tooFresh} raisedAt={open.map(({ raisedAt }) => raisedAt)} />
          <BoardSearch alarms={open} filter={filter} search={searchField} onChange={onFilter} />
        </div>
        {!loaded && open.length === 0 && <Loading rows={14} />}
        {board.view.order.length > 0 && <BoardList board={board} onAct={act} onOpen={onOpen} />}
        {loaded && board.view.order.length === 0 && (
          <NoRows filtered={open.length > 0} total={open.length} onClear={() => onFilter(NO_FILTER)} />
        )}
        <BulkBar board={board} />
        <p className="board-foot dim">
          <KeyHints />
          <button type="button" className="btn btn-plain" onClick={() => setHelp(true)}>
            <kbd>?</kbd>
          </button>
        </p>
      </section>
      <AlarmPreview alarm={board.focused} onOpen={onOpen} />
      {help && <BoardHelp onClose={() => setHelp(false)} />}
    </div>
  );
}

/** The line above the rows that is always there: what waits, or what is out of the ordinary. */
function Slot({
  board,
  left,
  tooFresh,
  raisedAt,
}: Readonly<{ board: Board; left: number; tooFresh: boolean; raisedAt: readonly string[] }>): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const { waiting, waitingTotal } = board.view;
  const since = new Date(now - TEN_MINUTES_MS).toISOString();
  const recent = raisedAt.filter((at) => at >= since).length;
  return (
    <div className="board-slot" role="status">
      {waitingTotal > 0 ? (
        <button type="button" className="btn board-new" onClick={() => board.list.settle()}>
          <span className="strong">{t('board.new', { n: waitingTotal })}</span>
          {(['red', 'orange', 'yellow', 'blue'] as const).map(
            (level) =>
              waiting[level] > 0 && (
                <span key={level} className="level-count">
                  <LevelShape level={level} size={14} /> {t(`level.short.${level}`)} {waiting[level]}
                </span>
              ),
          )}
          <kbd>.</kbd> {t('board.show')}
        </button>
      ) : (
        <span className="dim">{t('board.order')}</span>
      )}
      {tooFresh && <span className="tag">{t('ack.tooFresh')}</span>}
      {recent > FLOOD_PER_10_MIN && <span className="tag strong">{t('flood', { n: recent })}</span>}
      {left > 0 && <span className="tag strong">{t('board.left', { n: left })}</span>}
      <span className="board-count dim num">{t('board.count', { n: board.view.order.length })}</span>
    </div>
  );
}

function NoRows({ filtered, total, onClear }: Readonly<{ filtered: boolean; total: number; onClear(): void }>): ReactNode {
  const { t } = useTranslation();
  const now = useNow();
  const { data } = useOverview();
  if (filtered) {
    return (
      <Empty>
        {t('empty.filter', { n: total })}{' '}
        <button type="button" className="btn" onClick={onClear}>
          {t('filter.clear')}
        </button>
      </Empty>
    );
  }
  return (
    <Empty>
      {data === undefined
        ? t('empty.boardShort')
        : t('empty.board', { n: data.devices.online, s: Math.max(0, Math.round((now - Date.parse(data.at)) / 1_000)) })}
    </Empty>
  );
}

function KeyHints(): ReactNode {
  const { t } = useTranslation();
  return (
    <span className="key-hints">
      {(['move', 'open', 'ack', 'next', 'silence', 'search'] as const).map((key) => (
        <span key={key}>{t(`hint.${key}`)}</span>
      ))}
    </span>
  );
}
