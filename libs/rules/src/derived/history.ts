/**
 * The readings of one input over a stretch of time, for windows.
 *
 * At most about 512 entries: readings nearer to each other than a 512th of the stretch share one, so a window's edge is exact while readings are farther
 * apart than that, and else off by no more than that. Sums are made anew from the entries each time, so nothing drifts.
 */
import type { Millis } from '@anlan/contracts';

type Entry = { from: Millis; to: Millis; n: number; sum: number; min: number; max: number };
/** Changed in place. `since`: time of the first reading; NaN before it. */
export type History = { since: Millis; entries: Entry[] };
/** t − offset − window < time ≤ t − offset. */
export type Window = Readonly<{ windowMs: Millis; offsetMs: Millis }>;

const MOST_ENTRIES = 512;

export function newHistory(): History {
  return { since: Number.NaN, entries: [] };
}

/** Adds a reading later than all before. What lies more than `spanMs` back is forgotten, but for the newest of it; after a silence longer than that everything begins anew. */
export function remember(history: History, { t, v }: Readonly<{ t: Millis; v: number }>, spanMs: Millis): void {
  const { entries } = history;
  const last = entries.at(-1);
  if (!last || t - last.to > spanMs) {
    history.since = t;
    entries.length = 0;
  }
  if (last && entries.length > 0 && t - last.from < spanMs / MOST_ENTRIES) {
    last.to = t;
    last.n += 1;
    last.sum += v;
    last.min = Math.min(last.min, v);
    last.max = Math.max(last.max, v);
    return;
  }
  entries.push({ from: t, to: t, n: 1, sum: v, min: v, max: v });
  const kept = entries.findIndex((one) => one.to > t - spanMs);
  if (kept > 1) entries.splice(0, kept - 1);
}

/** The entries inside a window that ends at `t` − offset. */
export function inWindow({ entries }: History, t: Millis, { windowMs, offsetMs }: Window): readonly Entry[] {
  const end = t - offsetMs;
  return entries.filter(({ to }) => to > end - windowMs && to <= end);
}

/** Has the window been watched from its beginning? A reading speaks for the interval before it. */
export function isCovered(
  { since }: History,
  t: Millis,
  { windowMs, offsetMs, intervalMs }: Window & Readonly<{ intervalMs: Millis }>,
): boolean {
  return since - intervalMs <= t - offsetMs - windowMs;
}

export const countIn = (found: readonly Entry[]): number => found.reduce((all, { n }) => all + n, 0);
export const sumIn = (found: readonly Entry[]): number => found.reduce((all, { sum }) => all + sum, 0);
export const meanIn = (found: readonly Entry[]): number => sumIn(found) / countIn(found);
export const leastIn = (found: readonly Entry[]): number =>
  found.length === 0 ? Number.NaN : found.reduce((v, { min }) => Math.min(v, min), Infinity);
export const mostIn = (found: readonly Entry[]): number =>
  found.length === 0 ? Number.NaN : found.reduce((v, { max }) => Math.max(v, max), -Infinity);

/** The smallest value that a share `p` of the readings does not exceed (nearest rank); readings that share an entry count with their mean. */
export function quantileIn(found: readonly Entry[], p: number): number {
  const sorted = found.map(({ sum, n }) => ({ v: sum / n, n })).sort((a, b) => a.v - b.v);
  const wanted = p * countIn(found);
  let before = 0;
  for (const { v, n } of sorted) {
    before += n;
    if (before >= wanted) return v;
  }
  return Number.NaN;
}

/** The value that held at `t`: of the newest entry not after it, with its age then. */
export function valueAt({ entries }: History, t: Millis): Readonly<{ v: number; ageMs: Millis }> | undefined {
  const found = entries.findLast(({ to }) => to <= t);
  return found && { v: found.sum / found.n, ageMs: t - found.to };
}

type SavedEntry =
  readonly [from: number, v: number] | readonly [from: number, to: number, n: number, sum: number, min: number, max: number];
export type SavedHistory = Readonly<{ since: Millis | null; entries: readonly SavedEntry[] }>;

/** Times are kept relative to the first reading: shorter, and most entries are one reading. */
export function saveHistory({ since, entries }: History): SavedHistory {
  if (entries.length === 0) return { since: null, entries: [] };
  return {
    since,
    entries: entries.map(({ from, to, n, sum, min, max }) =>
      n === 1 ? [from - since, sum] : [from - since, to - since, n, sum, min, max],
    ),
  };
}

export function loadHistory({ since, entries }: SavedHistory): History {
  if (since === null) return newHistory();
  return { since, entries: entries.map((one) => loadEntry(one, since)) };
}

function loadEntry(saved: SavedEntry, since: Millis): Entry {
  if (saved.length === 2) return { from: since + saved[0], to: since + saved[0], n: 1, sum: saved[1], min: saved[1], max: saved[1] };
  const [from, to, n, sum, min, max] = saved;
  return { from: since + from, to: since + to, n, sum, min, max };
}
