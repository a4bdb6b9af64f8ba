import { migrateRecords } from '@anlan/adapter-sql';
import { RecordsFault, RecordsUnavailable } from '@anlan/ports';
import { recordsPlace } from './records-place.js';
import { readSetting, type SettingName, type Settings } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;
export type Migration =
  | Readonly<{
      kind: 'done';
      applied: readonly string[];
      owner: string;
      /** Account of the apps; null: the owner's own. */ apps: string | null;
    }>
  | Readonly<{ kind: 'failed'; why: string; /** Waiting may heal it. */ passing: boolean }>;

/**
 * `anlan migrate`: brings the tables of PostgreSQL up to this release as their owner, and gives the account of
 * ANLAN_POSTGRES_URL its rights. Without ANLAN_POSTGRES_OWNER_URL that account is the owner itself.
 */
export async function migrate(environment: Environment, now: () => number): Promise<Migration> {
  const faults: string[] = [];
  const read = <N extends SettingName>(name: N): Settings[N] | undefined => {
    const parsed = readSetting(name, environment);
    if ('value' in parsed) return parsed.value;
    faults.push(`${name} ${parsed.fault}`);
    return undefined;
  };
  const ownerUrl = read('ANLAN_POSTGRES_OWNER_URL');
  const appUrl = read('ANLAN_POSTGRES_URL');
  const namespace = read('ANLAN_NAMESPACE') ?? '';
  if (faults.length > 0) return failed(faults.join('; '));
  const url = ownerUrl ?? appUrl ?? null;
  if (url === null) return failed('ANLAN_POSTGRES_OWNER_URL is not set. Embedded records need no migration: they migrate when they start.');
  const [owner, app] = [userOf(url), userOf(appUrl ?? url)];
  const apps = app === owner ? null : app;
  try {
    const dialect = await recordsPlace(namespace, { url, name: 'anlan-migrate', poolSize: 1 });
    return { kind: 'done', applied: await migrateRecords({ dialect, now: now(), appRole: apps }), owner, apps };
  } catch (error) {
    if (error instanceof RecordsUnavailable) return { ...failed(error.message), passing: true };
    if (error instanceof RecordsFault || isServersWord(error)) return failed(error.message);
    throw error;
  }
}

const failed = (why: string) => ({ kind: 'failed', why, passing: false }) as const;
const userOf = (url: string): string => decodeURIComponent(new URL(url).username);

/** An answer of the server itself, such as a wrong password or a database that is not there: it carries a SQLSTATE. */
function isServersWord(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code));
}
