import type { Millis } from '@anlan/contracts';
import type { Clock } from '@anlan/ports';

export type VirtualClock = Clock &
  Readonly<{
    /** Moves time forward by `ms`, running every timer that falls due on the way, in order, each with all that follows from it. */
    advance(ms: Millis): Promise<void>;
    /** Jumps from timer to timer until `done` says so; false when there was no timer left or `limitMs` of virtual time passed. */
    runUntil(done: () => boolean, limitMs?: Millis): Promise<boolean>;
    /** Lets everything that is ready run, without moving time. */
    settle(): Promise<void>;
    /** Steps the wall clock (an operator, NTP) without touching the monotonic one. */
    jumpWall(byMs: Millis): void;
    /** Timers waiting. */
    pending(): number;
  }>;

type Timer = Readonly<{ due: Millis; n: number; run: () => void }>;

/** Default limit of `runUntil`: one virtual day. */
const A_DAY_MS = 86_400_000;

/** Time that stands still until it is moved. Timers of the same instant run in the order they were set. */
export function virtualClock(start: Millis): VirtualClock {
  const heap = timerHeap();
  const cancelled = new Set<number>();
  let mono = 0;
  let wall = start;
  let made = 0;

  const next = (): Timer | undefined => {
    for (let top = heap.peek(); top !== undefined; top = heap.peek()) {
      if (!cancelled.delete(top.n)) return top;
      heap.pop();
    }
    return undefined;
  };
  const moveTo = (due: Millis): void => {
    wall += Math.max(0, due - mono);
    mono = Math.max(mono, due);
  };
  const fire = async (timer: Timer): Promise<void> => {
    heap.pop();
    moveTo(timer.due);
    timer.run();
    await settle();
  };

  return {
    now: () => wall,
    mono: () => mono,
    after(delayMs, run) {
      const timer = { due: mono + Math.max(0, delayMs), n: ++made, run: () => run() };
      let open = true;
      heap.push({ ...timer, run: () => ((open = false), run()) });
      return () => {
        if (open) cancelled.add(timer.n);
        open = false;
      };
    },
    async advance(ms) {
      const end = mono + ms;
      await settle();
      for (let timer = next(); timer !== undefined && timer.due <= end; timer = next()) await fire(timer);
      moveTo(end);
    },
    async runUntil(done, limitMs = A_DAY_MS) {
      const end = mono + limitMs;
      await settle();
      while (!done()) {
        const timer = next();
        if (timer === undefined || timer.due > end) return false;
        await fire(timer);
      }
      return true;
    },
    settle,
    jumpWall(byMs) {
      wall += byMs;
    },
    pending: () => heap.size() - cancelled.size,
  };
}

/** A turn of the event loop: by then every chain of promises that waits for nothing outside has run to its end. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

type TimerHeap = Readonly<{ push(timer: Timer): void; pop(): void; peek(): Timer | undefined; size(): number }>;

/** Binary heap by (due, order of setting). */
function timerHeap(): TimerHeap {
  const heap: Timer[] = [];
  const before = (a: number, b: number): boolean => {
    const [x, y] = [heap[a], heap[b]];
    return x !== undefined && y !== undefined && (x.due < y.due || (x.due === y.due && x.n < y.n));
  };
  const swap = (a: number, b: number): void => {
    const [x, y] = [heap[a], heap[b]];
    if (x === undefined || y === undefined) return;
    heap[a] = y;
    heap[b] = x;
  };
  const up = (i: number): void => {
    const parent = (i - 1) >> 1;
    if (i === 0 || !before(i, parent)) return;
    swap(i, parent);
    up(parent);
  };
  const down = (i: number): void => {
    const [left, right] = [2 * i + 1, 2 * i + 2];
    const least = before(right, left) ? right : left;
    if (!before(least, i)) return;
    swap(i, least);
    down(least);
  };
  return {
    push(timer) {
      heap.push(timer);
      up(heap.length - 1);
    },
    pop() {
      swap(0, heap.length - 1);
      heap.pop();
      down(0);
    },
    peek: () => heap[0],
    size: () => heap.length,
  };
}
