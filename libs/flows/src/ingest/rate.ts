import type { Millis } from '@anlan/contracts';
import type { Clock } from '@anlan/ports';

export type RateLimits = Readonly<{ perSecond: number; burst: number }>;

/**
 * Token bucket a device. Nothing is dropped: the result says how long the answer must wait, so that the device slows down.
 * A device that is quiet for burst / perSecond seconds has its whole burst again and is forgotten.
 */
export function deviceRate({ perSecond, burst }: RateLimits): (deviceId: string, readings: number, nowMono: Millis) => Millis {
  const owed = new Map<string, Readonly<{ spent: number; at: Millis }>>();
  return (deviceId, readings, nowMono) => {
    const before = owed.get(deviceId);
    const recovered = before === undefined ? 0 : Math.max(0, before.spent - ((nowMono - before.at) * perSecond) / 1000);
    const spent = recovered + readings;
    if (spent === 0) owed.delete(deviceId);
    else owed.set(deviceId, { spent, at: nowMono });
    return Math.max(0, Math.ceil(((spent - burst) * 1000) / perSecond));
  };
}

/** Answers held back for a while; `release` ends all of them, and from then on nothing is held. */
export type HeldAnswers = Readonly<{ hold(waitMs: Millis): Promise<void>; release(): void }>;

export function heldAnswers(clock: Clock): HeldAnswers {
  const held = new Set<() => void>();
  let released = false;
  return {
    hold: (waitMs) =>
      new Promise((resolve) => {
        if (released) return resolve();
        const end = (): void => {
          cancel();
          held.delete(end);
          resolve();
        };
        const cancel = clock.after(waitMs, end);
        held.add(end);
      }),
    release() {
      released = true;
      for (const end of [...held]) end();
    },
  };
}
