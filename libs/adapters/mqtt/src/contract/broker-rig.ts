import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { mqttTopic } from '@anlan/contracts';
import { silentLogger, silentMeter, type Logger, type Meter } from '@anlan/observability';
import type { Clock, Feed, FeedHandler, FeedMessage } from '@anlan/ports';
import { freePort } from '@anlan/testing';
import { start as startMosquitto } from '../../../../../tools/engines/mosquitto.mjs';
import { MQTT_FEED_LIMITS, mqttFeed, type MqttFeedDeps, type MqttFeedLimits } from '../index.js';

export const SECRET = 'a-secret-for-tests';
export const DEVICES = ['contract-1', 'contract-2', 'contract-3', 'well-1', 'well-2'];

export const clock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export async function until(what: string, ask: () => boolean, withinMs = 20_000): Promise<void> {
  for (const end = Date.now() + withinMs; !ask(); await sleep(10)) if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
}

/** A Mosquitto of our own with the shipped profile; `again` starts it on what it had saved. */
export async function ownBroker(
  extra = '',
): Promise<Readonly<{ port: number; folder: string; kill(): Promise<void>; again(): Promise<void>; end(): Promise<void> }>> {
  const folder = mkdtempSync(join(tmpdir(), 'anlan-mqtt-'));
  const port = await freePort();
  const users = Object.fromEntries(['anlan-ingest', ...DEVICES].map((user) => [user, SECRET]));
  let engine = await startMosquitto({ folder, port, users, extra });
  return {
    port,
    folder,
    kill: async () => void (await engine.kill()),
    async again() {
      engine = await startMosquitto({ folder, port, users, extra });
    },
    async end() {
      await engine.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A meter that remembers counts and gauges by name and labels. */
export function tally(): Readonly<{ meter: Meter; of(name: string): number }> {
  const seen = new Map<string, number>();
  const key = (name: string, labels: readonly unknown[]): string =>
    [name, ...labels.flatMap((each) => Object.values(each ?? {}))].join(' ');
  const meter: Meter = {
    ...silentMeter,
    count: (name, by = 1, ...labels) => void seen.set(key(name, labels), (seen.get(key(name, labels)) ?? 0) + by),
    gauge: (name, value, ...labels) => void seen.set(key(name, labels), value),
  };
  return { meter, of: (name) => seen.get(name) ?? 0 };
}

export function consumer(
  port: number,
  { limits, ...over }: Partial<Omit<MqttFeedDeps, 'limits'>> & Readonly<{ limits?: Partial<MqttFeedLimits>; logger?: Logger }> = {},
): Feed {
  return mqttFeed({
    url: `mqtt://127.0.0.1:${port}`,
    user: 'anlan-ingest',
    password: SECRET,
    clientId: 'ingest-1',
    clock,
    meter: silentMeter,
    logger: silentLogger,
    limits: { ...MQTT_FEED_LIMITS, drainMs: 500, ...limits },
    ...over,
  });
}

export function handlerOf(message: (each: FeedMessage) => Promise<void> | void): FeedHandler {
  return { authenticate: async () => 'accepted', message: async (each) => message(each), presence: () => undefined };
}

export async function device(port: number, id: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    clientId: `device-${id}`,
    username: id,
    password: SECRET,
    reconnectPeriod: 0,
    ...options,
  });
  client.on('error', () => undefined);
  await until(`${id} to connect`, () => client.connected);
  return client;
}

/** Sends numbers `from` … `to` - 1 and resolves with those that the broker acknowledged. */
export async function sendNumbers(client: MqttClient, id: string, [from, to]: readonly [number, number]): Promise<ReadonlySet<number>> {
  const acked = new Set<number>();
  let open = 0;
  for (let seq = from; seq < to; seq++) {
    open += 1;
    client.publish(mqttTopic.telemetry(id), String(seq), { qos: 1 }, (error) => {
      open -= 1;
      if (!error) acked.add(seq);
    });
    while (open >= 500) await sleep(1);
  }
  await until('acknowledgements', () => open === 0 || !client.connected);
  return acked;
}
