import { expectClean } from '../rig/clean.js';
import { atRest, gather } from '../rig/evidence.js';
import { underLoad } from '../rig/load.js';
import { sleep, temporaryFolder } from '../rig/platform.js';

const STOPS = 5;

test(`C22 R-30 SIGTERM ${STOPS} times under load: exit 0 within 10 s, nothing acknowledged lost, nothing doubled`, async () => {
  const folder = temporaryFolder();
  try {
    await underLoad(folder.path, { devices: 10, inFlight: 8, paceMs: 4 }, async ({ platform, journal, pointIds, restart, stop }) => {
      for (let i = 0; i < STOPS; i++) {
        await sleep(700 + i * 250);
        expect(journal.acked.size).toBeGreaterThan(0);
        const { code, ms } = await platform().stop();
        expect([code, platform().output.join('')]).toEqual([0, expect.anything()]);
        expect(ms).toBeLessThan(10_000);
        await restart();
      }
      await stop();
      await atRest({ platform: platform(), journal });
      expectClean('the run with orderly stops', await gather({ platform: platform(), journal, pointIds }));
    });
  } finally {
    folder.remove();
  }
}, 300_000);
