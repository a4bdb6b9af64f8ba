import type { Millis } from '@anlan/contracts';

/** What one listener takes at most. Every refusal by one of these is counted in `anlan_limit_total`. */
export type MqttLimits = Readonly<{
  /** Devices logged in at once; one more is told "unavailable". */
  connections: number;
  /** Sockets of one source address that have not logged in yet; more wait in line. */
  unauthenticatedPerSource: number;
  /** Sockets waiting in line, in all; more are closed. */
  waiting: number;
  connectsPerSecond: number;
  /** From being let in to a whole CONNECT. */
  connectWithinMs: Millis;
  packetBytesBeforeLogin: number;
  packetBytes: number;
  keepaliveSeconds: number;
  secretBytes: number;
  /** A refusal is told so long after the CONNECT, whatever the reason was. */
  refusalDelayMs: Millis;
  subscriptions: number;
  takeOvers: number;
  takeOverWindowMs: Millis;
  takeOverCoolDownMs: Millis;
  /** Half-done QoS 2 hand-overs of one connection. */
  qos2InHand: number;
  /** What stopping waits for messages in hand. */
  drainMs: Millis;
}>;

export const MQTT_LIMITS: MqttLimits = {
  connections: 20_000,
  unauthenticatedPerSource: 50,
  waiting: 20_000,
  connectsPerSecond: 500,
  connectWithinMs: 5_000,
  packetBytesBeforeLogin: 4 * 1024,
  packetBytes: 256 * 1024,
  keepaliveSeconds: 600,
  secretBytes: 256,
  refusalDelayMs: 1_000,
  subscriptions: 5,
  takeOvers: 5,
  takeOverWindowMs: 600_000,
  takeOverCoolDownMs: 60_000,
  qos2InHand: 1_000,
  drainMs: 5_000,
};
