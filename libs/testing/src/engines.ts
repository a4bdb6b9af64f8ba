import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Engines that `npm run engines` starts, by the setting that names their address. */
export const ENGINES = {
  kafka: 'ANLAN_KAFKA_BROKERS',
  postgres: 'ANLAN_POSTGRES_URL',
  redis: 'ANLAN_REDIS_URL',
  influx: 'ANLAN_INFLUX_URL',
  victoria: 'ANLAN_TEST_VICTORIA_URL',
  mosquitto: 'ANLAN_MQTT_URL',
} as const;
export type EngineName = keyof typeof ENGINES;

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Every `NAME=value` line of the file that `npm run engines` writes; the environment wins over it. */
export function engineSettings(): Readonly<Record<string, string>> {
  const file = join(ROOT, '.engines/env');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const named = lines.flatMap((line) => {
    const at = line.indexOf('=');
    return at > 0 && !line.startsWith('#') ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
  });
  const fromEnvironment = Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { ...Object.fromEntries(named), ...Object.fromEntries(fromEnvironment.filter(([name]) => name.startsWith('ANLAN_'))) };
}

/** Address of an engine, or undefined where none was started; with `ANLAN_ENGINES=required` a missing one is a failure. */
export function engineAddress(engine: EngineName): string | undefined {
  return engineSettings()[ENGINES[engine]];
}
