import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { checkAll } from '../check/checks.js';
import { CREDENTIAL, city } from '../rig/city.js';
import { mounts, testWithMounts } from '../rig/disk.js';
import { atRest, gather } from '../rig/evidence.js';
import { type Journal, journal, runFleet } from '../rig/journal.js';
import { Platform, sleep, until } from '../rig/platform.js';

const DEVICES = 6;
const POINTS = Array.from({ length: DEVICES }, (_, n) => `d-${n}.ch4`);
const DISK_MB = 48;

/** Takes all space that is left. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  for (const size of [65_536, 4_096, 1]) {
    try {
      for (;;) if (writeSync(file, Buffer.alloc(size, 1)) < size) break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(file);
}

/** Resolves when nothing was acknowledged for some seconds although devices wait. */
const stalled = (log: Journal): Promise<true> =>
  until(
    'PUBACKs to stop',
    async () => {
      const before = log.acked.size;
      await sleep(3_000);
      return log.acked.size === before && log.sent.length > before ? true : undefined;
    },
    90_000,
  );

testWithMounts(
  'C08 R-01 R-04 R-06 R-29 R-33 a full disk: PUBACKs stop, reading goes on, nothing is half written, and space heals it',
  async () => {
    const disks = mounts();
    const path = disks.memory('disk', DISK_MB);
    const platform = await Platform.start({ dataDir: join(path, 'data'), env: { ANLAN_RETENTION_RAW: 'off', ANLAN_RATE_API: '1000000' } });
    const log = journal();
    const stop = { now: false };
    const over = new AbortController();
    const ballast = join(path, 'ballast');
    try {
      await platform.import(city({ devices: DEVICES, device: { liveHorizonMs: null, intervalMs: 600_000 } }));
      const value = (device: number, i: number): number => ((i * 7 + device) % 50) / 10;
      const sending = runFleet(
        {
          port: platform.mqttPort,
          credential: CREDENTIAL,
          devices: DEVICES,
          perDevice: 1_000_000,
          startAt: Date.now() - 20 * 86_400_000,
          everyMs: 1_000,
          value,
          paceMs: 10,
          stopped: () => stop.now,
          over: over.signal,
        },
        log,
      );
      await until('some readings', () => (log.acked.size > 500 ? true : undefined), 60_000);

      for (let round = 0; round < 2; round++) {
        fill(ballast);
        await stalled(log);
        expect(platform.process.exitCode).toBeNull();
        expect((await platform.raw('/health/live')).status).toBe(200);
        expect((await platform.get('/points/d-0.ch4/series?limit=10')).items).toHaveLength(10);
        const before = log.acked.size;
        rmSync(ballast);
        await until('PUBACKs again', () => (log.acked.size > before + 100 ? true : undefined), 60_000);
      }
      stop.now = true;
      await sending;
      expect(log.acked.size).toBe(log.sent.length);
      await atRest({ platform, journal: log });
      expect(checkAll(await gather({ platform, journal: log, pointIds: POINTS })).findings).toEqual([]);
    } finally {
      over.abort();
      await platform.kill9();
      disks.remove();
    }
  },
  400_000,
);
