import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useTranslation } from 'react-i18next';
import { useCore, useLink, useNow, useSignal } from '../data/react.js';
import { BoardRow } from './board-row.js';
import { boardAct, type BoardAct } from './keys.js';
import type { Board } from './use-board.js';
import { useNarrow } from '../parts/use-narrow.js';

export const ROW_PX = 36;
const ROW_PX_NARROW = 76;
const HEAD_PX = 30;
const COLUMNS = ['level', 'state', 'raised', 'span', 'place', 'reason', 'value', 'by', 'due'] as const;

type ListProps = Readonly<{ board: Board; onAct(act: BoardAct): void; onOpen(id: string): void }>;

/** The rows. Only those near the screen are in the page; none moves by itself while somebody works here. */
export function BoardList({ board, onAct, onOpen }: ListProps): ReactNode {
  const { t } = useTranslation();
  const { now, readings } = useCore();
  const newest = useSignal(readings);
  const clock = useNow();
  const linkLost = useLink().state === 'lost';
  const narrow = useNarrow();
  const scroller = useRef<HTMLDivElement>(null);
  const pressedId = useRef<string | null>(null);
  const { list, view, byId, focused } = board;
  const rows = useVirtualizer({
    count: view.order.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? ROW_PX_NARROW : ROW_PX),
    getItemKey: (index) => view.order[index] ?? index,
    overscan: 6,
    // The head stays on top of the rows: a row under it is not on the screen.
    scrollPaddingStart: HEAD_PX,
  });
  useEffect(() => rows.measure(), [rows, narrow]);

  const range = rows.range;
  useEffect(() => {
    if (range !== null) board.saw(view.order.slice(range.startIndex, range.endIndex + 1));
  });
  const focusedAt = focused === null ? -1 : view.order.indexOf(focused.id);
  useEffect(() => {
    if (focusedAt >= 0) rows.scrollToIndex(focusedAt, { align: 'auto' });
    // Only when the focus moves to another row; not when rows settle under it.
  }, [focused?.id]);
  useEffect(() => {
    // Keys work at once for whoever has come to work, unless they are at something else.
    if (document.activeElement === null || document.activeElement === document.body) scroller.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    const letGo = (): void => list.hold({ pressed: false });
    window.addEventListener('pointerup', letGo);
    window.addEventListener('pointercancel', letGo);
    return () => {
      // Nobody's hand is on a list that is gone.
      list.hold({ pressed: false, over: null, atTop: true });
      window.removeEventListener('pointerup', letGo);
      window.removeEventListener('pointercancel', letGo);
    };
  }, [list]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const act = boardAct(event.nativeEvent);
    if (act === null) return;
    event.preventDefault();
    event.stopPropagation();
    list.touch(now());
    onAct(act);
  };
  const press = (id: string): void => {
    pressedId.current = id;
    list.hold({ pressed: true });
    list.touch(now());
    board.focus(id);
  };
  return (
    <div
      ref={scroller}
      className={`board-list${linkLost ? ' hatch' : ''}`}
      role="grid"
      tabIndex={0}
      aria-label={t('nav.alarms')}
      aria-rowcount={view.order.length + 1}
      aria-activedescendant={focused === null || focusedAt < 0 ? undefined : `row-${focused.id}`}
      onKeyDown={onKeyDown}
      onFocus={() => focused === null && board.move(0)}
      onScroll={({ currentTarget }) => list.hold({ atTop: currentTarget.scrollTop < 2 })}
      onPointerMove={() => list.touch(now())}
      onPointerLeave={() => list.hold({ over: null })}
      onDoubleClick={() => pressedId.current !== null && onOpen(pressedId.current)}
    >
      <div className="board-row board-head" role="row" aria-rowindex={1}>
        {COLUMNS.map((column) => (
          <span key={column} role="columnheader" className={`col-${column}`}>
            {t(`col.${column}`)}
          </span>
        ))}
      </div>
      <div className="board-rows" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const alarm = byId.get(view.order[index] ?? '');
          return (
            alarm && (
              <BoardRow
                key={key}
                alarm={alarm}
                reading={newest.get(alarm.pointId)}
                now={clock}
                index={index}
                top={start}
                focused={focused?.id === alarm.id}
                selected={board.selected.has(alarm.id)}
                fresh={view.fresh.has(alarm.id)}
                linkLost={linkLost}
                onPress={press}
                onOver={(id) => list.hold({ over: id })}
              />
            )
          );
        })}
      </div>
    </div>
  );
}
