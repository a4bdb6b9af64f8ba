import type { Millis } from '@anlan/contracts';

export type TakeOverLimits = Readonly<{ takeOvers: number; takeOverWindowMs: Millis; takeOverCoolDownMs: Millis }>;
/** A device that reconnects takes its old session over. Two boxes with one id do so all the time (S-12). */
export type TakeOvers = Readonly<{
  /** May a new connection throw out the present one; false while cooling down, when the present one stays. */
  allowed(deviceId: string, nowMono: Millis): boolean;
  /** One happened; true when it is the one too many that starts a cool-down. */
  note(deviceId: string, nowMono: Millis): boolean;
}>;

type Count = Readonly<{ times: readonly Millis[]; coolUntil: Millis }>;
/** Devices remembered; beyond it those without recent take-overs are dropped. */
const MAX_DEVICES = 10_000;

export function takeOvers({ takeOvers: most, takeOverWindowMs, takeOverCoolDownMs }: TakeOverLimits): TakeOvers {
  const counts = new Map<string, Count>();
  const prune = (now: Millis): void => {
    for (const [deviceId, { times }] of counts) if ((times.at(-1) ?? 0) < now - takeOverWindowMs) counts.delete(deviceId);
  };
  return {
    allowed: (deviceId, now) => now >= (counts.get(deviceId)?.coolUntil ?? -Infinity),
    note(deviceId, now) {
      if (counts.size >= MAX_DEVICES) prune(now);
      const recent = (counts.get(deviceId)?.times ?? []).filter((time) => time > now - takeOverWindowMs);
      const times = [...recent, now];
      const tooMany = times.length > most;
      counts.set(deviceId, tooMany ? { times: [], coolUntil: now + takeOverCoolDownMs } : { times, coolUntil: -Infinity });
      return tooMany;
    },
  };
}
