import type { Millis } from '@anlan/contracts';
import type { Clock } from '@anlan/ports';
import { Observable, type ObservableInput } from 'rxjs';

/** Something that ends after so many milliseconds, never at once. What it emits is of no interest. */
export type Wait = (ms: Millis) => ObservableInput<unknown>;

/** Waiting by the clock that is given, as a stream: whoever no longer waits cancels the timer. */
export function waitBy(clock: Pick<Clock, 'after'>): (ms: Millis) => Observable<never> {
  return (ms) => new Observable((out) => clock.after(ms, () => out.complete()));
}
