import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SETTINGS, parseSettings } from '@anlan/compose/settings';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Apps that run as processes of their own, as `npm run start:distributed` has them. */
export const APPS = ['ingest', 'rules', 'recorder', 'alarm', 'notifier', 'gateway'] as const;
export type App = (typeof APPS)[number];

export const PORT_SETTING = {
  ingest: 'ANLAN_INGEST_HTTP_PORT',
  rules: 'ANLAN_RULES_HTTP_PORT',
  recorder: 'ANLAN_RECORDER_HTTP_PORT',
  alarm: 'ANLAN_ALARM_HTTP_PORT',
  notifier: 'ANLAN_NOTIFIER_HTTP_PORT',
  gateway: 'ANLAN_HTTP_PORT',
} as const satisfies Record<App, keyof typeof SETTINGS>;

/** Port of health and metrics of an app when nothing is set. */
export const portOf = (app: App): number => Number(SETTINGS[PORT_SETTING[app]].fallback);

/** Settings that must never stand in a file as they are. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set(
  Object.entries(SETTINGS).flatMap(([name, spec]) => ('secret' in spec && spec.secret ? [name] : [])),
);

const SECRET_SAMPLE: Readonly<Record<string, string>> = {
  ANLAN_POSTGRES_URL: 'postgres://anlan_app:x@postgres:5432/anlan',
  ANLAN_REDIS_URL: 'redis://:x@redis:6379/0',
};

/**
 * What an app says at its start about such an environment: every fault of its settings. Secrets that come as files are given
 * ones of the right shape, for the real ones are not in the repository.
 */
export function faultsOfSettings(environment: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'anlan-deploy-'));
  const pairs = Object.entries(environment).map(([name, value]) => {
    if (!name.endsWith('_FILE')) return [name, value] as const;
    const file = join(folder, name);
    writeFileSync(file, SECRET_SAMPLE[name.replace(/_FILE$/, '')] ?? 'x'.repeat(40));
    return [name, file] as const;
  });
  const parsed = parseSettings(Object.fromEntries(pairs));
  return 'faults' in parsed ? parsed.faults : [];
}
