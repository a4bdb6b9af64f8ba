/**
 * The engines of the distributed form on this machine, without containers: own ports, own folders under .engines, own passwords.
 * System services are never touched; `stop` ends only what `start` started. See docs/engines.md.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as influx from './engines/influx.mjs';
import * as kafka from './engines/kafka.mjs';
import * as mosquitto from './engines/mosquitto.mjs';
import { install } from './engines/packages.mjs';
import * as postgres from './engines/postgres.mjs';
import * as redis from './engines/redis.mjs';
import { EngineFault, end, portTaken, running, writePrivately } from './engines/supervisor.mjs';
import * as victoria from './engines/victoria.mjs';

const USAGE = `npm run engines [-- COMMAND] [--only NAME,…] [--kafka VERSION]
  start    installs what is missing, starts what does not run, writes .engines/env (this is what no COMMAND means)
  stop     ends what start started
  status   says what runs; fails when something does not
  reset    stop, and forget all data and passwords
NAME: kafka postgres redis influx victoria mosquitto · VERSION: the one that runs, else ${kafka.DEFAULT_VERSION}; 4, 3.9 or any full number`;

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const HOME = join(ROOT, '.engines');
const ENV = join(HOME, 'env');
const INGEST = 'anlan-ingest';

/** One random secret; every password follows from it, so that a restart finds its own data again. */
function secret() {
  const path = join(HOME, 'secret');
  if (!existsSync(path)) writePrivately(path, randomBytes(32).toString('hex'));
  return readFileSync(path, 'utf8').trim();
}
const passwordFor = (use) => createHmac('sha256', secret()).update(use).digest('hex').slice(0, 32);

/** Ports beside the usual ones, so that a system service never stands in the way. */
function plans(kafkaVersion) {
  const version = kafka.fullVersion(kafkaVersion ?? kafkaThatRuns());
  const plan = (engine, folder, options, settings) => ({
    engine,
    folder: join(HOME, folder),
    options: { ...options, keep: true },
    settings,
  });
  const redisOptions = { port: 16379, password: passwordFor('redis') };
  const postgresOptions = { port: 15432, password: passwordFor('postgres') };
  const influxOptions = { port: 18086, token: passwordFor('influx'), org: 'anlan', bucket: 'anlan' };
  return [
    plan(kafka, `kafka-${version}`, { port: 19092, version }, { ANLAN_KAFKA_BROKERS: kafka.addressOf({ port: 19092 }) }),
    plan(postgres, 'postgres', postgresOptions, { ANLAN_POSTGRES_URL: postgres.addressOf(postgresOptions) }),
    plan(redis, 'redis', redisOptions, { ANLAN_REDIS_URL: redis.addressOf(redisOptions) }),
    plan(influx, 'influx', influxOptions, {
      ANLAN_INFLUX_URL: influx.addressOf(influxOptions),
      ANLAN_INFLUX_TOKEN: influxOptions.token,
      ANLAN_INFLUX_ORG: influxOptions.org,
      ANLAN_INFLUX_BUCKET: influxOptions.bucket,
    }),
    plan(victoria, 'victoria', { port: 18428 }, { ANLAN_TEST_VICTORIA_URL: victoria.addressOf({ port: 18428 }) }),
    plan(
      mosquitto,
      'mosquitto',
      { port: 11883, users: { [INGEST]: passwordFor('mosquitto') } },
      { ANLAN_MQTT_URL: mosquitto.addressOf({ port: 11883 }), ANLAN_MQTT_USER: INGEST, ANLAN_MQTT_PASSWORD: passwordFor('mosquitto') },
    ),
  ];
}

const ENDINGS = { postgres: { signal: 'SIGINT' }, kafka: { graceMs: 40_000 } };
const runs = ({ engine, folder }) => engine.parts.every((part) => running(folder, part) !== undefined);

async function stopParts(folder, parts) {
  let any = false;
  for (const part of parts) any = (await end(folder, part, ENDINGS[part])) || any;
  return any;
}

const kafkaFolders = () =>
  (existsSync(HOME) ? readdirSync(HOME).filter((entry) => entry.startsWith('kafka-')) : []).map((entry) => join(HOME, entry));
