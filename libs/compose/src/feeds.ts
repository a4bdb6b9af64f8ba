import { MQTT_LIMITS, aedesFeed } from '@anlan/adapter-aedes';
import { MQTT_FEED_LIMITS, mqttFeed } from '@anlan/adapter-mqtt';
import type { Logger, Meter } from '@anlan/observability';
import type { Clock, Feed } from '@anlan/ports';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Settings } from './settings.js';

export type FeedsDeps = Readonly<{ settings: Settings; clock: Clock; meter: Meter; logger: Logger }>;

/** Ways by which devices reach ingest: our own listener, and beside it an existing broker where one is named. */
export function feedOf(deps: FeedsDeps): Feed {
  const { ANLAN_MQTT_URL: url } = deps.settings;
  return url === null ? builtIn(deps) : together(builtIn(deps), existingBroker(deps, url), deps.logger);
}

function builtIn({ settings, clock, meter, logger }: FeedsDeps): Feed {
  const { ANLAN_TLS_CERT: cert, ANLAN_TLS_KEY: key, ANLAN_HOST: host, ANLAN_MQTT_PORT: port } = settings;
  const tls = cert !== null && key !== null ? { tls: { cert: readFileSync(cert), key: readFileSync(key) } } : {};
  return aedesFeed({ clock, meter, logger: logger.child({ feed: 'listener' }), host, port, limits: MQTT_LIMITS, ...tls });
}

/**
 * Alone it keeps the order of each device, and the broker keeps a day for it; several must share a group, where the broker keeps a minute and
 * one device's messages may overtake each other (decision 15). The client id is one of this place, so that a restart finds its own session.
 */
function existingBroker({ settings, clock, meter, logger }: FeedsDeps, url: string): Feed {
  const {
    ANLAN_NAMESPACE: namespace,
    ANLAN_MQTT_PORT: port,
    ANLAN_MQTT_USER: user,
    ANLAN_MQTT_PASSWORD: password,
    ANLAN_TLS_CA: ca,
    ANLAN_MQTT_GROUP: group,
  } = settings;
  return mqttFeed({
    url,
    user: user ?? '',
    password: password ?? '',
    ...(ca !== null && { tls: { ca: readFileSync(ca) } }),
    clientId: ['anlan-ingest', namespace, hostname(), port].filter((part) => part !== '').join('-'),
    ...(group !== null && { group }),
    clock,
    meter,
    logger: logger.child({ feed: 'broker' }),
    limits: MQTT_FEED_LIMITS,
  });
}

/** Two ways in as one. The first one's address is where devices connect; a broker that is away keeps nobody from it. */
function together(first: Feed, second: Feed, logger: Logger): Feed {
  return {
    async start(handler) {
      const address = await first.start(handler);
      second.start(handler).catch((error: unknown) => logger.error('the existing broker cannot be read', { reason: String(error) }));
      return address;
    },
    disconnect(deviceId) {
      first.disconnect(deviceId);
      second.disconnect(deviceId);
    },
    async stop() {
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}
