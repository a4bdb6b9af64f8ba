import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '@anlan/testing';

/** A Redis of this spec alone, to be killed. It writes its file each second, as the one in `deploy` does. */
export type PrivateRedis = Readonly<{ port: number; start(): Promise<void>; kill(): Promise<void>; remove(): Promise<void> }>;

export async function privateRedis(): Promise<PrivateRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'anlan-redis-'));
  const port = await freePort();
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const options = { port, dir: folder, appendonly: 'yes', appendfsync: 'everysec', save: '""', bind: '127.0.0.1' };
    server = spawn(
      'redis-server',
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
      { stdio: 'ignore' },
    );
    for (let tries = 0; tries < 100 && !(await answers(port)); tries += 1) await wait(50);
  };
  const kill = async (): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  await start();
  return {
    port,
    start,
    kill,
    async remove() {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
