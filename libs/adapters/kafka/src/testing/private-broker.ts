import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@anlan/testing';
import { start } from '../../../../../tools/engines/kafka.mjs';
import { type TcpProxy, tcpProxy } from './tcp-proxy.js';

export type PrivateBroker = Readonly<{
  /** Through the proxy; that is also what the broker tells its clients. */
  address: string;
  proxy: TcpProxy;
  kill(): Promise<void>;
  /** On the same data. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}>;

/** A broker of our own, to be killed and cut off. The shared one is never touched. */
export async function privateBroker(): Promise<PrivateBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'anlan-kafka-'));
  const [port, controllerPort, advertisedPort] = [await freePort(), await freePort(), await freePort()];
  const version = process.env['ANLAN_TEST_KAFKA_VERSION'];
  const run = () => start({ folder, port, controllerPort, advertisedPort, heapMb: 256, ...(version !== undefined && { version }) });
  const proxy = await tcpProxy(advertisedPort, port);
  let engine = await run();
  return {
    address: `127.0.0.1:${advertisedPort}`,
    proxy,
    async kill() {
      await engine.kill();
    },
    async restart() {
      engine = await run();
    },
    async dispose() {
      await engine.kill();
      await proxy.close();
      rmSync(folder, { recursive: true });
    },
  };
}
