import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectClean } from '../rig/clean.js';
import { mounts, testWithMounts } from '../rig/disk.js';
import { atRest, gather } from '../rig/evidence.js';
import type { Journal } from '../rig/journal.js';
import { LOAD_ENV, type Load, underLoad } from '../rig/load.js';
import { Platform, sleep } from '../rig/platform.js';

/** Moments at which the power goes; ten in CI. */
const CUTS = Number(process.env['CHAOS_POWER_CUTS'] ?? (process.env['CI'] ? 10 : 2));
const IMAGE_MB = 192;
const UNSYNCED = 'written-without-sync';

testWithMounts(
  `C26 R-01 R-02 R-04 R-06 R-37 power cut at ${CUTS} moments: what was acknowledged is on the disk that is found afterwards`,
  async () => {
    const disks = mounts();
    const { file, path } = disks.image('disk', IMAGE_MB);
    try {
      await underLoad(join(path, 'data'), { devices: 8, paceMs: 5 }, async (load) => {
        let unsyncedLost = 0;
        for (let i = 0; i < CUTS; i++) {
          await sleep(1_000 + ((i * 7_919) % 1_500));
          writeFileSync(join(path, `${UNSYNCED}-${i}`), 'x'.repeat(50_000));
          const found = await cutNow(load, () => disks.cut(file, `cut-${i}`));
          const left = join(found.path, `${UNSYNCED}-${i}`);
          if (!existsSync(left) || readFileSync(left, 'utf8') === '') unsyncedLost++;
          await inspect(join(found.path, 'data'), { ...load, journal: found.journal });
          disks.unmount(found.path);
        }
        // Otherwise the copies were no power cuts, and prove nothing.
        expect(unsyncedLost).toBeGreaterThan(0);
        expect(load.journal.acked.size).toBeGreaterThan(100 * CUTS);
        process.stderr.write(`power cuts ${CUTS}, acknowledged ${load.journal.acked.size}, unsynced files lost ${unsyncedLost}\n`);
        await load.stop();
      });
    } finally {
      disks.remove();
    }
  },
  600_000,
);

/** Freezes the platform, lets PUBACKs on their way arrive, and takes the disk as it is. */
async function cutNow({ platform, journal }: Load, cut: () => string): Promise<Readonly<{ path: string; journal: Journal }>> {
  platform().process.kill('SIGSTOP');
  await sleep(200);
  const then: Journal = { sent: [...journal.sent], acked: new Set(journal.acked), resends: 0 };
  const path = cut();
  platform().process.kill('SIGCONT');
  return { path, journal: then };
}

async function inspect(dataDir: string, { journal, pointIds }: Pick<Load, 'journal' | 'pointIds'>): Promise<void> {
  const found = await Platform.start({ dataDir, env: LOAD_ENV });
  try {
    await atRest({ platform: found, journal });
    expectClean('the disk after a power cut', await gather({ platform: found, journal, pointIds }));
  } finally {
    await found.kill9();
  }
}
