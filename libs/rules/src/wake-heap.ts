import type { Millis } from '@anlan/contracts';

/** What can stand in a heap: it knows its place there. */
export type Waking = { place: number };

/** The place of one that stands in no heap. */
export const NOWHERE = -1;

/** Who has to be looked at when, earliest first; each at most once. A time may be too early: whoever is taken is looked at and put back. */
export type WakeHeap<W extends Waking> = Readonly<{
  /** Looks at `one` at `due`, or when it was to be looked at already if that is earlier. O(log n), and O(1) in the second case. */
  put(one: W, due: Millis): void;
  /** Removes and returns all that are due before `at`. */
  takeBefore(at: Millis): readonly W[];
  size(): number;
}>;

/** A binary heap in two flat arrays. */
export function wakeHeap<W extends Waking>(): WakeHeap<W> {
  const dues: Millis[] = [];
  const all: W[] = [];
  const dueAt = (i: number): Millis => dues[i] ?? Infinity;

  const set = (i: number, due: Millis, one: W | undefined): void => {
    if (!one) return;
    dues[i] = due;
    all[i] = one;
    one.place = i;
  };
  const rise = (start: number, due: Millis, one: W): void => {
    let i = start;
    for (let parent = (i - 1) >> 1; i > 0 && dueAt(parent) > due; parent = (i - 1) >> 1) {
      set(i, dueAt(parent), all[parent]);
      i = parent;
    }
    set(i, due, one);
  };
  const sink = (due: Millis, one: W): void => {
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      const child = dueAt(left + 1) < dueAt(left) ? left + 1 : left;
      if (due <= dueAt(child)) break;
      set(i, dueAt(child), all[child]);
      i = child;
    }
    set(i, due, one);
  };
  const pop = (taken: W[]): void => {
    const first = all[0];
    const due = dues.pop();
    const one = all.pop();
    if (first) {
      first.place = NOWHERE;
      taken.push(first);
    }
    if (due !== undefined && one && all.length > 0) sink(due, one);
  };

  return {
    put(one, due) {
      if (one.place === NOWHERE) rise(all.length, due, one);
      else if (due < dueAt(one.place)) rise(one.place, due, one);
    },
    takeBefore(at) {
      const taken: W[] = [];
      while (dueAt(0) < at) pop(taken);
      return taken;
    },
    size: () => all.length,
  };
}
