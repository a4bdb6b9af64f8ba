/**
 * `npm run start:distributed [-- --scale rules=2,ingest=2]`: each app as a process of its own against the engines that `ANLAN_*`
 * names; what is unset is taken from `.engines/env` (`npm run engines`). One that ends is started again, SIGTERM drains all.
 *
 * With ANLAN_POSTGRES_OWNER_URL the tables are made first, by `anlan migrate`; no process that serves is given that account.
 *
 * The first of an app has the ports of the settings, the n-th 100 (n - 1) more.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** In the order in which they drain: who lets work in goes first, who shows it last. */
const APPS = ['ingest', 'rules', 'recorder', 'alarm', 'notifier', 'gateway'];
const NEEDED = ['ANLAN_KAFKA_BROKERS', 'ANLAN_INFLUX_URL', 'ANLAN_REDIS_URL', 'ANLAN_POSTGRES_URL'];
const PORTS = {
  ingest: { ANLAN_INGEST_HTTP_PORT: 8081, ANLAN_MQTT_PORT: 1883 },
  rules: { ANLAN_RULES_HTTP_PORT: 8082 },
  recorder: { ANLAN_RECORDER_HTTP_PORT: 8083 },
  alarm: { ANLAN_ALARM_HTTP_PORT: 8084 },
  notifier: { ANLAN_NOTIFIER_HTTP_PORT: 8085 },
  gateway: { ANLAN_HTTP_PORT: 8080 },
};
const CONFIG_FAULT = 78;
const DRAIN_MS = 12_000;
const FIRST_REST_MS = 200;
const LAST_REST_MS = 5_000;
/** Having lived so long, a process is not failing at its start. */
const SETTLED_MS = 10_000;
const READY_MS = 60_000;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const say = (line) => process.stderr.write(`${line}\n`);

