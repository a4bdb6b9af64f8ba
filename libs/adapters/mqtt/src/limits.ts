import type { Millis } from '@anlan/contracts';

/** What one consumer takes and waits for. */
export type MqttFeedLimits = Readonly<{
  /** Messages in hand without an acknowledgement; the broker is told (receive maximum), and at the limit the socket is not read. */
  window: number;
  /** Of a larger message only so much is kept, and it is refused as too large. */
  packetBytes: number;
  /** From dialling to the last SUBACK. */
  connectWithinMs: Millis;
  /** A silent broker is asked so often, and given up one such time later: a half-open link is noticed within twice this. */
  pingMs: Millis;
  backoffBaseMs: Millis;
  backoffCapMs: Millis;
  /** What stopping waits for messages in hand. */
  drainMs: Millis;
}>;

export const MQTT_FEED_LIMITS: MqttFeedLimits = {
  window: 1_000,
  packetBytes: 256 * 1024,
  connectWithinMs: 10_000,
  pingMs: 5_000,
  backoffBaseMs: 200,
  backoffCapMs: 5_000,
  drainMs: 5_000,
};
