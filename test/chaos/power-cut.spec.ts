import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkAll } from '../check/checks.js';
import { CREDENTIAL, city } from '../rig/city.js';
import { mounts, testWithMounts } from '../rig/disk.js';
import { atRest, gather } from '../rig/evidence.js';
import { type Journal, journal, runFleet } from '../rig/journal.js';
import { Platform, sleep } from '../rig/platform.js';

/** Moments at which the power goes; ten in CI. */
const CUTS = Number(process.env['CHAOS_POWER_CUTS'] ?? (process.env['CI'] ? 10 : 2));
const DEVICES = 8;
const POINTS = Array.from({ length: DEVICES }, (_, n) => `d-${n}.ch4`);
const IMAGE_MB = 192;
const UNSYNCED = 'written-without-sync';
const env = { ANLAN_RETENTION_RAW: 'off', ANLAN_RATE_API: '1000000' };

testWithMounts(
  `C26 R-01 R-02 R-04 R-06 R-37 power cut at ${CUTS} moments: what was acknowledged is on the disk that is found afterwards`,
  async () => {
    const disks = mounts();
    const { file, path } = disks.image('disk', IMAGE_MB);
    const platform = await Platform.start({ dataDir: join(path, 'data'), env });
    const log = journal();
    const stop = { now: false };
    const over = new AbortController();
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
          paceMs: 5,
          stopped: () => stop.now,
          over: over.signal,
        },
        log,
      );
      let unsyncedLost = 0;
      for (let i = 0; i < CUTS; i++) {
        await sleep(1_000 + ((i * 7_919) % 1_500));
        writeFileSync(join(path, `${UNSYNCED}-${i}`), 'x'.repeat(50_000));
        const found = await cutNow(platform, log, () => disks.cut(file, `cut-${i}`));
        const left = join(found.path, `${UNSYNCED}-${i}`);
        if (!existsSync(left) || readFileSync(left, 'utf8') === '') unsyncedLost++;
        await inspect(join(found.path, 'data'), found.log);
        disks.unmount(found.path);
      }
      // Otherwise the copies were no power cuts, and prove nothing.
      expect(unsyncedLost).toBeGreaterThan(0);
      expect(log.acked.size).toBeGreaterThan(100 * CUTS);
      process.stderr.write(`power cuts ${CUTS}, acknowledged ${log.acked.size}, unsynced files lost ${unsyncedLost}\n`);
      stop.now = true;
      await sending;
    } finally {
      over.abort();
      await platform.kill9();
      disks.remove();
    }
  },
  600_000,
);

/** Freezes the platform, lets PUBACKs on their way arrive, and takes the disk as it is. */
async function cutNow(platform: Platform, log: Journal, cut: () => string): Promise<Readonly<{ path: string; log: Journal }>> {
  platform.process.kill('SIGSTOP');
  await sleep(200);
  const then: Journal = { sent: [...log.sent], acked: new Set(log.acked), resends: 0 };
  const path = cut();
  platform.process.kill('SIGCONT');
  return { path, log: then };
}

async function inspect(dataDir: string, log: Journal): Promise<void> {
  const found = await Platform.start({ dataDir, env });
  try {
    await atRest({ platform: found, journal: log });
    const evidence = await gather({ platform: found, journal: log, pointIds: POINTS });
    expect(checkAll(evidence).findings).toEqual([]);
  } finally {
    await found.kill9();
  }
}
