import { momentText } from '../data/server-clock.js';

/** One value that differs, at its path; null: not there. */
export type ChangedLine = Readonly<{ key: string; was: string | null; is: string | null }>;

/** What differs between two entries, value by value, in the order of the paths. Levels and versions of limits go by their name, not by their place. */
export function changedLines(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): readonly ChangedLine[] {
  const [was, is] = [leaves(before), leaves(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((key) => was.get(key) !== is.get(key))
    .sort()
    .map((key) => ({ key, was: was.get(key) ?? null, is: is.get(key) ?? null }));
}

/** Numbers that are a moment in ms: read as one. */
const MOMENTS = /(^|\.)from$/;

function leaves(entity: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  gather(found, '', entity);
  return found;
}

function gather(found: Map<string, string>, path: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    found.set(path, typeof value === 'number' && MOMENTS.test(path) ? momentText(value) : String(value));
    return;
  }
  for (const [key, one] of Object.entries(value)) {
    const name = Array.isArray(value) ? nameOf(one, key) : key;
    gather(found, path === '' ? name : `${path}.${name}`, one);
  }
}

function nameOf(item: unknown, place: string): string {
  if (typeof item !== 'object' || item === null) return place;
  const { level, from } = item as Readonly<Record<string, unknown>>;
  if (typeof level === 'string') return level;
  return typeof from === 'number' ? momentText(from).slice(0, 10) : place;
}
