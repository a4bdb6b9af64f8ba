/**
 * Makes what `docker compose` needs and the repository must not hold: random secrets, one a file, and the settings file that
 * names their folder. Run once; what is there already is never changed, so running it again after an update adds what is new.
 *
 *   node deploy/compose/prepare.mjs [--demo] [FOLDER]        default folder: data/compose
 *   docker compose --env-file data/compose/env up -d --build
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { values, positionals } = parseArgs({ options: { demo: { type: 'boolean', default: false } }, allowPositionals: true });
const folder = resolve(positionals[0] ?? join(ROOT, 'data/compose'));
const secrets = join(folder, 'secrets');

// The folder keeps others out; within it the files are readable, because each container reads its own ones under a uid of its own.
mkdirSync(secrets, { recursive: true, mode: 0o700 });
const once = (path, text, mode) => {
  if (existsSync(path)) return readFileSync(path, 'utf8');
  writeFileSync(path, text, { mode });
  console.error(`made ${path}`);
  return text;
};
const secret = (name, text) => once(join(secrets, name), text, 0o444);
const random = (bytes = 24) => randomBytes(bytes).toString('base64url');

/** A line of Mosquitto's password file: PBKDF2 with SHA-512, as `mosquitto_passwd` writes it. */
function mosquittoLine(user, password) {
  const salt = randomBytes(12);
  const rounds = 101;
  const hash = pbkdf2Sync(password, salt, rounds, 64, 'sha512');
  return `${user}:$7$${rounds}$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}

const postgres = secret('postgres_password', random());
// The owner of the tables, for migrations alone; what serves has an account that cannot rewrite history.
secret('postgres_url', `postgres://anlan:${postgres}@postgres:5432/anlan`);
const app = secret('postgres_app_password', random());
secret('postgres_app_url', `postgres://anlan_app:${app}@postgres:5432/anlan`);
const redis = secret('redis_password', random());
secret('redis_url', `redis://:${redis}@redis:6379/0`);
secret('redis_auth.conf', `requirepass ${redis}\n`);
secret('influx_password', random());
secret('influx_token', random(48));
const mqtt = secret('mqtt_password', random());
secret('mosquitto_passwords', mosquittoLine('anlan-ingest', mqtt));
secret('secret_key', random(48));
secret('webhook_secret', `whsec_${randomBytes(32).toString('base64')}`);
secret('admin_password', random(15));
secret('grafana_admin_password', random(15));
secret('grafana_records_password', random());
secret('grafana_series_password', random());

once(
  join(folder, 'env'),
  [
    '# Settings of docker compose. No secret stands here: each is a file of the folder named below.',
    `ANLAN_SECRETS_DIR=${secrets}`,
    '# Where ports are published. Another address than loopback needs TLS before it: see docs/deploy.md.',
    'ANLAN_PUBLISH_ADDRESS=127.0.0.1',
    'ANLAN_PUBLIC_URL=http://127.0.0.1:8080',
    ...(values.demo ? ['ANLAN_DEMO=on', 'COMPOSE_PROFILES=demo'] : ['ANLAN_DEMO=off']),
    '',
  ].join('\n'),
  0o600,
);
console.error(
  `administrator: admin, password in ${join(secrets, 'admin_password')}; Grafana: admin, ${join(secrets, 'grafana_admin_password')}`,
);
