import type { Millis } from '@anlan/contracts';

/** Times at which something has to be looked at, earliest first. An entry may be too early or superseded: whoever takes it checks. */
export type WakeHeap = Readonly<{
  push(due: Millis, id: string): void;
  /** Removes and returns the ids of all entries due before `at`. */
  takeBefore(at: Millis): ReadonlySet<string>;
  size(): number;
}>;

const NOBODY: ReadonlySet<string> = new Set();

/** A binary heap in two flat arrays: one entry a point is many entries. */
export function wakeHeap(): WakeHeap {
  const dues: Millis[] = [];
  const ids: string[] = [];
  const dueAt = (i: number): Millis => dues[i] ?? Infinity;

  const put = (i: number, due: Millis, id: string): void => {
    dues[i] = due;
    ids[i] = id;
  };
  const rise = (start: number, due: Millis, id: string): void => {
    let i = start;
    for (let parent = (i - 1) >> 1; i > 0 && dueAt(parent) > due; parent = (i - 1) >> 1) {
      put(i, dueAt(parent), ids[parent] ?? '');
      i = parent;
    }
    put(i, due, id);
  };
  const sink = (due: Millis, id: string): void => {
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      const child = dueAt(left + 1) < dueAt(left) ? left + 1 : left;
      if (due <= dueAt(child)) break;
      put(i, dueAt(child), ids[child] ?? '');
      i = child;
    }
    put(i, due, id);
  };
  const pop = (): string | undefined => {
    const first = ids[0];
    const due = dues.pop();
    const id = ids.pop();
    if (due !== undefined && id !== undefined && dues.length > 0) sink(due, id);
    return first;
  };

  return {
    push(due, id) {
      rise(dues.length, due, id);
    },
    takeBefore(at) {
      if (dueAt(0) >= at) return NOBODY;
      const taken = new Set<string>();
      while (dueAt(0) < at) taken.add(pop() ?? '');
      return taken;
    },
    size: () => dues.length,
  };
}
