import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask, launch, writePrivately } from './supervisor.mjs';

export const name = 'redis';
export const packages = ['redis-server'];
export const parts = ['redis'];

const SERVER = '/usr/bin/redis-server';
export const installed = () => existsSync(SERVER);
export const addressOf = ({ port, password }) => `redis://:${password}@127.0.0.1:${port}/0`;

/**
 * Redis as a city would run it for us: append-only file each second, nothing evicted, a password.
 * @param {{folder: string, port: number, password: string, keep?: boolean}} options
 */
export async function start({ folder, port, password, keep }) {
  mkdirSync(folder, { recursive: true });
  const conf = join(folder, 'redis.conf');
  writePrivately(
    conf,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      'protected-mode yes',
      `requirepass ${password}`,
      `dir ${folder}`,
      'daemonize no',
      'appendonly yes',
      'appendfsync everysec',
      'save ""',
      'maxmemory 256mb',
      'maxmemory-policy noeviction',
      '',
    ].join('\n'),
  );
  const hello = `AUTH ${password}\r\nPING\r\n`;
  const engine = await launch({
    name,
    folder,
    ports: [port],
    command: SERVER,
    args: [conf],
    keep,
    ready: async () =>
      (await ask(port, hello, { enough: (bytes) => bytes.includes('PONG') || bytes.includes('-') }))?.includes('PONG') ?? false,
  });
  return { ...engine, address: addressOf({ port, password }) };
}
