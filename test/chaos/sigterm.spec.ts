import { checkAll } from '../check/checks.js';
import { CREDENTIAL, city } from '../rig/city.js';
import { atRest, gather } from '../rig/evidence.js';
import { journal, runFleet } from '../rig/journal.js';
import { Platform, sleep, temporaryFolder } from '../rig/platform.js';

const STOPS = 5;
const DEVICES = 10;
const POINTS = Array.from({ length: DEVICES }, (_, n) => `d-${n}.ch4`);

test(`C22 R-30 SIGTERM ${STOPS} times under load: exit 0 within 10 s, nothing acknowledged lost, nothing doubled`, async () => {
  const folder = temporaryFolder();
  const env = { ANLAN_RETENTION_RAW: 'off', ANLAN_RATE_API: '1000000' };
  let platform = await Platform.start({ dataDir: folder.path, env });
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
        inFlight: 8,
        paceMs: 4,
        stopped: () => stop.now,
        over: over.signal,
      },
      log,
    );
    for (let i = 0; i < STOPS; i++) {
      await sleep(700 + i * 250);
      const before = log.acked.size;
      expect(before).toBeGreaterThan(0);
      const { code, ms } = await platform.stop();
      expect([code, platform.output.join('')]).toEqual([0, expect.anything()]);
      expect(ms).toBeLessThan(10_000);
      platform = await Platform.start({ dataDir: folder.path, env, httpPort: platform.httpPort, mqttPort: platform.mqttPort });
    }
    stop.now = true;
    await sending;
    await atRest({ platform, journal: log });
    expect(checkAll(await gather({ platform, journal: log, pointIds: POINTS })).findings).toEqual([]);
  } finally {
    over.abort();
    await platform.kill9();
    folder.remove();
  }
}, 300_000);
