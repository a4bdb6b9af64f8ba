import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@anlan/testing';
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
  const port = await freePort(2);
  const engine = await start({ folder, port, ...account });
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
