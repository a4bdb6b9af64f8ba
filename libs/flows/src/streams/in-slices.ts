import type { Millis } from '@anlan/contracts';
import { EMPTY, concat, concatMap, defer, from, ignoreElements, of, type MonoTypeOperatorFunction, type ObservableInput } from 'rxjs';

export type SlicesSetup = Readonly<{
  sliceMs: Millis;
  /** Time that never goes back. */
  mono(): Millis;
  /** Lets others run; ends when they have. */
  rest(): ObservableInput<unknown>;
}>;

/**
 * Passes values on, and rests before the next one once those passed on have taken `sliceMs` of work downstream.
 * The slice belongs to what this gives, not to a subscription: streams one after the other (chunks of one history) share it.
 * What the source says during a rest is kept until after it, so a source must be bounded.
 */
export function inSlices<T>({ sliceMs, mono, rest }: SlicesSetup): MonoTypeOperatorFunction<T> {
  let sliceEnd = mono() + sliceMs;
  const begin = defer(() => {
    sliceEnd = mono() + sliceMs;
    return EMPTY;
  });
  const restIfSpent = defer(() => (mono() < sliceEnd ? EMPTY : concat(from(rest()).pipe(ignoreElements()), begin)));
  return concatMap((value) => concat(of(value), restIfSpent));
}
