import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expectClean } from '../rig/clean.js';
import { fill, mounts, testWithMounts } from '../rig/disk.js';
import { atRest, gather } from '../rig/evidence.js';
import type { Journal } from '../rig/journal.js';
import { underLoad } from '../rig/load.js';
import { sleep, until } from '../rig/platform.js';

const DISK_MB = 48;

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
    const ballast = join(path, 'ballast');
    try {
      await underLoad(join(path, 'data'), { devices: 6, paceMs: 10 }, async ({ platform: current, journal, pointIds, stop }) => {
        const platform = current();
        await until('some readings', () => (journal.acked.size > 500 ? true : undefined), 60_000);
        for (let round = 0; round < 2; round++) {
          fill(ballast);
          await stalled(journal);
          expect(platform.process.exitCode).toBeNull();
          expect((await platform.raw('/health/live')).status).toBe(200);
          expect((await platform.get('/points/d-0.ch4/series?limit=10')).items).toHaveLength(10);
          const before = journal.acked.size;
          rmSync(ballast);
          await until('PUBACKs again', () => (journal.acked.size > before + 100 ? true : undefined), 60_000);
        }
        await stop();
        expect(journal.acked.size).toBe(journal.sent.length);
        await atRest({ platform, journal });
        expectClean('the run with a full disk', await gather({ platform, journal, pointIds }));
      });
    } finally {
      disks.remove();
    }
  },
  400_000,
);
