import type { Broadcast, Fanout } from '@anlan/ports';

export type FanoutDeps = Readonly<{
  /** A listener threw; the others have been told all the same. */
  onError(error: unknown): void;
}>;

/** Fan-out within one process. A listener that throws hurts nobody else; one that leaves while being told is not told again. */
export function memoryFanout({ onError }: FanoutDeps): Fanout {
  const listeners = new Set<(broadcast: Broadcast) => void>();
  return {
    publish(broadcast) {
      for (const listener of [...listeners]) {
        if (!listeners.has(listener)) continue;
        try {
          listener(broadcast);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe(listener) {
      // Its own function, so that one listener subscribed twice is two subscriptions.
      const entry = (broadcast: Broadcast): void => listener(broadcast);
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
  };
}
