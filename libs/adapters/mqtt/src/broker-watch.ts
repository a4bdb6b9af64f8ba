import type { Logger, Meter } from '@anlan/observability';

const DROPPED = '$SYS/broker/publish/messages/dropped';
const STORED_BYTES = '$SYS/broker/store/messages/bytes';
/** What Mosquitto says about itself; other brokers may refuse or lack these, which costs nothing but the numbers. */
export const WATCHED: readonly string[] = [DROPPED, STORED_BYTES];

export type BrokerWatch = Readonly<{ take(topic: string, payload: Buffer): void }>;

/**
 * C4: a broker that drops acknowledged messages says so only here. Each rise is counted and told at level error.
 * Its count starts again with the broker, so only rises within one run count, and the first value only if there was one before.
 */
export function brokerWatch({ meter, logger }: Readonly<{ meter: Meter; logger: Logger }>): BrokerWatch {
  let dropped: number | undefined;
  return {
    take(topic, payload) {
      const text = payload.toString('latin1', 0, 32);
      if (!/^\d+$/.test(text)) return;
      const value = Number(text);
      if (topic === STORED_BYTES) meter.gauge('anlan_broker_stored_bytes', value);
      if (topic !== DROPPED) return;
      const lost = dropped === undefined || value < dropped ? 0 : value - dropped;
      dropped = value;
      if (lost === 0) return;
      meter.count('anlan_broker_dropped_total', lost);
      logger.error('the MQTT broker dropped messages; gaps in sequence numbers will tell which devices they were from', { lost });
    },
  };
}
