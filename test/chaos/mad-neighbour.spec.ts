import { availableParallelism, loadavg } from 'node:os';
import { CREDENTIAL, city } from '../rig/city.js';
import { Device } from '../rig/device.js';
import { type Limits, changesOf } from '../rig/naive-threshold.js';
import { Platform, sleep, temporaryFolder, until } from '../rig/platform.js';
import { transitionsOf } from '../rig/transitions.js';

const CALM = [0, 1, 2, 3];
const MAD = 'd-4';
const MAD_PER_SECOND = 5_000;
const SECONDS = 8;
const CALM_EVERY_MS = 200;
/** What a PUBACK of a calm device may take at most, on a machine that is not busy with other things. */
const PUBACK_MS = 2_000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
const LIMITS: Limits = (['blue', 'yellow', 'orange', 'red'] as const).map((level, i) => ({ level, at: i + 1, deadband: 0.1 }));
const HOPS = [0.2, 1.4, 2.6, 0.3, 3.3, 4.8, 4.1, 0.1, 1.1, 0.95];

/** 5 000 messages a second: good ones, garbage, foreign times, by the clock and without waiting for anything. */
async function rage(device: Device, until: number): Promise<number> {
  const startedAt = Date.now();
  let sent = 0;
  while (Date.now() < until) {
    for (const due = ((Date.now() - startedAt) * MAD_PER_SECOND) / 1_000; sent < due && device.pending() < 60_000; sent++) {
      const t = Date.now() - (sent % 7) * 1_000;
      void device.telemetry(sent % 5 === 0 ? '{"t":' : { t: sent % 5 === 1 ? t + 86_400_000 * 4_000 : t, values: { test_ch4: sent % 5 } });
    }
    await sleep(10);
  }
  return sent;
}

test(`R-15 R-28 a mad neighbour (${MAD_PER_SECOND} messages/s) changes nothing for calm devices`, async () => {
  const folder = temporaryFolder();
  const platform = await Platform.start({ dataDir: folder.path, env: { ANLAN_RATE_API: '1000000' } });
  try {
    await platform.import(city({ devices: CALM.length + 1, device: { intervalMs: 600_000 } }));
    const mad = await Device.connect(platform.mqttPort, MAD, CREDENTIAL);
    const calm = await Promise.all(CALM.map((n) => Device.connect(platform.mqttPort, `d-${n}`, CREDENTIAL)));
    const before = platform.rss();
    const end = Date.now() + SECONDS * 1_000;
    const raging = rage(mad, end);
    const waits: number[] = [];
    const samples = await Promise.all(
      calm.map(async (device, n) => {
        const sent: { t: number; v: number }[] = [];
        for (let i = 0; Date.now() < end; i++) {
          const sample = { t: Date.now(), v: HOPS[(i + n) % HOPS.length] ?? 0 };
          await device.telemetry({ t: sample.t, values: { test_ch4: sample.v } });
          waits.push(Date.now() - sample.t);
          sent.push(sample);
          await sleep(CALM_EVERY_MS);
        }
        return sent;
      }),
    );
    const offered = await raging;
    const unanswered = mad.pending();
    await mad.end();
    await until('the pipeline at rest', async () => ((await platform.caughtUp()) ? true : undefined), 120_000);

    for (const n of CALM) {
      const want = changesOf(samples[n] ?? [], LIMITS).map(({ t, level }) => [t, level]);
      expect((await transitionsOf(platform, `d-${n}.ch4`)).map(({ t, level }) => [t, level])).toEqual(want);
    }
    expect(waits.length).toBeGreaterThan(CALM.length * 5);
    expect(Math.max(...waits)).toBeLessThan(PUBACK_MS);
    expect(platform.rss() - before).toBeLessThan(250);
    const { items } = await platform.get('/ledger');
    for (const item of items) expect(item.received).toBe(item.stored + item.rejected + item.duplicate + item.quarantined);
    for (const n of CALM)
      expect(items.find(({ deviceId }: { deviceId: string }) => deviceId === `d-${n}`)).toMatchObject({
        stored: samples[n]?.length,
        rejected: 0,
      });
    process.stderr.write(
      `mad device offered ${offered}, unanswered ${unanswered}; calm PUBACK worst ${Math.max(...waits)} ms of ${waits.length}; RSS ${before.toFixed(0)} → ${platform.rss().toFixed(0)} MB\n`,
    );
    await Promise.all(calm.map((device) => device.end()));
  } finally {
    await platform.kill9();
    folder.remove();
  }
}, 300_000);
