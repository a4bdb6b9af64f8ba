import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../../../../../tools/engines/influx.mjs';

/** An InfluxDB of the spec's own, to be killed. */
export type PrivateStore = Readonly<{
  address: string;
  storeAddress: string;
  token: string;
  bucket: string;
  killStore(): Promise<unknown>;
  startStore(): Promise<unknown>;
  stop(): Promise<void>;
}>;

export async function privateStore(): Promise<PrivateStore> {
  const folder = mkdtempSync(join(tmpdir(), 'anlan-influx-'));
  const account = { token: 'private', org: 'anlan', bucket: 'anlan' };
  const [port = 0, storePort = 0, rpcPort = 0] = await freePorts(3);
  const engine = await start({ folder, port, storePort, rpcPort, ...account });
  return {
    ...account,
    address: engine.address,
    storeAddress: engine.storeAddress,
    killStore: engine.killStore,
    startStore: engine.startStore,
    async stop() {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
