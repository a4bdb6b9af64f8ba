import type { Millis } from '@anlan/contracts';
import { EMPTY, Observable, catchError, concat, defer, from, ignoreElements, repeat, throwError, type ObservableInput } from 'rxjs';
import type { Wait } from './wait.js';

export type TurnsSetup = Readonly<{
  /** One turn; it ends when it completes. */
  pull(): ObservableInput<unknown>;
  /** Asked before each turn. The turn in hand is always finished. */
  isOver(): boolean;
  onFailure(error: unknown): void;
  isFatal(error: unknown): boolean;
  wait: Wait;
  retry: Readonly<{ firstMs: Millis; lastMs: Millis }>;
}>;

/**
 * Turn after turn, one at a time, until it is over: the next is asked for only when the last has ended, so nothing queues.
 * A turn that failed is told and tried again after a pause that doubles up to `lastMs`, from `firstMs` anew after each success;
 * a fatal error ends the stream with it.
 */
export function turns({ pull, isOver, onFailure, isFatal, wait, retry }: TurnsSetup): Observable<never> {
  let retryMs = retry.firstMs;
  const succeeded = defer(() => {
    retryMs = retry.firstMs;
    return EMPTY;
  });
  const failed = (error: unknown): Observable<unknown> => {
    if (isFatal(error)) return throwError(() => error);
    if (!isOver()) onFailure(error);
    const pauseMs = retryMs;
    retryMs = Math.min(retryMs * 2, retry.lastMs);
    return from(wait(pauseMs));
  };
  return defer(() => (isOver() ? EMPTY : concat(defer(pull), succeeded).pipe(catchError(failed)))).pipe(
    ignoreElements(),
    repeat({ delay: () => (isOver() ? EMPTY : [true]) }),
  );
}
