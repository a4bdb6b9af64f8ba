import type { Millis } from './basics.js';

type Said = Readonly<{ deviceId: string; siteId: string; /** Server time of arrival. */ arrivedAt: Millis }>;

/** What `anlan.device-events.v1` carries, key device id: what devices say besides readings, and what their connections do. */
export type DeviceEventRecord =
  | (Said & Readonly<{ kind: 'event'; event: string; t: Millis; data: Readonly<Record<string, unknown>> }>)
  | (Said & Readonly<{ kind: 'status'; online: boolean; t: Millis }>)
  /** Two boxes seem to use one device id: they kept throwing each other out. */
  | (Said & Readonly<{ kind: 'take_over' }>);
