import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { AlarmJson } from '@anlan/contracts';
import { useAlarms, useCore, useSignal } from '../data/react.js';
import { useDeskState } from './desk-context.js';
import { matches, type BoardFilter } from './filter.js';
import { heldList, type BoardView, type HeldList } from './held-list.js';

/** A row acts by key only after it stood this long on the screen: nobody acknowledges what they cannot have read. */
export const READ_AFTER_MS = 1_000;
const LOOK_EVERY_MS = 500;

export type Board = Readonly<{
  list: HeldList;
  view: BoardView;
  byId: ReadonlyMap<string, AlarmJson>;
  focused: AlarmJson | null;
  focus(id: string | null): void;
  /** The row `by` below (or above) the focused one gets the focus. */
  move(by: number): void;
  selected: ReadonlySet<string>;
  toggle(id: string): void;
  clearSelection(): void;
  /** Tells which rows are on the screen now. */
  saw(ids: readonly string[]): void;
  wasSeen(id: string): boolean;
}>;

/** State of the board: its order, focus, selection and what has been seen. */
export function useBoard(filter: BoardFilter): Board {
  const { now } = useCore();
  const { byId } = useAlarms();
  const { panel } = useDeskState();
  const [list] = useState(heldList);
  const view = useSignal(list);
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const seenAt = useRef(new Map<string, number>());
  const wanted = useMemo(() => [...byId.values()].filter((alarm) => matches(alarm, filter)), [byId, filter]);
  const filterOfList = useRef<BoardFilter | null>(null);

  useEffect(() => {
    if (filterOfList.current === filter) return list.offer(wanted, now());
    filterOfList.current = filter;
    list.reset(wanted);
  }, [list, wanted, filter, now]);
  useEffect(() => list.hold({ dialogOpen: panel !== null }), [list, panel]);
  useEffect(() => {
    const timer = setInterval(() => list.settleIfFree(now()), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [list, now]);

  const move = useCallback(
    (by: number) => {
      const { order } = list.get();
      setFocusedId((id) => {
        const at = id === null ? -1 : order.indexOf(id);
        return order[Math.max(0, Math.min(order.length - 1, at < 0 ? 0 : at + by))] ?? null;
      });
    },
    [list],
  );
  const saw = useCallback(
    (ids: readonly string[]) => {
      for (const id of ids) if (!seenAt.current.has(id)) seenAt.current.set(id, now());
      if (seenAt.current.size > 50_000) seenAt.current.clear();
    },
    [now],
  );
  return {
    list,
    view,
    byId,
    focused: focusedId === null ? null : (byId.get(focusedId) ?? null),
    focus: setFocusedId,
    move,
    selected,
    toggle: (id) => setSelected((before) => toggled(before, id)),
    clearSelection: () => setSelected(new Set()),
    saw,
    wasSeen: (id) => now() - (seenAt.current.get(id) ?? Number.POSITIVE_INFINITY) >= READ_AFTER_MS,
  };
}

function toggled(before: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(before);
  if (!next.delete(id)) next.add(id);
  return next;
}
