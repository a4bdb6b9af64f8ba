import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { engineSettings } from '@anlan/testing';

const ROOT = join(import.meta.dirname, '..', '..');

/** `ANLAN_TEST_FORM=distributed` runs the acceptance tests on the distributed form, unchanged. */
export const DISTRIBUTED = process.env['ANLAN_TEST_FORM'] === 'distributed';

/** A test of what only the standalone form has, its folder. On the distributed form it is skipped, and says so. */
export function testOfTheFolder(name: string, body: () => Promise<void>, timeoutMs: number): void {
  if (!DISTRIBUTED) return test(name, body, timeoutMs);
  process.stderr.write(`\n*** not on the distributed form, which keeps its data in engines and not in a folder: ${name}\n`);
  test.skip(`not on the distributed form: ${name}`, body, timeoutMs);
}

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

/** As docs/deploy.md has it: the account that was named owns the tables, and the apps run under one of their own (S-61). */
export function underOwnAccounts(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { ANLAN_POSTGRES_URL: owner } = env;
  if (owner === undefined) return env;
  const apps = Object.assign(new URL(owner), { username: 'anlan_app' }).href;
  return { ...env, ANLAN_POSTGRES_OWNER_URL: owner, ANLAN_POSTGRES_URL: apps };
}

/** Apps beside the gateway: each says on its output that it is ready, and answers for itself at its own port. */
export const SERVICES = ['ingest', 'rules', 'recorder', 'alarm', 'notifier'] as const;
export type ServicePorts = Readonly<Record<(typeof SERVICES)[number], number>>;

export function portSettings(ports: ServicePorts): Readonly<Record<string, string>> {
  return Object.fromEntries(SERVICES.map((app) => [`ANLAN_${app.toUpperCase()}_HTTP_PORT`, String(ports[app])]));
}
