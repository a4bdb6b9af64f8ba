import {
  EMPTY,
  catchError,
  connect,
  ignoreElements,
  merge,
  type MonoTypeOperatorFunction,
  type Observable,
  type OperatorFunction,
} from 'rxjs';

export type BesideSetup<T> = Readonly<{
  draft: OperatorFunction<T, unknown>;
  /** The draft broke; it sees nothing more. Told once. */
  onBroken(error: unknown): void;
}>;

/**
 * Lets a draft see what passes by: one subscription of the source for both, the live one first. What the draft says goes nowhere; its error
 * ends the draft alone, because a judge that broke within a step has no state to trust. A failure of the source is not one of the draft.
 */
export function beside<T>({ draft, onBroken }: BesideSetup<T>): MonoTypeOperatorFunction<T> {
  const ended = (): Observable<never> => EMPTY;
  const broken = (error: unknown): Observable<never> => {
    onBroken(error);
    return EMPTY;
  };
  return connect((shared) => merge(shared, shared.pipe(catchError(ended), draft, ignoreElements(), catchError(broken))));
}
