/** Log topics as other systems see them. */
export const TOPICS = {
  readings: 'anlan.readings.v1',
  rejected: 'anlan.rejected.v1',
  verdicts: 'anlan.verdicts.v1',
  alarms: 'anlan.alarms.v1',
  notifications: 'anlan.notifications.v1',
  registry: 'anlan.registry.v1',
  deviceEvents: 'anlan.device-events.v1',
} as const;
export type Topic = (typeof TOPICS)[keyof typeof TOPICS];

/** MQTT topics of one device. */
export const mqttTopic = {
  telemetry: (deviceId: string): string => `anlan/v1/devices/${deviceId}/telemetry`,
  status: (deviceId: string): string => `anlan/v1/devices/${deviceId}/status`,
  events: (deviceId: string): string => `anlan/v1/devices/${deviceId}/events`,
} as const;
