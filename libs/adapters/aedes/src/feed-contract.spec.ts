import { silentLogger, silentMeter } from '@anlan/observability';
import type { Clock, Feed } from '@anlan/ports';
import { feedContract } from '@anlan/ports/contract';
import { freePort } from '@anlan/testing';
import { MQTT_LIMITS, aedesFeed } from './index.js';

const clock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

feedContract('aedesFeed', async () => {
  const port = await freePort();
  const make = (): Feed =>
    aedesFeed({ host: '127.0.0.1', port, clock, meter: silentMeter, logger: silentLogger, limits: { ...MQTT_LIMITS, drainMs: 500 } });
  return { feed: make(), next: make, door: (username) => ({ port, username, password: 'any' }), dispose: async () => undefined };
});
