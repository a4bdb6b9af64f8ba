import { openDataFolder } from '@anlan/adapter-sqlite';
import { createHmac } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Settings } from './settings.js';
import type { Opened } from './opened.js';

/** The data folder: embedded stores where there are any, and what this machine keeps for itself (token of the command line, demo). */
export type Home = Readonly<{
  path: string;
  file(name: string): string;
  /** 32 bytes, the same at each start. */ secret(name: string): Uint8Array;
}>;

/** Locked while something embedded is kept in it; with engines for everything several processes share it and keep no data there. */
export async function openHome(settings: Settings): Promise<Opened<Home>> {
  if (isEmbedded(settings)) {
    const folder = await openDataFolder({ path: settings.ANLAN_DATA_DIR });
    return { it: folder, close: async () => folder.release() };
  }
  const path = resolve(settings.ANLAN_DATA_DIR);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const key = settings.ANLAN_SECRET_KEY ?? '';
  return {
    it: { path, file: (name) => join(path, name), secret: (name) => createHmac('sha256', key).update(name).digest() },
    close: () => Promise.resolve(),
  };
}

function isEmbedded({ ANLAN_KAFKA_BROKERS, ANLAN_INFLUX_URL, ANLAN_POSTGRES_URL }: Settings): boolean {
  return ANLAN_KAFKA_BROKERS === null || ANLAN_INFLUX_URL === null || ANLAN_POSTGRES_URL === null;
}
