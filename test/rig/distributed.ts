import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { engineSettings } from '@anlan/testing';

const ROOT = join(import.meta.dirname, '..', '..');

/** `ANLAN_TEST_FORM=distributed` runs the acceptance tests on the distributed form, unchanged. */
export const DISTRIBUTED = process.env['ANLAN_TEST_FORM'] === 'distributed';

export const START_DISTRIBUTED = join(ROOT, 'tools/start-distributed.mjs');

/**
 * Settings of one installation on the shared engines. Its names follow from its data folder, so that a second start on the same
 * folder finds its own things, as it does in standalone.
 */
export function installation(dataDir: string): Readonly<Record<string, string>> {
  const name = `t${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const engines = engineSettings();
  return {
    ...Object.fromEntries(
      [
        'ANLAN_KAFKA_BROKERS',
        'ANLAN_POSTGRES_URL',
        'ANLAN_REDIS_URL',
        'ANLAN_INFLUX_URL',
        'ANLAN_INFLUX_TOKEN',
        'ANLAN_INFLUX_ORG',
        'ANLAN_SECRET_KEY',
      ].flatMap((setting) => (engines[setting] === undefined ? [] : [[setting, engines[setting]]])),
    ),
    ANLAN_INFLUX_BUCKET: `${engines['ANLAN_INFLUX_BUCKET'] ?? 'anlan'}_${name}`,
    ANLAN_NAMESPACE: name,
    ANLAN_KAFKA_PARTITIONS: '4',
  };
}

/** Apps beside the gateway: each says on its output that it is ready, and answers for itself at its own port. */
export const SERVICES = ['ingest', 'rules', 'recorder', 'alarm', 'notifier'] as const;
export type ServicePorts = Readonly<Record<(typeof SERVICES)[number], number>>;

export function portSettings(ports: ServicePorts): Readonly<Record<string, string>> {
  return Object.fromEntries(SERVICES.map((app) => [`ANLAN_${app.toUpperCase()}_HTTP_PORT`, String(ports[app])]));
}
