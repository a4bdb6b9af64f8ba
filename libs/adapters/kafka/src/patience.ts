import { type Clock, pause } from '@anlan/ports';
import { KafkaFault, lost } from './fault.js';

const FIRST_WAIT_MS = 50;
const LAST_WAIT_MS = 500;

/** Tries again what may heal, doubling the wait, until `forMs` have passed; then the last fault stands. */
export async function patiently<T>(clock: Clock, forMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = clock.mono() + forMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LAST_WAIT_MS))
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof KafkaFault) || !error.mayHeal || clock.mono() + waitMs > deadline) throw error;
      await pause(clock, waitMs);
    }
}

/** The work, or a fault when it takes longer; the work itself goes on. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = pause(clock, ms, done.signal).then(() => {
    throw lost('NO_ANSWER', `within ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    done.abort();
  }
}
