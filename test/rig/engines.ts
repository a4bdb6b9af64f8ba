import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as influx from '../../tools/engines/influx.mjs';
import * as kafka from '../../tools/engines/kafka.mjs';
import * as postgres from '../../tools/engines/postgres.mjs';
import * as redis from '../../tools/engines/redis.mjs';
import type { Engine } from '../../tools/engines/supervisor.mjs';
import { type BadLink, badLink, freePort } from '@anlan/testing';

export const ENGINE_NAMES = ['kafka', 'postgres', 'redis', 'influx'] as const;
export type PrivateEngineName = (typeof ENGINE_NAMES)[number];
/** Engines of one test alone, to be killed and started again on the same data and ports. */
export type PrivateEngines = Readonly<{
  settings: Readonly<Record<string, string>>;
  kill(name: PrivateEngineName): Promise<void>;
  start(name: PrivateEngineName): Promise<void>;
  /** What lies between the platform and an engine, where they were started `linked`. */
  link(name: PrivateEngineName): BadLink;
  stopAll(): Promise<void>;
}>;

export type EngineOptions = Readonly<{
  /** Where an engine keeps its data, if not in the folder of all. */
  folders?: Partial<Readonly<Record<PrivateEngineName, string>>>;
  /** The platform reaches every engine through a link that can be spoilt. */
  linked?: boolean;
}>;

/** Starts all of them in `folder`. They end with this process whatever happens. */
export async function privateEngines(folder: string, { folders = {}, linked = false }: EngineOptions = {}): Promise<PrivateEngines> {
  const secret = randomBytes(16).toString('hex');
  const place = (name: PrivateEngineName): string => folders[name] ?? join(folder, name);
  const ports = { kafka: await freePort(1), postgres: await freePort(), redis: await freePort(), influx: await freePort(2) };
  const links: Partial<Record<PrivateEngineName, BadLink>> = {};
  if (linked) for (const name of ENGINE_NAMES) links[name] = await badLink({ port: ports[name] });
  const makers: Readonly<Record<PrivateEngineName, () => Promise<Engine>>> = {
    kafka: () => kafka.start({ folder: place('kafka'), port: ports.kafka, ...(links.kafka && { advertisedPort: links.kafka.port }) }),
    postgres: () => postgres.start({ folder: place('postgres'), port: ports.postgres, password: secret }),
    redis: () => redis.start({ folder: place('redis'), port: ports.redis, password: secret }),
    influx: () => influx.start({ folder: place('influx'), port: ports.influx, token: secret, org: 'anlan', bucket: 'anlan' }),
  };
  const running = new Map<PrivateEngineName, Engine>();
  const start = async (name: PrivateEngineName): Promise<void> => {
    running.set(name, await makers[name]());
  };
  for (const name of ENGINE_NAMES) await start(name);
  const addressOf = (name: PrivateEngineName): string => {
    const address = running.get(name)?.address ?? '';
    return links[name] ? address.replace(`:${ports[name]}`, `:${links[name].port}`) : address;
  };
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
    link(name) {
      const link = links[name];
      if (!link) throw new Error(`${name} was started without a link`);
      return link;
    },
    async kill(name) {
      await running.get(name)?.kill();
    },
    async stopAll() {
      await Promise.all([...running.values()].map((engine) => engine.kill()));
      await Promise.all(Object.values(links).map((link) => link.close()));
    },
  };
}