function environment() {
  const file = join(ROOT, '.engines/env');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const written = Object.fromEntries(
    lines.filter((line) => /^ANLAN_\w+=/.test(line)).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  // An installation of its own keeps its own pepper; the broker of the engines is read only where it is asked for.
  for (const name of ['ANLAN_MQTT_URL', 'ANLAN_MQTT_USER', 'ANLAN_MQTT_PASSWORD', 'ANLAN_TEST_VICTORIA_URL']) delete written[name];
  return { ...written, ...process.env };
}

function scaleOf(text) {
  const wanted = Object.fromEntries(APPS.map((app) => [app, 1]));
  for (const part of (text ?? '').split(',').filter((one) => one !== '')) {
    const [app, count] = part.split('=');
    if (!APPS.includes(app) || !/^\d{1,2}$/.test(count ?? ''))
      throw new Error(`--scale: "${part}" is not APP=COUNT with one of ${APPS.join(', ')}`);
    wanted[app] = Number(count);
  }
  return wanted;
}

/** Tables and rights, by their owner, who is then forgotten, so that no app has it in its environment. */
async function migrateTables() {
  if (!env.ANLAN_POSTGRES_OWNER_URL && !env.ANLAN_POSTGRES_OWNER_URL_FILE) return;
  const { migrate } = await import(new URL('../libs/compose/dist/migrate.js', import.meta.url).href);
  for (let rest = FIRST_REST_MS; !stopped; rest = Math.min(rest * 2, LAST_REST_MS)) {
    const outcome = await migrate(env, Date.now);
    if (outcome.kind === 'done') break;
    say(outcome.why);
    if (!outcome.passing) return stopAll(CONFIG_FAULT);
    await sleep(rest);
  }
  delete env.ANLAN_POSTGRES_OWNER_URL;
  delete env.ANLAN_POSTGRES_OWNER_URL_FILE;
}

/** One process, kept alive until it is told to stop. */
function keep(app, number, env) {
  const name = number === 1 ? app : `${app}-${number}`;
  const ports = Object.fromEntries(
    Object.entries(PORTS[app]).map(([setting, fallback]) => {
      const base = Number(env[setting] ?? fallback);
      return [setting, String(base === 0 ? 0 : base + 100 * (number - 1))];
    }),
  );
  let child;
  let stopping = false;
  let rest = FIRST_REST_MS;
  let ended = Promise.resolve();
  const lifetime = async () => {
    while (!stopping && !stopped) {
      const startedAt = Date.now();
      child = spawn(process.execPath, [...(env.ANLAN_NODE_ARGS ?? '').split(' ').filter(Boolean), join(ROOT, `apps/${app}/dist/main.js`)], {
        cwd: ROOT,
        env: { ...env, ANLAN_NODE_ARGS: undefined, ...ports },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      say(`started ${name} pid ${child.pid}`);
      const code = await new Promise((done) => child.once('exit', (status, signal) => done(status ?? signal)));
      // Ctrl-C reaches every process of the terminal at once: they drain together then.
      if (stopping || stopped) break;
      say(`${name} ended with ${code}`);
      if (code === CONFIG_FAULT) return void stopAll(CONFIG_FAULT);
      if (Date.now() - startedAt > SETTLED_MS) rest = FIRST_REST_MS;
      await sleep(rest);
      rest = Math.min(rest * 2, LAST_REST_MS);
    }
  };
  return {
    name,
    start() {
      ended = lifetime();
    },
    async stop() {
      stopping = true;
      child?.kill('SIGTERM');
      const late = setTimeout(() => {
        say(`${name} did not end in ${DRAIN_MS / 1_000} s and is killed`);
        child?.kill('SIGKILL');
      }, DRAIN_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

async function ready(env) {
  const url = `http://127.0.0.1:${env.ANLAN_HTTP_PORT ?? 8080}/health/ready`;
  for (const end = Date.now() + READY_MS; Date.now() < end; await sleep(100)) {
    if (stopped) return false;
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return true;
  }
  say(`the gateway is not ready after ${READY_MS / 1_000} s`);
  return false;
}

let kept = [];
let fleet;
let stopped = false;
async function stopAll(code) {
  if (stopped) return;
  stopped = true;
  fleet?.kill('SIGTERM');
  for (const app of APPS) await Promise.all(kept.filter(({ name }) => name.startsWith(app)).map((one) => one.stop()));
  process.exit(code);
}

const { values } = parseArgs({ options: { scale: { type: 'string' } } });
const scale = scaleOf(values.scale);
const env = environment();
const missing = NEEDED.filter((name) => !env[name]);
if (missing.length > 0) {
  say(`The distributed form needs ${missing.join(', ')}: set them, or run "npm run engines" first.`);
  process.exit(CONFIG_FAULT);
}
build();
process.on('SIGTERM', () => void stopAll(0));
process.on('SIGINT', () => void stopAll(0));
await migrateTables();

// The gateway first: it makes the tables and the topics, the first account and the demo city.
const gateways = Array.from({ length: scale.gateway }, (_, index) => keep('gateway', index + 1, env));
kept = [...gateways];
gateways[0]?.start();
if (await ready(env)) {
  const others = APPS.filter((app) => app !== 'gateway').flatMap((app) =>
    Array.from({ length: scale[app] }, (_, index) => keep(app, index + 1, env)),
  );
  kept = [...others, ...gateways];
  for (const one of [...gateways.slice(1), ...others]) one.start();
  if ((env.ANLAN_DEMO ?? 'on') === 'on') playDemo();
} else await stopAll(1);

/** The demo city's devices, as `npx anlan simulate demo` plays them. */
function playDemo() {
  const credentials = join(resolve(ROOT, env.ANLAN_DATA_DIR ?? './data'), 'demo-secrets.json');
  const args = [join(ROOT, 'apps/cli/bin/anlan.mjs'), 'simulate', 'demo', '--credentials', credentials];
  const mqtt = `mqtt://127.0.0.1:${env.ANLAN_MQTT_PORT ?? 1883}`;
  fleet = spawn(process.execPath, [...args, '--mqtt', mqtt], {
    cwd: ROOT,
    env: { PATH: env.PATH, ANLAN_HTTP_PORT: env.ANLAN_HTTP_PORT, ANLAN_DATA_DIR: env.ANLAN_DATA_DIR },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  fleet.once('exit', (code) => {
    if (!stopped) say(`the simulator ended with ${code}`);
  });
}
