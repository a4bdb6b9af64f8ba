import { TOPICS } from '@anlan/contracts';
import type { Logger } from '@anlan/observability';
import type { Log } from '@anlan/ports';

export type PlaceTellerDeps = Readonly<{ log: Log; logger: Logger; group: string }>;
export type PlaceTeller = Readonly<{
  /** Everything before `next` is done for good. Returns at once. */
  reached(next: number): void;
  /** Resolves when the last place is told, or could not be. */
  told(): Promise<void>;
}>;

/** Commits a partition's place to the log beside the work, one commit at a time: whoever is slow is told the newest place only. */
export function placeTeller({ log, logger, group }: PlaceTellerDeps, partition: number): PlaceTeller {
  let wanted = 0;
  let known = 0;
  let telling: Promise<void> = Promise.resolve();
  let isTelling = false;
  let fails = false;

  const tell = async (): Promise<void> => {
    while (known < wanted) {
      const next = wanted;
      try {
        await log.commit(group, TOPICS.readings, partition, next);
        known = next;
        fails = false;
      } catch (error) {
        if (!fails)
          logger.warn('the log cannot be told how far rules have come; it is told with the next save', {
            partition,
            reason: String(error),
          });
        fails = true;
        break;
      }
    }
    isTelling = false;
  };
  return {
    reached(next) {
      wanted = next;
      if (isTelling) return;
      isTelling = true;
      telling = tell();
    },
    told: () => telling,
  };
}
