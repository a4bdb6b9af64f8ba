import { setImmediate } from 'node:timers/promises';

type Waiting<C, R> = Readonly<{ call: C; resolve(result: R): void; reject(error: unknown): void }>;

/**
 * Calls that come while one round is under way are the next round, so that many callers share one transaction.
 * When a round fails, all of its calls fail, and the rounds after it are of one call each until one succeeds: so a call that can
 * never succeed holds up no other for long, and a database that is away is not asked for every call of every round.
 *
 * @param work results in the order of the calls
 */
export function rounds<C, R>(work: (calls: readonly C[]) => Promise<readonly R[]>): (call: C) => Promise<R> {
  let waiting: Waiting<C, R>[] = [];
  let running = false;
  let alone = false;

  const round = async (some: readonly Waiting<C, R>[]): Promise<void> => {
    try {
      const results = await work(some.map(({ call }) => call));
      if (results.length !== some.length) throw new RangeError(`${results.length} results of ${some.length} calls`);
      some.forEach(({ resolve }, index) => resolve(results[index] as R));
      alone = false;
    } catch (error) {
      alone = true;
      for (const { reject } of some) reject(error);
    }
  };
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      // All who call in one turn of the event loop share the first round.
      await setImmediate();
      const some = waiting.slice(0, alone ? 1 : waiting.length);
      waiting = waiting.slice(some.length);
      await round(some);
    }
    running = false;
  };

  return (call) =>
    new Promise((resolve, reject) => {
      waiting.push({ call, resolve, reject });
      if (running) return;
      running = true;
      void run();
    });
}
