import type { Millis } from '@anlan/contracts';
import type { Clock, DeviceStatusStore, DeviceWord, Fanout } from '@anlan/ports';

export type StatusBoardDeps = Readonly<{
  store: DeviceStatusStore;
  fanout: Fanout;
  clock: Pick<Clock, 'now'>;
  /** Other processes may hold connections too. */
  shared: boolean;
}>;

export type StatusBoard = Readonly<{
  /** Takes over what was known before; nobody is online here yet. */
  load(): Promise<void>;
  /**
   * `order` grows with arrival: what arrived earlier but was settled later does not undo what is known since.
   * `held`: said by a connection of this process itself, which begins or ends.
   */
  say(said: Readonly<{ deviceId: string; online: boolean; at: Millis; order: number; held?: boolean }>): void;
  heard(deviceId: string, at: Millis): void;
  /** Saves changes; when `all` also the times of last messages, and that the connections of this process still stand. */
  flush(all: boolean): Promise<void>;
}>;

type Stood = Readonly<{ online: boolean; since: Millis }>;
type Said = NonNullable<DeviceWord['said']>;
type Entry = {
  /** What was known before this process said anything. */ before: Stood | null;
  said: Said | null;
  /** Beginning of the connection that this process has. */ connectedAt: Millis | null;
  lastMessageAt: Millis | null;
  order: number;
};
const MAX_ROWS = 1_000;
/** Connections are said to stand twice a minute; a process that has not done so for so long is gone, and they with it. */
const LEASE_MS = 90_000;

/** Who is online, as connections, status messages and wills say: the last that arrived stands. */
export function statusBoard({ store, fanout, clock, shared }: StatusBoardDeps): StatusBoard {
  const by = clock.now();
  const entries = new Map<string, Entry>();
  const changed = new Set<string>();
  const merelyHeard = new Set<string>();
  const entryOf = (deviceId: string): Entry => {
    const entry = entries.get(deviceId) ?? { before: null, said: null, connectedAt: null, lastMessageAt: null, order: -1 };
    entries.set(deviceId, entry);
    return entry;
  };
  const lapse = (): Promise<number> => (shared ? store.lapse(clock.now(), clock.now() - LEASE_MS) : store.lapse(clock.now()));
  const wordOf = (deviceId: string, entry: Entry): DeviceWord => {
    const { said, connectedAt, lastMessageAt } = entry;
    if (said && changed.has(deviceId)) return { deviceId, lastMessageAt, said };
    if (said && connectedAt !== null && said.online) return { deviceId, lastMessageAt, said: { ...said, at: clock.now() } };
    return { deviceId, lastMessageAt };
  };
  const standing = (): readonly string[] =>
    shared ? [...entries].filter(([, { connectedAt }]) => connectedAt !== null).map(([deviceId]) => deviceId) : [];

  /** What is said while it is being saved is saved next time; what could not be saved, too. */
  const save = async (ids: readonly string[]): Promise<void> => {
    const words = ids.map((id) => wordOf(id, entryOf(id)));
    for (const id of ids) {
      changed.delete(id);
      merelyHeard.delete(id);
    }
    try {
      await store.save(words);
    } catch (error) {
      for (const { deviceId, said } of words) (said ? changed : merelyHeard).add(deviceId);
      throw error;
    }
  };

  return {
    async load() {
      await lapse();
      for (const { deviceId, online, since, lastMessageAt } of await store.all())
        entries.set(deviceId, { before: { online, since }, said: null, connectedAt: null, lastMessageAt, order: -1 });
    },
    say({ deviceId, online, at, order, held = false }) {
      const entry = entryOf(deviceId);
      if (order < entry.order) return;
      entry.order = order;
      changed.add(deviceId);
      const stood = entry.said ?? entry.before ?? { online: false, since: at };
      if (held && online) entry.connectedAt = at;
      entry.said = { online, since: stood.online === online ? stood.since : at, at, by, connectedAt: entry.connectedAt };
      if (held && !online) entry.connectedAt = null;
      if (stood.online !== online) fanout.publish({ kind: 'device', deviceId, online });
    },
    heard(deviceId, at) {
      entryOf(deviceId).lastMessageAt = at;
      merelyHeard.add(deviceId);
    },
    async flush(all) {
      const due = [...(all ? new Set([...changed, ...merelyHeard, ...standing()]) : changed)];
      for (let from = 0; from < due.length; from += MAX_ROWS) {
        await save(due.slice(from, from + MAX_ROWS));
      }
      if (all && shared) await lapse();
    },
  };
}
