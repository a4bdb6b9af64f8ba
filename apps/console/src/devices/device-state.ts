import type { DeviceRowJson } from '@anlan/contracts';

/** What the link of a device says, apart from its readings: a live link must not hide a dead probe. */
export const DEVICE_STATES = ['online', 'offline', 'silent', 'unknown', 'disabled'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** Longer than three intervals (and half a minute) without a word is gone: the same limit as the rules have. */
export function hasGone(lastAt: string | null, intervalMs: number, now: number): boolean {
  return lastAt === null || now - Date.parse(lastAt) > Math.max(3 * intervalMs, 30_000);
}

export function deviceState(device: DeviceRowJson, now: number): DeviceState {
  if (!device.enabled) return 'disabled';
  if (device.online === null && device.lastMessageAt === null) return 'unknown';
  if (device.online === false) return 'offline';
  return hasGone(device.lastMessageAt, device.intervalMs, now) ? 'silent' : 'online';
}

/** Devices with `text` in their id, name or place. */
export function searchDevices(devices: readonly DeviceRowJson[], text: string): readonly DeviceRowJson[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return devices;
  return devices.filter(({ id, name, siteName, assetName }) =>
    `${id} ${name ?? ''} ${siteName} ${assetName}`.toLowerCase().includes(wanted),
  );
}
