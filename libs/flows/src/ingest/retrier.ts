import type { DeadLetter, Digest } from '@anlan/contracts';
import type { Clock, NewRecord } from '@anlan/ports';
import type { DeviceDirectory } from './directory.js';
import { planRetry, type RetryOutcome } from './retry.js';

export type RetrierDeps = Readonly<{
  directory: DeviceDirectory;
  clock: Clock;
  digest: Digest;
  append(records: readonly NewRecord[]): Promise<unknown>;
}>;

/** Retried letters remembered until the recorder has marked them. */
const MAX_REMEMBERED = 1_000;

/** Tries dead letters again with today's registry: each at most once at a time. */
export function letterRetrier({ directory, clock, digest, append }: RetrierDeps): (letter: DeadLetter) => Promise<RetryOutcome> {
  const retried = new Set<string>();
  return async (letter) => {
    if (retried.has(letter.id)) return { kind: 'repeated' };
    const { outcome, records } = planRetry(letter, { known: directory.find(letter.deviceId), now: clock.now(), digest });
    if (outcome.kind !== 'accepted') return outcome;
    retried.add(letter.id);
    if (retried.size > MAX_REMEMBERED) for (const oldest of retried) if (retried.delete(oldest)) break;
    try {
      await append(records);
    } catch (error) {
      retried.delete(letter.id);
      throw error;
    }
    return outcome;
  };
}
