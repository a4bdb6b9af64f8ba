import { TOPICS, type Millis, type Topic } from '@anlan/contracts';
import type { DeadLetterStore, Ledger, Log, Series } from '@anlan/ports';

/** How long things are kept; null: for ever. */
export type Retention = Readonly<{
  /** Readings, by event time. */
  readingsMs: Millis | null;
  /** Dead letters in the records store, by arrival. */
  deadLettersMs: Millis | null;
  /** Ledger hours, by arrival. */
  ledgerMs: Millis | null;
  /** Log records, by time of append. */
  logMs: Readonly<Partial<Record<Topic, Millis | null>>>;
}>;

const DAY_MS = 86_400_000;
/** As the contract says; readings 400 days (ruling 23). */
export const RETENTION: Retention = {
  readingsMs: 400 * DAY_MS,
  deadLettersMs: 90 * DAY_MS,
  ledgerMs: 400 * DAY_MS,
  logMs: {
    [TOPICS.readings]: 7 * DAY_MS,
    [TOPICS.rejected]: 30 * DAY_MS,
    [TOPICS.verdicts]: 30 * DAY_MS,
    [TOPICS.notifications]: 30 * DAY_MS,
    [TOPICS.deviceEvents]: 30 * DAY_MS,
  },
};

export type RetentionDeps = Readonly<{ log: Log; series: Series; ledger: Ledger; deadLetters: DeadLetterStore; retention: Retention }>;

/** Removes what is older than its time. The log keeps by itself what a reader has not committed. Returns how many of each. */
export async function expireOld(
  { log, series, ledger, deadLetters, retention }: RetentionDeps,
  now: Millis,
): Promise<Readonly<Record<string, number>>> {
  const removed: Record<string, number> = {};
  const expire = async (name: string, keepMs: Millis | null, run: (before: Millis) => Promise<number>): Promise<void> => {
    if (keepMs === null) return;
    const count = await run(now - keepMs);
    if (count > 0) removed[name] = count;
  };
  await expire('readings', retention.readingsMs, (before) => series.expire(before));
  await expire('deadLetters', retention.deadLettersMs, (before) => deadLetters.expire(before));
  await expire('ledger', retention.ledgerMs, (before) => ledger.expire(before));
  for (const topic of Object.values(TOPICS)) await expire(topic, retention.logMs[topic] ?? null, (before) => log.expire(topic, before));
  return removed;
}
