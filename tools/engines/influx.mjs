import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './supervisor.mjs';

export const name = 'influx';
export const packages = ['influxdb'];
export const parts = ['influxd', 'influx-front'];

const SERVER = '/usr/bin/influxd';
export const installed = () => existsSync(SERVER);
export const addressOf = ({ port }) => `http://127.0.0.1:${port}`;

const FRONT = join(dirname(fileURLToPath(import.meta.url)), 'influx-front.mjs');
const answers = (url) =>
  fetch(url).then(
    ({ status }) => status < 500,
    () => false,
  );

/** influxd 1.6.7 alone: its own parser and query engine, 1.x paths, no token. */
async function startStore({ folder, port, rpcPort, keep }) {
  mkdirSync(folder, { recursive: true });
  const conf = join(folder, 'influxdb.conf');
  writeFileSync(
    conf,
    `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${join(folder, 'meta')}"
[data]
  dir = "${join(folder, 'data')}"
  wal-dir = "${join(folder, 'wal')}"
  index-version = "tsi1"
  query-log-enabled = false
  cache-max-memory-size = "256m"
  max-series-per-database = 0
  max-values-per-tag = 0
[coordinator]
  write-timeout = "10s"
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  max-body-size = 0
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[logging]
  level = "warn"
`,
  );
  const engine = await launch({
    name: 'influxd',
    folder,
    ports: [port, rpcPort],
    command: SERVER,
    args: ['-config', conf],
    env: { GOMEMLIMIT: '384MiB' },
    keep,
    ready: () => answers(`http://127.0.0.1:${port}/ping`),
  });
  return { ...engine, address: `http://127.0.0.1:${port}` };
}

/**
 * The InfluxDB 2 paths in front of Debian's InfluxDB 1.6.7 (influx-front.mjs): what our adapter talks to.
 * `kill` and `stop` end the store first; `killStore`, `startStore` leave the front up, as a proxy before a dead store would be.
 * @param {{folder: string, port: number, storePort?: number, rpcPort?: number, token: string, org: string, bucket: string, keep?: boolean}} options
 */
export async function start(options) {
  const { folder, port, storePort = port + 1, rpcPort = port + 2, token, org, bucket, keep } = options;
  const storePlan = { folder, port: storePort, rpcPort, keep };
  let store = await startStore(storePlan);
  let front;
  try {
    front = await launch({
      name: 'influx-front',
      folder,
      ports: [port],
      command: process.execPath,
      args: [FRONT],
      // By environment and not by argument: arguments can be read by everybody on the machine.
      env: {
        FRONT_PORT: String(port),
        FRONT_UPSTREAM: store.address,
        FRONT_TOKEN: token,
        FRONT_ORG: org,
        FRONT_BUCKET: bucket,
      },
      keep,
      ready: () => answers(`http://127.0.0.1:${port}/health`),
    });
  } catch (error) {
    await store.stop();
    throw error;
  }
  return {
    address: addressOf({ port }),
    storeAddress: store.address,
    pid: store.pid,
    frontPid: front.pid,
    logPath: store.logPath,
    async stop() {
      await store.stop();
      return front.stop();
    },
    async kill() {
      await store.kill();
      return front.kill();
    },
    killStore: () => store.kill(),
    async startStore() {
      store = await startStore(storePlan);
    },
  };
}
