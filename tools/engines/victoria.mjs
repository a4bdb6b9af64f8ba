import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './supervisor.mjs';

export const name = 'victoria';
export const packages = ['victoria-metrics'];
export const parts = ['victoria'];

const SERVER = '/usr/bin/victoria-metrics';
export const installed = () => existsSync(SERVER);
export const addressOf = ({ port }) => `http://127.0.0.1:${port}`;

/**
 * VictoriaMetrics: the one store in Debian that takes the InfluxDB 2 write path itself. For tests only.
 * @param {{folder: string, port: number, keep?: boolean}} options
 */
export async function start({ folder, port, keep }) {
  const address = addressOf({ port });
  const engine = await launch({
    name,
    folder,
    ports: [port],
    command: SERVER,
    args: [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(folder, 'data')}`,
      '-retentionPeriod=100y',
      '-memory.allowedBytes=134217728',
      '-loggerLevel=WARN',
    ],
    keep,
    ready: () =>
      fetch(`${address}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
  return { ...engine, address };
}
