import type { Millis } from '@anlan/contracts';
import { Observable, Subscription, concat, defer, from, ignoreElements, type ObservableInput, type OperatorFunction } from 'rxjs';
import type { Wait } from './wait.js';

export type WindowsSetup<T, K, R> = Readonly<{
  everyMs: Millis;
  keyOf(value: T): K;
  /** What is done with the newest value of each key, in the order in which the keys came. One window at a time. */
  work(newest: ReadonlyMap<K, T>): ObservableInput<R>;
  wait: Wait;
}>;

/**
 * The newest value of each key, a window at a time. A window opens with its first value and closes after `everyMs`; while one is
 * worked on, the next only gathers. So a slow worker makes windows longer, never more: what is held is one value a key.
 * When the source ends, what is held still gets its window.
 */
export function windows<T, K, R>({ everyMs, keyOf, work, wait }: WindowsSetup<T, K, R>): OperatorFunction<T, R> {
  return (source) =>
    new Observable((out) => {
      let held = new Map<K, T>();
      let hasEnded = false;
      let window = Subscription.EMPTY;
      const close = defer(() => {
        const newest = held;
        held = new Map();
        return work(newest);
      });
      const fail = (error: unknown): void => out.error(error);
      const open = (): void => {
        window = concat(from(wait(everyMs)).pipe(ignoreElements()), close).subscribe({
          next: (result) => out.next(result),
          complete: () => (held.size > 0 ? open() : hasEnded && out.complete()),
          error: fail,
        });
      };
      const take = (value: T): void => {
        held.set(keyOf(value), value);
        if (window.closed) open();
      };
      const end = (): void => {
        hasEnded = true;
        if (window.closed) out.complete();
      };
      out.add(source.subscribe({ next: take, complete: end, error: fail }));
      out.add(() => window.unsubscribe());
    });
}
