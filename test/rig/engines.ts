import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as influx from '../../tools/engines/influx.mjs';
import * as kafka from '../../tools/engines/kafka.mjs';
import * as postgres from '../../tools/engines/postgres.mjs';
import * as redis from '../../tools/engines/redis.mjs';
import type { Engine } from '../../tools/engines/supervisor.mjs';
import { freePort } from './platform.js';

export type PrivateEngineName = 'kafka' | 'postgres' | 'redis' | 'influx';
/** Engines of one test alone, to be killed and started again on the same data and ports. */
export type PrivateEngines = Readonly<{
  settings: Readonly<Record<string, string>>;
  kill(name: PrivateEngineName): Promise<void>;
  start(name: PrivateEngineName): Promise<void>;
  stopAll(): Promise<void>;
}>;

/** A port that nobody listens on just now, with room above it for the ones that an engine takes beside it. */
async function portWithRoom(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = await freePort();
    if (port < 65_000) return port;
  }
  throw new Error('no free port below 65000');
}

/** Starts all of them in `folder`. They end with this process whatever happens. */
export async function privateEngines(folder: string): Promise<PrivateEngines> {
  const secret = randomBytes(16).toString('hex');
  const ports = { kafka: await portWithRoom(), postgres: await freePort(), redis: await freePort(), influx: await portWithRoom() };
  const makers: Readonly<Record<PrivateEngineName, () => Promise<Engine>>> = {
    kafka: () => kafka.start({ folder: join(folder, 'kafka'), port: ports.kafka }),
    postgres: () => postgres.start({ folder: join(folder, 'postgres'), port: ports.postgres, password: secret }),
    redis: () => redis.start({ folder: join(folder, 'redis'), port: ports.redis, password: secret }),
    influx: () => influx.start({ folder: join(folder, 'influx'), port: ports.influx, token: secret, org: 'anlan', bucket: 'anlan' }),
  };
  const running = new Map<PrivateEngineName, Engine>();
  const start = async (name: PrivateEngineName): Promise<void> => {
    running.set(name, await makers[name]());
  };
  for (const name of Object.keys(makers) as PrivateEngineName[]) await start(name);
  const addressOf = (name: PrivateEngineName): string => running.get(name)?.address ?? '';
  return {
    settings: {
      ANLAN_KAFKA_BROKERS: addressOf('kafka'),
      ANLAN_POSTGRES_URL: addressOf('postgres'),
      ANLAN_REDIS_URL: addressOf('redis'),
      ANLAN_INFLUX_URL: addressOf('influx'),
      ANLAN_INFLUX_TOKEN: secret,
      ANLAN_INFLUX_ORG: 'anlan',
      ANLAN_SECRET_KEY: randomBytes(24).toString('hex'),
    },
    start,
    async kill(name) {
      await running.get(name)?.kill();
    },
    async stopAll() {
      await Promise.all([...running.values()].map((engine) => engine.kill()));
    },
  };
}
