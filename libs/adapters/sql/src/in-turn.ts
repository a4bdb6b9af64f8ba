import { performance } from 'node:perf_hooks';
import { RecordsUnavailable } from '@anlan/ports';

/** Runs what it is given one after another, in the order of the calls; a failure ends only its own turn. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

const MAX_WAITING = 2_000;
const MAX_WAIT_MS = 10_000;

export function inTurn(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/**
 * As `inTurn`, but who has waited too long, or comes when too many wait, is refused with RecordsUnavailable: when the server is
 * away, a queue is emptied by one look at the clock each instead of one failure after another.
 */
export function boundedTurns(): Turns {
  const turn = inTurn();
  let waiting = 0;
  return async (work) => {
    if (waiting >= MAX_WAITING) throw new RecordsUnavailable('too many wait for the records');
    const cameAt = performance.now();
    waiting += 1;
    return turn(() => {
      waiting -= 1;
      if (performance.now() - cameAt > MAX_WAIT_MS) throw new RecordsUnavailable('waited too long for the records');
      return work();
    });
  };
}
