import type { Millis } from '@anlan/contracts';
import { Observable, Subscription, from, type OperatorFunction } from 'rxjs';
import type { Wait } from './wait.js';

export type BatchesSetup = Readonly<{ most: number; everyMs: Millis; wait: Wait }>;

/**
 * Gathers values until there are `most` of them or the first has waited `everyMs`; never an empty batch, never more than `most` held.
 * What is held at the end of the source goes out before the end; at its error it is dropped.
 */
export function batches<T>({ most, everyMs, wait }: BatchesSetup): OperatorFunction<T, readonly T[]> {
  return (source) =>
    new Observable((out) => {
      let held: T[] = [];
      let timer = Subscription.EMPTY;
      const flush = (): void => {
        timer.unsubscribe();
        const batch = held;
        held = [];
        if (batch.length > 0) out.next(batch);
      };
      const take = (value: T): void => {
        held.push(value);
        if (held.length >= most) flush();
        else if (held.length === 1) timer = from(wait(everyMs)).subscribe({ complete: flush, error: (error: unknown) => out.error(error) });
      };
      const end = (): void => {
        flush();
        out.complete();
      };
      out.add(source.subscribe({ next: take, complete: end, error: (error: unknown) => out.error(error) }));
      out.add(() => timer.unsubscribe());
    });
}
