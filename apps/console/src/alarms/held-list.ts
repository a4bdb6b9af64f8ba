import { ALARM_LEVELS, type AlarmJson, type AlarmLevel } from '@anlan/contracts';
import { source, type Signal } from '../data/signal.js';
import { compareForBoard } from './order.js';

/** After this much quiet a list that somebody works in may sort itself again. */
export const QUIET_MS = 3_000;

export type BoardView = Readonly<{
  /** Ids in the order shown. Rows that closed meanwhile stay until the list settles. */
  order: readonly string[];
  /** How many new ones wait above the list, by level. */
  waiting: Readonly<Record<AlarmLevel, number>>;
  waitingTotal: number;
  /** Ids that came in with the last settling, to be marked for a moment. */
  fresh: ReadonlySet<string>;
}>;

const NONE_WAITING: BoardView['waiting'] = { blue: 0, yellow: 0, orange: 0, red: 0 };
const EMPTY: BoardView = { order: [], waiting: NONE_WAITING, waitingTotal: 0, fresh: new Set() };

/** Where the hand is: everything that makes a moving row dangerous. */
export type Hold = Readonly<{
  /** The row under the resting pointer. */
  over: string | null;
  pressed: boolean;
  dialogOpen: boolean;
  atTop: boolean;
  lastTouchAt: number;
}>;
const FREE: Hold = { over: null, pressed: false, dialogOpen: false, atTop: true, lastTouchAt: Number.NEGATIVE_INFINITY };

export type HeldList = Signal<BoardView> &
  Readonly<{
    /** The alarms that the board should show now; new ones wait while the list is held. */
    offer(wanted: readonly AlarmJson[], now: number): void;
    /** Sorts afresh and lets the waiting ones in, whatever holds: somebody asked for it. */
    settle(): void;
    /** The same if nothing holds and the row under the pointer would keep its place. */
    settleIfFree(now: number): void;
    hold(change: Partial<Hold>): void;
    touch(now: number): void;
    isHeld(now: number): boolean;
    /** Another filter, another list: nothing waits. */
    reset(wanted: readonly AlarmJson[]): void;
  }>;

/**
 * The order of the board, and when it may change.
 * B1  While held, no row changes place: known rows keep theirs, new ones wait and are counted.
 * B2  Held: pressed, a dialog open, scrolled away from the top, used (pointer, key) less than QUIET_MS ago, or the row under the
 *     resting pointer would move.
 * B3  Settling gives exactly the wanted alarms in board order; nothing is lost and nothing is shown twice.
 */
export function heldList(): HeldList {
  const view = source<BoardView>(EMPTY);
  let wanted: readonly AlarmJson[] = [];
  let hold = FREE;

  const sorted = (): readonly string[] => [...wanted].sort(compareForBoard).map(({ id }) => id);
  const isHeld = (now: number): boolean =>
    hold.pressed ||
    hold.dialogOpen ||
    !hold.atTop ||
    now - hold.lastTouchAt < QUIET_MS ||
    (hold.over !== null && wouldMove(hold.over, view.get().order, sorted()));
  const settle = (): void => {
    const { order } = view.get();
    const known = new Set(order);
    const next = sorted();
    const fresh = order.length === 0 ? new Set<string>() : new Set(next.filter((id) => !known.has(id)));
    if (fresh.size === 0 && view.get().waitingTotal === 0 && sameOrder(order, next)) return;
    view.set({ order: next, waiting: NONE_WAITING, waitingTotal: 0, fresh });
  };
  return {
    get: view.get,
    subscribe: view.subscribe,
    isHeld,
    settle,
    settleIfFree: (now) => {
      if (!isHeld(now)) settle();
    },
    hold: (change) => {
      hold = { ...hold, ...change };
    },
    touch: (now) => {
      hold = { ...hold, lastTouchAt: now };
    },
    reset: (next) => {
      wanted = next;
      view.set(EMPTY);
      settle();
    },
    offer: (next, now) => {
      wanted = next;
      if (!isHeld(now)) return settle();
      const before = view.get();
      const known = new Set(before.order);
      const unseen = next.filter(({ id }) => !known.has(id));
      const waiting = countByLevel(unseen);
      if (ALARM_LEVELS.every((level) => waiting[level] === before.waiting[level])) return;
      view.set({ ...before, waiting, waitingTotal: unseen.length });
    },
  };
}

function wouldMove(id: string, before: readonly string[], after: readonly string[]): boolean {
  const at = before.indexOf(id);
  return at >= 0 && after[at] !== id;
}

function sameOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

/** How many of each colour. */
export function countByLevel(alarms: Iterable<Pick<AlarmJson, 'level'>>): Readonly<Record<AlarmLevel, number>> {
  const counts = { ...NONE_WAITING };
  for (const { level } of alarms) counts[level] += 1;
  return counts;
}
