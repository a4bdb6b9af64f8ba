import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineFault, ask, launch } from './supervisor.mjs';

export const name = 'kafka';
export const packages = ['default-jre-headless', 'maven'];
export const parts = ['kafka'];
export const installed = () => existsSync('/usr/bin/java') && existsSync('/usr/bin/mvn');
export const addressOf = ({ port, advertisedPort = port }) => `127.0.0.1:${advertisedPort}`;

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const POM = join(ROOT, 'deploy/engines/kafka/pom.xml');
/** The release that `npm run engines` takes by itself, and short names for others that the tests know. */
export const DEFAULT_VERSION = '4.3.1';
const SHORT = { 4: DEFAULT_VERSION, 4.3: '4.3.1', 4.1: '4.1.1', 3.9: '3.9.1', 3: '3.9.1' };
export const fullVersion = (version = DEFAULT_VERSION) => SHORT[version] ?? version;

/** Folder with the jars of a release; fetched by Maven once, whole or not at all. */
export function jarsOf(version = DEFAULT_VERSION) {
  const folder = join(ROOT, '.engines/jars', `kafka-${fullVersion(version)}`);
  if (existsSync(folder)) return folder;
  const next = `${folder}.${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const { status, stdout, error } = spawnSync(
    'mvn',
    [
      '-B',
      '-q',
      '-f',
      POM,
      `-Dkafka.version=${fullVersion(version)}`,
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
      `-DoutputDirectory=${next}`,
    ],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) {
    rmSync(next, { recursive: true, force: true });
    throw new EngineFault(`kafka: Maven could not fetch Apache Kafka ${fullVersion(version)}\n${error?.message ?? stdout.slice(-2_000)}`);
  }
  if (existsSync(folder)) rmSync(next, { recursive: true });
  else renameSync(next, folder);
  return folder;
}

const properties = ({ folder, port, controllerPort, advertisedPort, more }) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${advertisedPort}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=${join(folder, 'data')}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
offsets.retention.minutes=43200
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
num.io.threads=4
background.threads=2
num.recovery.threads.per.data.dir=2
${more}
`;

/** Metadata v1 for no topic; a broker stands in the answer once the controller lets it work. */
const METADATA = Buffer.from([0, 0, 0, 0x13, 0, 3, 0, 1, 0, 0, 0, 1, 0, 5, 0x61, 0x6e, 0x6c, 0x61, 0x6e, 0, 0, 0, 0]);
async function answers(port) {
  const bytes = await ask(port, METADATA, { enough: (got) => got.length >= 12 });
  return bytes !== undefined && bytes.readInt32BE(8) > 0;
}

/**
 * Apache Kafka, one KRaft node that is broker and controller.
 * @param {{folder: string, port: number, controllerPort?: number, advertisedPort?: number, version?: string, heapMb?: number, keep?: boolean, more?: string, scramUsers?: readonly string[]}} options
 * `advertisedPort`: what clients are told to connect to, for a proxy in between. `more`: further lines of server.properties; of two alike the
 * last one holds. `scramUsers`: as `SCRAM-SHA-256=[name=…,password=…]`, made with the folder.
 */
export async function start({
  folder,
  port,
  controllerPort = port + 1,
  advertisedPort = port,
  version,
  heapMb = 384,
  keep,
  more = '',
  scramUsers = [],
}) {
  const classpath = join(jarsOf(version), '*');
  mkdirSync(folder, { recursive: true });
  const conf = join(folder, 'server.properties');
  writeFileSync(conf, properties({ folder, port, controllerPort, advertisedPort, more }));
  const logging = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
  if (!existsSync(join(folder, 'data/meta.properties'))) {
    const formatted = spawnSync(
      'java',
      [
        ...['-Xmx128m', logging, '-cp', classpath, 'kafka.tools.StorageTool', 'format', '-t', 'QW5sYW5FbmdpbmVzMDAwMQ', '-c', conf],
        ...scramUsers.flatMap((user) => ['--add-scram', user]),
      ],
      {
        encoding: 'utf8',
      },
    );
    if (formatted.status !== 0) throw new EngineFault(`kafka: the folder could not be formatted\n${formatted.stdout}${formatted.stderr}`);
  }
  const engine = await launch({
    name,
    folder,
    ports: [port, controllerPort],
    command: '/usr/bin/java',
    args: [
      `-Xmx${heapMb}m`,
      '-Xms128m',
      '-XX:+UseG1GC',
      '-XX:MaxGCPauseMillis=20',
      '-XX:ActiveProcessorCount=2',
      '-Djava.awt.headless=true',
      logging,
      '-cp',
      classpath,
      'kafka.Kafka',
      conf,
    ],
    keep,
    readyWithinMs: 120_000,
    ready: () => answers(port),
    graceMs: 40_000,
  });
  return { ...engine, address: addressOf({ port, advertisedPort }) };
}
