import type { Millis } from '@anlan/contracts';

/** Online or not, as the connection and the status topic say. */
export type DeviceStatus = Readonly<{ deviceId: string; online: boolean; since: Millis; lastMessageAt: Millis | null }>;

/** What one ingest process says of a device; several may speak of the same one. */
export type DeviceWord = Readonly<{
  deviceId: string;
  /** The last message that this process saw. */
  lastMessageAt: Millis | null;
  /** Absent: only that it was heard. */
  said?: Readonly<{
    online: boolean;
    since: Millis;
    /** When this was so. */
    at: Millis;
    /** When the process began. */
    by: Millis;
    /** Beginning of the connection of this process that it is about; null: of none (the status topic through another broker). */
    connectedAt: Millis | null;
  }>;
}>;

/**
 * V1  A word about an earlier moment never replaces one about a later; of one moment, that of the process that began later stands.
 * V2  The end of a connection does not undo a connection that began after it.
 * V3  The time of the last message only grows.
 */
export type DeviceStatusStore = Readonly<{
  save(words: readonly DeviceWord[]): Promise<void>;
  /**
   * Whoever is said to be online is offline since `now`: all of them, or with `heldBefore` those on connections of processes that
   * have not said so again since then. How many.
   */
  lapse(now: Millis, heldBefore?: Millis): Promise<number>;
  all(): Promise<readonly DeviceStatus[]>;
}>;

/** Device logins, answered from memory so that a reconnect storm does not touch the records. */
export type Credentials = Readonly<{
  /** Does this secret belong to this enabled device. Same time for unknown id and wrong secret. */
  verify(deviceId: string, secret: Uint8Array): Promise<'accepted' | 'refused' | 'unavailable'>;
}>;
