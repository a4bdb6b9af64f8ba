import type { Millis } from '@anlan/contracts';
import type { Logger } from '@anlan/observability';
import type { Clock } from '@anlan/ports';

const LOOK_AGAIN_MS: Millis = 1_000;

export type SecondLookDeps = Readonly<{
  clock: Clock;
  logger: Logger;
  /** Reads what is new in the registry. */ refresh: () => Promise<void>;
}>;

/**
 * Reads what is new in the registry before something unknown is refused, at most once a second. Who asks while it is being read waits for
 * the same answer. Resolves with whether there was a look.
 */
export function secondLook({ clock, logger, refresh }: SecondLookDeps): () => Promise<boolean> {
  let lookedAt = -Infinity;
  let looking: Promise<boolean> | undefined;
  const look = async (): Promise<boolean> => {
    lookedAt = clock.mono();
    try {
      await refresh();
      return true;
    } catch (error) {
      logger.warn('the registry cannot be looked at', { reason: String(error) });
      return false;
    } finally {
      looking = undefined;
    }
  };
  return async () => {
    if (looking) return looking;
    if (clock.mono() - lookedAt < LOOK_AGAIN_MS) return false;
    return (looking = look());
  };
}
