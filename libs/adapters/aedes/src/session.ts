import type { Millis } from '@anlan/contracts';
import type { AnswerLane } from './answer-lane.js';
import type { FrameGuard } from './frame-guard.js';
import type { GuardedSocket } from './guarded-socket.js';
import type { Ticket } from './admission.js';

export type Will = Readonly<{ topic: string; payload: Uint8Array; qos: 0 | 1 | 2; retain: boolean }>;

/** One connection, from being let in to its end. What changes is here and nowhere else. */
export type Session = {
  readonly conn: GuardedSocket;
  readonly guard: FrameGuard;
  readonly lane: AnswerLane;
  readonly ticket: Ticket;
  readonly source: string;
  /** When its CONNECT was read, on the monotonic clock. */
  connectAt: Millis;
  /** Whose it is; undefined until it has logged in. */
  deviceId: string | undefined;
  /** Its device was told to be online, by it or by the one it took over from. */
  announced: boolean;
  /** A newer connection of the same device took over: its end says nothing about the device. */
  replaced: boolean;
  will: Will | undefined;
  filters: number;
};

/** A connection that has not logged in. */
export function newSession(parts: Pick<Session, 'conn' | 'guard' | 'lane' | 'ticket' | 'source'>, nowMono: Millis): Session {
  return { ...parts, connectAt: nowMono, deviceId: undefined, announced: false, replaced: false, will: undefined, filters: 0 };
}

/** Live connections by device: one each. */
export type Sessions = Readonly<{
  of(deviceId: string): Session | undefined;
  /** Makes it the device's connection; returns the one it takes over from. */
  claim(deviceId: string, session: Session): Session | undefined;
  /** True when it was still the device's connection. */
  release(session: Session): boolean;
  count(): number;
}>;

export function sessionTable(): Sessions {
  const live = new Map<string, Session>();
  return {
    of: (deviceId) => live.get(deviceId),
    claim(deviceId, session) {
      const old = live.get(deviceId);
      if (old) {
        old.replaced = true;
        session.announced = old.announced;
      }
      session.deviceId = deviceId;
      live.set(deviceId, session);
      return old;
    },
    release(session) {
      const { deviceId } = session;
      return deviceId !== undefined && live.get(deviceId) === session && live.delete(deviceId);
    },
    count: () => live.size,
  };
}
