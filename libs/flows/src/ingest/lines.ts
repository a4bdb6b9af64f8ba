import { LogUnavailable } from '@anlan/ports';

/**
 * What is in hand of each device, in the order of its arrival (P2).
 *
 * Once one message is given up, all that is in hand of its device is given up: the device sends it again, and what came behind it may not
 * stand in the log before it. Until nothing of the device is in hand any more, what comes is still of the connection that is ending.
 */
export type DeviceLines = Readonly<{ enter(deviceId: string): PlaceInLine }>;
export type PlaceInLine = Readonly<{
  /** @throws LogUnavailable when a message of the device was given up while this one waited. */
  check(): void;
  /** Others of the device are being worked on `inTurn`. */
  isBehind(): boolean;
  /** Does `work` after all work of the device that began so before; whoever comes meanwhile is behind. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** The message failed; for want of the log means given up. */
  failed(error: unknown): void;
  leave(): void;
}>;

type Line = { inHand: number; broken: boolean; tail: Promise<unknown> | undefined };

export function deviceLines(): DeviceLines {
  const lines = new Map<string, Line>();
  return {
    enter(deviceId) {
      const line = lines.get(deviceId) ?? { inHand: 0, broken: false, tail: undefined };
      lines.set(deviceId, line);
      line.inHand += 1;
      return {
        check() {
          if (line.broken) throw new LogUnavailable('a message of the device before this one was given up');
        },
        isBehind: () => line.tail !== undefined,
        async inTurn(work) {
          const own = (line.tail ?? Promise.resolve()).then(work, work);
          line.tail = own;
          try {
            return await own;
          } finally {
            if (line.tail === own) line.tail = undefined;
          }
        },
        failed(error) {
          if (error instanceof LogUnavailable) line.broken = true;
        },
        leave() {
          line.inHand -= 1;
          if (line.inHand === 0) lines.delete(deviceId);
        },
      };
    },
  };
}
