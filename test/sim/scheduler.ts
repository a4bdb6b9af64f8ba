import type { Clock } from '@anlan/ports';
import type { Rng } from './rng.js';

type Task = { at: number; tie: number; order: number; run: () => void; dead: boolean };

/**
 * Virtual time for a whole platform in one process: a heap of tasks by (time, chance). After each task all
 * promises that it settled run to their end before time moves on.
 */
export type Scheduler = Readonly<{
  now(): number;
  /** Runs `task` at `now + delayMs`; the result cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs until no task is due before `time`, or `maxEvents` have run. Returns the number of events. */
  runTo(time: number): Promise<number>;
  events(): number;
}>;

/** Every settled promise's reactions have run when this resolves: a macrotask comes after all microtasks. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function schedulerOf(rng: Rng, start: number, maxEvents: number): Scheduler {
  const heap: Task[] = [];
  let now = start;
  let order = 0;
  let events = 0;

  const before = (x: Task, y: Task): boolean => x.at < y.at || (x.at === y.at && (x.tie < y.tie || (x.tie === y.tie && x.order < y.order)));
  const push = (task: Task): void => {
    heap.push(task);
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i]!, heap[parent]!)) break;
      [heap[i], heap[parent]] = [heap[parent]!, heap[i]!];
      i = parent;
    }
  };
  const pop = (): Task | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    heap[0] = last;
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      const smaller = left + 1 < heap.length && before(heap[left + 1]!, heap[left]!) ? left + 1 : left;
      if (smaller >= heap.length || !before(heap[smaller]!, heap[i]!)) break;
      [heap[i], heap[smaller]] = [heap[smaller]!, heap[i]!];
      i = smaller;
    }
    return top;
  };

  return {
    now: () => now,
    events: () => events,
    after(delayMs, run) {
      const task: Task = { at: now + Math.max(0, delayMs), tie: rng.int(0, 0xffff), order: order++, run, dead: false };
      push(task);
      return () => {
        task.dead = true;
      };
    },
    async runTo(time) {
      const first = events;
      await settle();
      while (heap.length > 0 && heap[0]!.at <= time) {
        const task = pop()!;
        if (task.dead) continue;
        now = Math.max(now, task.at);
        if (++events > maxEvents) throw new Error(`more than ${maxEvents} events: something spins`);
        task.run();
        await settle();
      }
      now = Math.max(now, time);
      return events - first;
    },
  };
}

/** A Clock for one incarnation of a process: its timers die with it, its wall clock may be off by `skew`. */
export function clockOf(scheduler: Scheduler, isAlive: () => boolean, skew: () => number = () => 0): Clock {
  return {
    now: () => scheduler.now() + skew(),
    mono: () => scheduler.now(),
    after: (delayMs, run) =>
      scheduler.after(delayMs, () => {
        if (isAlive()) run();
      }),
  };
}
