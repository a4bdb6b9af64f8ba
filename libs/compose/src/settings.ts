/**
 * Every setting of the standalone platform: one name, one default, one line of meaning. The generated page
 * `docs/generated/config.md` and the start-up check both come from this table.
 */
import { readFileSync } from 'node:fs';
import { KAFKA_SECURITY_SETTINGS, kafkaSecurityFaults } from './kafka-security.js';
import {
  type Parsed,
  type SettingSpec,
  bad,
  list,
  matching,
  oneOf,
  optionalFile,
  optionalList,
  optionalText,
  optionalUrl,
  port,
  retention,
  setting,
  text,
  type ValuesOf,
  whole,
} from './setting.js';
import { TRACE_SETTINGS } from './trace-settings.js';

export const SETTINGS = {
  ANLAN_HTTP_PORT: setting({ fallback: '8080', help: 'Port of API, console, health and metrics', parse: port() }),
  ANLAN_MQTT_PORT: setting({ fallback: '1883', help: 'Port of the built-in MQTT listener (MQTT 3.1.1)', parse: port() }),
  ANLAN_HOST: setting({
    fallback: '127.0.0.1',
    help: 'Address that HTTP and MQTT listen on; one that is not loopback needs ANLAN_PLAINTEXT=accept, or TLS',
    parse: text(),
  }),
  ANLAN_INGEST_HTTP_PORT: setting({ fallback: '8081', help: 'Port of health and metrics of ingest as its own process', parse: port() }),
  ANLAN_RULES_HTTP_PORT: setting({ fallback: '8082', help: 'The same of rules', parse: port() }),
  ANLAN_RECORDER_HTTP_PORT: setting({ fallback: '8083', help: 'The same of the recorder', parse: port() }),
  ANLAN_ALARM_HTTP_PORT: setting({ fallback: '8084', help: 'The same of alarm', parse: port() }),
  ANLAN_NOTIFIER_HTTP_PORT: setting({ fallback: '8085', help: 'The same of the notifier', parse: port() }),
  ANLAN_PLAINTEXT: setting({
    fallback: 'refuse',
    help: 'accept: listen without TLS on an address that is not loopback (a standing notice is shown)',
    parse: oneOf('refuse', 'accept'),
  }),
  ANLAN_KAFKA_BROKERS: setting({
    fallback: null,
    shown: 'embedded log',
    help: 'host:port list of Apache Kafka; partitions are then shared among the processes of each app',
    parse: optionalList(/^[^\s:,]+:\d{1,5}$/, 'host:port'),
  }),
  ANLAN_KAFKA_PARTITIONS: setting({
    fallback: '16',
    help: 'Partitions of topics made at the first start; stays for years, since the key of a site picks one',
    parse: whole(1, 1_000),
  }),
  ANLAN_KAFKA_REPLICATION: setting({
    fallback: '1',
    help: 'Replicas of topics made at the first start; under 3 a lost broker may lose what was acknowledged',
    parse: whole(1, 15),
  }),
  ...KAFKA_SECURITY_SETTINGS,
  ANLAN_MQTT_URL: setting({
    fallback: null,
    shown: 'none',
    help: 'mqtt:// or mqtts:// address of an existing broker that ingest reads beside its own listener',
    parse: optionalUrl('mqtt', 'mqtts'),
  }),
  ANLAN_MQTT_USER: setting({ fallback: null, help: 'User there', parse: optionalText() }),
  ANLAN_MQTT_PASSWORD: setting({ fallback: null, secret: true, help: 'Password there', parse: optionalText() }),
  ANLAN_MQTT_GROUP: setting({
    fallback: null,
    shown: 'none: one consumer alone',
    help: 'Shared subscription there, needed when several ingest processes read it; messages of one device may then overtake each other (reorderMs)',
    parse: optionalText(),
  }),
  ANLAN_INFLUX_URL: setting({
    fallback: null,
    shown: 'embedded series',
    help: 'http(s) address of a store with the InfluxDB 2 write API and InfluxQL',
    parse: optionalUrl(),
  }),
  ANLAN_INFLUX_TOKEN: setting({ fallback: null, secret: true, help: 'Token there', parse: optionalText() }),
  ANLAN_INFLUX_ORG: setting({ fallback: 'anlan', help: 'Organisation there', parse: text() }),
  ANLAN_INFLUX_BUCKET: setting({ fallback: 'anlan', help: 'Bucket of readings there', parse: text() }),
  ANLAN_REDIS_URL: setting({
    fallback: null,
    secret: true,
    shown: 'memory of the process',
    help: 'redis:// or rediss:// address of Redis (or Valkey): fan-out between processes, last values',
    parse: optionalUrl('redis', 'rediss'),
  }),
  ANLAN_POSTGRES_URL: setting({
    fallback: null,
    secret: true,
    shown: 'embedded records',
    help: 'postgres:// address of registry, alarms, notifications, ledger and checkpoints',
    parse: optionalUrl('postgres', 'postgresql'),
  }),
  ANLAN_POSTGRES_OWNER_URL: setting({
    fallback: null,
    secret: true,
    shown: 'none: the account above makes the tables',
    help: 'The same place under the account that owns the tables, for `anlan migrate` alone: a process that serves refuses to start with it',
    parse: optionalUrl('postgres', 'postgresql'),
  }),
  ANLAN_NAMESPACE: setting({
    fallback: '',
    shown: 'none',
    help: 'Begins the names of topics, groups and Redis keys and names the schema in PostgreSQL, so that several installations can share engines',
    parse: matching(/^[a-z0-9_]{0,40}$/, 'must be up to 40 small letters, digits and _'),
  }),
  ANLAN_TLS_CERT: setting({ fallback: null, help: 'Certificate chain (PEM file) for HTTPS and MQTTS', parse: optionalFile() }),
  ANLAN_TLS_KEY: setting({ fallback: null, help: 'Private key (PEM file) for it', parse: optionalFile() }),
  ANLAN_TLS_CA: setting({
    fallback: null,
    shown: "the system's",
    help: 'Certificates (PEM file) that an existing broker is trusted by',
    parse: optionalFile(),
  }),
  ANLAN_PUBLIC_URL: setting({
    fallback: null,
    shown: 'http://127.0.0.1:<port>',
    help: 'What signed links begin with',
    parse: optionalUrl(),
  }),
  ANLAN_DATA_DIR: setting({ fallback: './data', help: 'Folder of everything that standalone keeps', parse: text() }),
  ANLAN_ADMIN_PASSWORD: setting({
    fallback: null,
    shown: 'random, printed once',
    secret: true,
    help: 'Password of the first administrator, user `admin`; used only while there is no account',
    parse: optionalText(8),
  }),
  ANLAN_DEMO: setting({ fallback: 'on', help: 'off: no demo city and no simulator', parse: oneOf('on', 'off') }),
  ANLAN_DEMO_SEED: setting({
    fallback: '1',
    help: 'Seed of the demo simulator: same seed, same incidents',
    parse: whole(0, 4_294_967_295),
  }),
  ANLAN_RETENTION_RAW: setting({ fallback: '400d', help: 'How long readings are kept, by event time; off: for ever', parse: retention() }),
  ANLAN_RETENTION_LOG: setting({ fallback: '7d', help: 'How long the readings log is kept', parse: retention() }),
  ANLAN_RETENTION_REJECTED: setting({ fallback: '30d', help: 'How long dead letters are kept', parse: retention() }),
  ANLAN_METRICS_ALLOW: setting({
    fallback: 'loopback,private',
    help: 'Who may read /metrics: loopback, private, any, or addresses and CIDR ranges, separated by commas',
    parse: list(),
  }),
  ANLAN_EGRESS_ALLOW: setting({
    fallback: '',
    shown: 'none',
    help: 'host:port list that webhooks may reach although private, loopback or plain http',
    parse: list(),
  }),
  ANLAN_WEBHOOK_SECRET: setting({
    fallback: null,
    secret: true,
    help: 'whsec_… secret that signs webhooks; absent: made and kept in the data folder',
    parse: optionalText(16),
  }),
  ANLAN_SECRET_KEY: setting({
    fallback: null,
    secret: true,
    help: 'Pepper for device secrets and links (at least 32 characters); absent: made and kept in the data folder',
    parse: optionalText(32),
  }),
  ANLAN_SECOND_FACTOR: setting({ fallback: 'off', help: 'Second factor at login: only off exists yet', parse: oneOf('off') }),
  ANLAN_RATE_API: setting({ fallback: '6000', help: 'API calls a minute and user', parse: whole(10, 1_000_000) }),
  ANLAN_RATE_IMPORT: setting({ fallback: '30', help: 'Imports a minute and user', parse: whole(1, 10_000) }),
  ...TRACE_SETTINGS,
  ANLAN_LOG_LEVEL: setting({ fallback: 'info', help: 'info, warn or error; JSON lines on stderr', parse: oneOf('info', 'warn', 'error') }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = ValuesOf<typeof SETTINGS>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The text of a setting: the variable, else the file that `<NAME>_FILE` names (secrets only), else the default. */
function textOf(name: SettingName, environment: Environment): string | null {
  const spec: SettingSpec<unknown> = SETTINGS[name];
  const file = spec.secret ? environment[`${name}_FILE`] : undefined;
  return environment[name] ?? (file === undefined ? undefined : readFileSync(file, 'utf8').trim()) ?? spec.fallback;
}

/** Files of the certificate, where TLS is set. */
export const tlsOf = ({ ANLAN_TLS_CERT, ANLAN_TLS_KEY }: Settings): Readonly<{ certFile: string; keyFile: string }> | null =>
  ANLAN_TLS_CERT !== null && ANLAN_TLS_KEY !== null ? { certFile: ANLAN_TLS_CERT, keyFile: ANLAN_TLS_KEY } : null;

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

/** Faults that only several settings together show. */
function joint(settings: Settings): readonly string[] {
  const hasTls = settings.ANLAN_TLS_CERT !== null && settings.ANLAN_TLS_KEY !== null;
  return [
    ...kafkaSecurityFaults(settings),
    ...((settings.ANLAN_TLS_CERT === null) === (settings.ANLAN_TLS_KEY === null)
      ? []
      : ['ANLAN_TLS_CERT and ANLAN_TLS_KEY belong together']),
    ...(settings.ANLAN_POSTGRES_URL !== null && settings.ANLAN_SECRET_KEY === null
      ? ['ANLAN_SECRET_KEY is needed with ANLAN_POSTGRES_URL: every process must have the same one']
      : []),
    ...(isLoopback(settings.ANLAN_HOST) || hasTls || settings.ANLAN_PLAINTEXT === 'accept'
      ? []
      : ['ANLAN_HOST is not loopback: set ANLAN_TLS_CERT and ANLAN_TLS_KEY, or ANLAN_PLAINTEXT=accept']),
    ...(settings.ANLAN_ADMIN_PASSWORD !== null && settings.ANLAN_ADMIN_PASSWORD.length < 12 && !isLoopback(settings.ANLAN_HOST)
      ? ['ANLAN_ADMIN_PASSWORD under 12 characters is accepted on loopback only']
      : []),
  ];
}

/** All settings, or every fault at once. Unknown `ANLAN_…` names are faults too: a misspelt setting must not be silently ignored. */
export function parseSettings(environment: Environment): Readonly<{ settings: Settings }> | Readonly<{ faults: readonly string[] }> {
  const faults: string[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const parsed = readSetting(name, environment);
    if ('fault' in parsed) faults.push(`${name} ${parsed.fault}`);
    else values[name] = parsed.value;
  }
  for (const name of Object.keys(environment)) {
    if (name.startsWith('ANLAN_') && !isKnown(name)) faults.push(`${name} is not a setting of this version`);
  }
  if (faults.length > 0) return { faults };
  const settings = values as Settings;
  const together = joint(settings);
  return together.length > 0 ? { faults: together } : { settings };
}

/** One setting, for a command that needs no others. */
export function readSetting<N extends SettingName>(name: N, environment: Environment): Parsed<Settings[N]>;
export function readSetting(name: SettingName, environment: Environment): Parsed<unknown> {
  try {
    return SETTINGS[name].parse(textOf(name, environment));
  } catch (cause) {
    return bad(`cannot be read from its file: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Settings of other programs of ours (the command line, tests) that may stand in the same environment. */
const OTHERS = new Set(['ANLAN_URL', 'ANLAN_TOKEN', 'ANLAN_ENGINES', 'ANLAN_TEST_DATA', 'ANLAN_TEST_VICTORIA_URL']);

function isKnown(name: string): boolean {
  const base = name.replace(/_FILE$/, '');
  return (
    name in SETTINGS || OTHERS.has(name) || (base in SETTINGS && (SETTINGS[base as SettingName] as SettingSpec<unknown>).secret === true)
  );
}
