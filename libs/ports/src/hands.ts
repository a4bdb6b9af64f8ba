import { pause, type Clock } from './clock.js';
import type { Holder } from './shares.js';

/** The partitions of one member, taken and let go one step at a time. */
export type Hands = Readonly<{
  /** From now on exactly these. The steps run beside the caller. */
  want(partitions: readonly number[]): void;
  /** Those whose `take` has resolved and whose `release` was not asked for. */
  held(): readonly number[];
  /** Those that are held, being taken or being let go: nobody else may begin with them. */
  inHand(): readonly number[];
  /** Resolves when nothing is in hand that is not wanted. */
  letGo(): Promise<void>;
}>;

type Finger = { wanted: boolean; held: boolean; running: Promise<void> | undefined; changed: AbortController };

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Carries out what a group decides for one member (H3): `take` and `release` of a partition never overlap; a `take` that fails is tried
 * again for as long as it is wanted; a `release` that fails counts as done, since nothing more can be done about it.
 */
export function hands(deps: Readonly<{ holder: Holder; clock: Clock; onFailure(partition: number, error: unknown): void }>): Hands {
  const { holder, clock, onFailure } = deps;
  const fingers = new Map<number, Finger>();

  const take = async (partition: number, finger: Finger, retryMs: number): Promise<void> => {
    try {
      await holder.take(partition);
      finger.held = true;
    } catch (error) {
      onFailure(partition, error);
      await pause(clock, retryMs, finger.changed.signal);
    }
  };
  const release = async (partition: number, finger: Finger): Promise<void> => {
    try {
      await holder.release(partition);
    } catch (error) {
      onFailure(partition, error);
    }
    finger.held = false;
  };
  const move = async (partition: number, finger: Finger): Promise<void> => {
    for (let retryMs = FIRST_RETRY_MS; finger.wanted !== finger.held; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS))
      await (finger.wanted ? take(partition, finger, retryMs) : release(partition, finger));
    finger.running = undefined;
    if (!finger.held) fingers.delete(partition);
  };
  const set = (partition: number, wanted: boolean): void => {
    const finger = fingers.get(partition) ?? { wanted: false, held: false, running: undefined, changed: new AbortController() };
    if (finger.wanted === wanted) return;
    finger.wanted = wanted;
    finger.changed.abort();
    finger.changed = new AbortController();
    fingers.set(partition, finger);
    finger.running ??= move(partition, finger);
  };

  return {
    want(partitions) {
      for (const partition of [...fingers.keys()]) if (!partitions.includes(partition)) set(partition, false);
      for (const partition of partitions) set(partition, true);
    },
    held: () => [...fingers].flatMap(([partition, { held, wanted }]) => (held && wanted ? [partition] : [])).sort((a, b) => a - b),
    inHand: () => [...fingers.keys()].sort((a, b) => a - b),
    async letGo() {
      await Promise.all([...fingers.values()].flatMap(({ wanted, running }) => (wanted || !running ? [] : [running])));
    },
  };
}
