import type { Millis } from '@anlan/contracts';

/** Online or not, as the connection and the status topic say. */
export type DeviceStatus = Readonly<{ deviceId: string; online: boolean; since: Millis; lastMessageAt: Millis | null }>;
export type DeviceStatusStore = Readonly<{
  save(statuses: readonly DeviceStatus[]): Promise<void>;
  all(): Promise<readonly DeviceStatus[]>;
}>;

/** Device logins, answered from memory so that a reconnect storm does not touch the records. */
export type Credentials = Readonly<{
  /** Does this secret belong to this enabled device. Same time for unknown id and wrong secret. */
  verify(deviceId: string, secret: Uint8Array): Promise<'accepted' | 'refused' | 'unavailable'>;
}>;