const kafkaThatRuns = () =>
  kafkaFolders()
    .find((folder) => running(folder, kafka.name) !== undefined)
    ?.slice(join(HOME, 'kafka-').length);

/** Another release of Kafka would stand on the same ports. */
async function stopOtherKafkas(folder) {
  for (const other of kafkaFolders()) if (other !== folder) await stopParts(other, kafka.parts);
}

async function startOne(plan) {
  const { engine, folder, options } = plan;
  if (engine === kafka) await stopOtherKafkas(folder);
  if (runs(plan) && (await portTaken(options.port))) {
    engine.prepare?.(options);
    return 'already runs';
  }
  await stopParts(folder, engine.parts);
  const began = Date.now();
  const { address } = await engine.start({ folder, ...options });
  return `answers at ${address.replace(/:[^:@/]+@/, ':***@')} after ${((Date.now() - began) / 1000).toFixed(1)} s`;
}

function installMissing(chosen) {
  const missing = chosen.filter(({ engine }) => !engine.installed()).flatMap(({ engine }) => engine.packages);
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(', ')}`);
  install(missing);
}

/** The file is whole or not there: specs and `start:distributed` read it. */
function writeSettings(all) {
  const lines = all.filter(runs).flatMap(({ settings }) => Object.entries(settings));
  const text = [...lines, ['ANLAN_SECRET_KEY', passwordFor('records')]].map(([name, value]) => `${name}=${value}`).join('\n');
  writePrivately(ENV, `# Written by "npm run engines"; gone after "npm run engines -- stop".\n${text}\n`);
}

async function start(all, chosen) {
  const told = [];
  try {
    installMissing(chosen);
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    told.push(error.message);
  }
  const outcomes = await Promise.allSettled(chosen.map(startOne));
  outcomes.forEach((outcome, index) => {
    const { name } = chosen[index].engine;
    if (outcome.status === 'fulfilled') console.log(`${name.padEnd(10)} ${outcome.value}`);
    else if (outcome.reason instanceof EngineFault) told.push(`${name}: ${outcome.reason.message}`);
    else throw outcome.reason;
  });
  writeSettings(all);
  for (const fault of told) console.error(`\n${fault}`);
  return told.length === 0 ? 0 : 1;
}

async function stop(all, chosen) {
  if (chosen.length === all.length) rmSync(ENV, { force: true });
  for (const { engine, folder } of [...chosen].reverse()) {
    const folders = engine === kafka ? kafkaFolders() : [folder];
    const any = (await Promise.all(folders.map((each) => stopParts(each, engine.parts)))).includes(true);
    console.log(`${engine.name.padEnd(10)} ${any ? 'ended' : 'did not run'}`);
  }
  if (all.some(runs)) writeSettings(all);
  else rmSync(ENV, { force: true });
  return 0;
}

function status(chosen) {
  for (const plan of chosen) console.log(`${plan.engine.name.padEnd(10)} ${runs(plan) ? 'runs' : 'does not run'}`);
  return chosen.every(runs) ? 0 : 3;
}

async function reset(all) {
  await stop(all, all);
  for (const { folder, engine } of all) {
    engine.forget?.(folder);
    rmSync(folder, { recursive: true, force: true });
  }
  for (const folder of kafkaFolders()) rmSync(folder, { recursive: true, force: true });
  rmSync(join(HOME, 'secret'), { force: true });
  return 0;
}

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' }, kafka: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const command = positionals[0] ?? 'start';
  mkdirSync(HOME, { recursive: true });
  const all = plans(values.kafka);
  const names = values.only?.split(',');
  const unknown = names?.filter((name) => !all.some(({ engine }) => engine.name === name)) ?? [];
  const chosen = names === undefined ? all : all.filter(({ engine }) => names.includes(engine.name));
  if (values.help || unknown.length > 0 || positionals.length > 1) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const commands = {
    start: () => start(all, chosen),
    stop: () => stop(all, chosen),
    status: () => status(chosen),
    reset: () => reset(all),
  };
  const action = commands[command];
  if (action) return action();
  console.log(USAGE);
  return 2;
}

try {
  process.exit(await main());
} catch (error) {
  if (!String(error.code).startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}
