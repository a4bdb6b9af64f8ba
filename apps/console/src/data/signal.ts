/** A value that many parts of the page watch. The shape `useSyncExternalStore` asks for. */
export type Signal<T> = Readonly<{ get(): T; subscribe(listener: () => void): () => void }>;
export type Source<T> = Signal<T> & Readonly<{ set(next: T): void }>;

/** A signal that its owner can set. Setting the same value again tells nobody. */
export function source<T>(first: T): Source<T> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
