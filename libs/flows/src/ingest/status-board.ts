import type { Millis } from '@anlan/contracts';
import type { DeviceStatus, DeviceStatusStore, Fanout } from '@anlan/ports';

export type StatusBoard = Readonly<{
  /** Takes over what was known before; nobody is online yet. */
  load(now: Millis): Promise<void>;
  /** `order` grows with arrival: what arrived earlier but was settled later does not undo what is known since. */
  say(said: Readonly<{ deviceId: string; online: boolean; at: Millis; order: number }>): void;
  heard(deviceId: string, at: Millis): void;
  /** Saves changes; those of the last message only when `all`. */
  flush(all: boolean): Promise<void>;
}>;

type Entry = { online: boolean; since: Millis; lastMessageAt: Millis | null; order: number };
const MAX_ROWS = 1_000;

/** Who is online, as connections, status messages and wills say: the last that arrived stands. */
export function statusBoard({ store, fanout }: Readonly<{ store: DeviceStatusStore; fanout: Fanout }>): StatusBoard {
  const entries = new Map<string, Entry>();
  const changed = new Set<string>();
  const merelyHeard = new Set<string>();
  const entryOf = (deviceId: string, at: Millis): Entry => {
    const entry = entries.get(deviceId) ?? { online: false, since: at, lastMessageAt: null, order: -1 };
    entries.set(deviceId, entry);
    return entry;
  };
  const rows = (ids: readonly string[]): readonly DeviceStatus[] =>
    ids.flatMap((deviceId) => {
      const entry = entries.get(deviceId);
      return entry ? [{ deviceId, online: entry.online, since: entry.since, lastMessageAt: entry.lastMessageAt }] : [];
    });

  return {
    async load(now) {
      for (const { deviceId, online, since, lastMessageAt } of await store.all()) {
        entries.set(deviceId, { online: false, since: online ? now : since, lastMessageAt, order: -1 });
        if (online) changed.add(deviceId);
      }
    },
    say({ deviceId, online, at, order }) {
      const entry = entryOf(deviceId, at);
      if (order < entry.order) return;
      entry.order = order;
      changed.add(deviceId);
      if (entry.online === online) return;
      entry.online = online;
      entry.since = at;
      fanout.publish({ kind: 'device', deviceId, online });
    },
    heard(deviceId, at) {
      entryOf(deviceId, at).lastMessageAt = at;
      merelyHeard.add(deviceId);
    },
    async flush(all) {
      const due = [...(all ? new Set([...changed, ...merelyHeard]) : changed)];
      for (let from = 0; from < due.length; from += MAX_ROWS) {
        const ids = due.slice(from, from + MAX_ROWS);
        await store.save(rows(ids));
        for (const id of ids) {
          changed.delete(id);
          merelyHeard.delete(id);
        }
      }
    },
  };
}
