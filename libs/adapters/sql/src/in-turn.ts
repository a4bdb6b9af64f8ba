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
 * As `inTurn`, but who has waited for `maxWaitMs`, or comes when too many wait, is refused with RecordsUnavailable: when the server
 * is away, a queue is not emptied by one failure after another, and who waits for itself does not wait for ever.
 */
export function boundedTurns(maxWaitMs = MAX_WAIT_MS): Turns {
  const turn = inTurn();
  let inHand = 0;
  return async (work) => {
    if (inHand > MAX_WAITING) throw new RecordsUnavailable('too many wait for the records');
    inHand += 1;
    const wait = inHand > 1 ? patience(maxWaitMs) : undefined;
    const mine = turn(async () => {
      try {
        return !wait || wait.endsInTime() ? await work() : await wait.ended;
      } finally {
        inHand -= 1;
      }
    });
    return wait ? Promise.race([mine, wait.ended]) : mine;
  };
}

/** `ended` rejects after `ms`, unless `endsInTime` was called before then: it ends the waiting and answers whether it was in time. */
function patience(ms: number): Readonly<{ endsInTime(): boolean; ended: Promise<never> }> {
  let over = false;
  let cancel: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      over = true;
      reject(new RecordsUnavailable('waited too long for the records'));
    }, ms);
    cancel = () => clearTimeout(timer);
  });
  ended.catch(() => undefined); // heard by who waits, if anybody does
  return {
    endsInTime() {
      cancel();
      return !over;
    },
    ended,
  };
}
