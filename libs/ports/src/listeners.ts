import type { Broadcast, BroadcastKind, BroadcastOf, Fanout } from './fanout.js';

export type ListenersDeps = Readonly<{
  /** A listener threw; the others have been told all the same. */
  onError(error: unknown): void;
  /** The first listener of a kind came, or the last one left. */
  onChange?(): void;
}>;
export type Listeners = Readonly<{
  tell(broadcast: Broadcast): void;
  subscribe: Fanout['subscribe'];
  /** Kinds that somebody listens for. */
  kinds(): readonly BroadcastKind[];
  /** All are gone, and `onChange` is not told. */
  clear(): void;
}>;
type Entry = (broadcast: Broadcast) => void;

/** The listeners of one process. One that throws hurts nobody else; one that leaves while being told is not told again. */
export function listeners({ onError, onChange }: ListenersDeps): Listeners {
  const byKind = new Map<BroadcastKind, Set<Entry>>();
  const leave = (kinds: readonly BroadcastKind[], entry: Entry): void => {
    for (const kind of kinds) {
      const entries = byKind.get(kind);
      entries?.delete(entry);
      if (entries?.size === 0) byKind.delete(kind);
    }
  };
  const changing = (change: () => void): void => {
    const before = byKind.size;
    change();
    if (byKind.size !== before) onChange?.();
  };
  return {
    tell(broadcast) {
      for (const entry of [...(byKind.get(broadcast.kind) ?? [])]) {
        if (!byKind.get(broadcast.kind)?.has(entry)) continue;
        try {
          entry(broadcast);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe<K extends BroadcastKind>(kinds: readonly K[], listener: (broadcast: BroadcastOf<K>) => void) {
      // Its own function, so that one listener subscribed twice is two subscriptions. It is kept under its kinds only, so it is told no other.
      const entry: Entry = (broadcast) => listener(broadcast as BroadcastOf<K>);
      changing(() => {
        for (const kind of kinds) byKind.set(kind, (byKind.get(kind) ?? new Set<Entry>()).add(entry));
      });
      return () => changing(() => leave(kinds, entry));
    },
    kinds: () => [...byKind.keys()],
    clear: () => byKind.clear(),
  };
}
