import type { Clock } from '@anlan/ports';

export type AdmissionLimits = Readonly<{ unauthenticatedPerSource: number; waiting: number; connectsPerSecond: number }>;
/** One socket's place; `leave` once it has logged in or gone, at any time, any number of times. */
export type Ticket = Readonly<{ leave(): void }>;
/**
 * Lets new sockets in: so many a second in all, so many not logged in per source at once. The others wait unread and in order,
 * so that a reconnect storm becomes a queue and not a second storm. Undefined when even the queue is full.
 */
export type Admission = Readonly<{ enter(source: string, open: () => void): Ticket | undefined; waiting(): number }>;

type Entry = { readonly source: string; readonly open: () => void; state: 'waiting' | 'open' | 'gone' };
type Source = { open: number; readonly line: Entry[] };

const REFILL_MS = 50;

/** Token bucket over all, slots per source. */
export function admission(clock: Clock, limits: AdmissionLimits): Admission {
  const sources = new Map<string, Source>();
  const ready: Entry[] = [];
  let waiting = 0;
  let tokens = limits.connectsPerSecond;
  let refilledAt = clock.mono();
  let timer = false;

  const refill = (): void => {
    const now = clock.mono();
    tokens = Math.min(limits.connectsPerSecond, tokens + ((now - refilledAt) * limits.connectsPerSecond) / 1000);
    refilledAt = now;
  };
  const sourceOf = (name: string): Source => {
    const source = sources.get(name) ?? { open: 0, line: [] };
    sources.set(name, source);
    return source;
  };
  /** Moves entries of a source to the common line while it has slots; a slot counts from here on. */
  const promote = (source: Source): void => {
    while (source.open < limits.unauthenticatedPerSource) {
      const entry = source.line.shift();
      if (!entry) return;
      if (entry.state === 'gone') continue;
      source.open += 1;
      ready.push(entry);
    }
  };
  const openReady = (): void => {
    refill();
    while (tokens >= 1) {
      const entry = ready.shift();
      if (!entry) return;
      if (entry.state === 'gone') continue;
      tokens -= 1;
      waiting -= 1;
      entry.state = 'open';
      entry.open();
    }
    if (ready.length === 0 || timer) return;
    timer = true;
    clock.after(REFILL_MS, () => {
      timer = false;
      openReady();
    });
  };
  const leave = (entry: Entry): void => {
    if (entry.state === 'gone') return;
    const source = sourceOf(entry.source);
    const holdsSlot = entry.state === 'open' || ready.includes(entry);
    if (entry.state === 'waiting') waiting -= 1;
    entry.state = 'gone';
    if (holdsSlot) source.open -= 1;
    promote(source);
    if (source.open === 0 && source.line.length === 0) sources.delete(entry.source);
    openReady();
  };

  return {
    enter(name, open) {
      if (waiting >= limits.waiting) return undefined;
      const entry: Entry = { source: name, open, state: 'waiting' };
      const source = sourceOf(name);
      waiting += 1;
      source.line.push(entry);
      promote(source);
      openReady();
      return { leave: () => leave(entry) };
    },
    waiting: () => waiting,
  };
}
