import { DEAD_LETTER_CODES, type TelemetryContext, parseTelemetry } from '@anlan/contracts';
import { CREDENTIAL } from '../rig/city.js';
import { Device } from '../rig/device.js';
import { Platform, temporaryFolder, until } from '../rig/platform.js';
import { hostilePayload, seeded } from './payload-fuzz.js';

const COUNT = Number(process.env['ANLAN_FLOOD_COUNT'] ?? 10_000);
const SEED = Number(process.env['ANLAN_FUZZ_SEED'] ?? 20_261);
const HOSTILE = ['h-0', 'h-1', 'h-2', 'h-3'] as const;
const IN_FLIGHT = 50;
/** What the platform may grow by while it takes the flood in: caches and garbage of a few collections, not the payloads. */
const MOST_GROWTH_MB = 150;
const MOST_MB = 400;

const bundle = {
  version: 1,
  regions: [{ code: '990300', name: '试验区' }],
  units: [{ id: 'u', name: '试验单位', role: 'owner' }],
  people: [{ id: 'p', name: '值班', unitId: 'u' }],
  metrics: [
    { code: 'ch4', name: '甲烷', unit: '%VOL', min: 0, max: 20 },
    { code: 'temp', name: '温度', unit: '℃' },
  ],
  sites: [{ id: 's', name: '试验站', domain: 'uspace', regionCode: '990300', unitId: 'u', lon: 117, lat: 31 }],
  assets: [{ id: 'a', siteId: 's', name: '试验井' }],
  devices: [...HOSTILE, 'calm'].map((id) => ({ id, assetId: 'a', credential: CREDENTIAL, intervalMs: 600_000 })),
  points: [...HOSTILE, 'calm'].flatMap((deviceId) => ['ch4', 'temp'].map((metric) => ({ id: `${deviceId}.${metric}`, deviceId, metric }))),
};

/** How many readings a payload counts for: each is stored, a repeat, set aside or refused, and this sum does not depend on which. */
function countOf(payload: Uint8Array, deviceId: string): number {
  const context: TelemetryContext = {
    arrivedAt: Date.now(),
    points: new Map([
      ['ch4', { id: `${deviceId}.ch4`, min: 0, max: 20 }],
      ['temp', { id: `${deviceId}.temp` }],
    ]),
    localToUtc: (wallClock) => wallClock - 8 * 3_600_000,
    maxAgeMs: null,
  };
  const { readings, refused } = parseTelemetry(payload, context);
  return readings.length + refused.length;
}

async function flood(device: Device, payloads: readonly Uint8Array[]): Promise<void> {
  const open = new Set<Promise<void>>();
  for (const payload of payloads) {
    const sending = device.telemetry(Buffer.from(payload)).then(() => void open.delete(sending));
    open.add(sending);
    if (open.size >= IN_FLIGHT) await Promise.race(open);
  }
  await Promise.all(open);
}

test(`S-08 S-20 R-04 R-05 R-28: ${COUNT} hostile payloads (seed ${SEED}) through MQTT: no crash, no growth, each refused with a code, the ledger closes`, async () => {
  const folder = temporaryFolder();
  const platform = await Platform.start({ dataDir: folder.path, env: { ANLAN_RETENTION_RAW: 'off', ANLAN_RATE_API: '1000000' } });
  try {
    await platform.import(bundle);
    const chance = seeded(SEED);
    const payloads = Array.from({ length: COUNT }, () => hostilePayload(chance));
    const shares = HOSTILE.map((_, n) => payloads.filter((_payload, i) => i % HOSTILE.length === n));
    const devices = await Promise.all(HOSTILE.map((id) => Device.connect(platform.mqttPort, id, CREDENTIAL)));
    const calm = await Device.connect(platform.mqttPort, 'calm', CREDENTIAL);
    // The first tenth warms it up.
    await Promise.all(devices.map((device, n) => flood(device, shares[n]?.slice(0, COUNT / 40) ?? [])));
    const before = platform.rss();
    const t0 = Date.now();
    const flooding = Promise.all(devices.map((device, n) => flood(device, shares[n]?.slice(COUNT / 40) ?? [])));
    const ended = flooding.then(() => true);
    let sent = 0;
    do {
      await calm.telemetry({ t: t0 - 3_600_000 + sent * 1_000, values: { ch4: 0.5 } });
      sent++;
    } while (!(await Promise.race([ended, new Promise<false>((resolve) => setTimeout(() => resolve(false), 100))])));
    await flooding;
    const after = platform.rss();

    expect(platform.process.exitCode).toBeNull();
    expect(devices.map((device) => [device.id, device.resends])).toEqual(HOSTILE.map((id) => [id, 0]));
    expect(after).toBeLessThan(MOST_MB);
    expect(after - before).toBeLessThan(MOST_GROWTH_MB);

    const items = await until(
      'the ledger to close',
      async () => {
        const found: readonly (Record<string, number> & { deviceId: string })[] = (await platform.get('/ledger')).items;
        return found.length === HOSTILE.length + 1 && found.every(({ inFlight }) => inFlight === 0) && (await platform.caughtUp())
          ? found
          : undefined;
      },
      60_000,
    );
    for (const item of items)
      expect(item['received']).toBe(
        (item['stored'] ?? 0) + (item['duplicate'] ?? 0) + (item['rejected'] ?? 0) + (item['quarantined'] ?? 0),
      );
    const received = Object.fromEntries(items.map((item) => [item.deviceId, item['received']]));
    const due = HOSTILE.map((id, n) => [id, (shares[n] ?? []).reduce((sum, payload) => sum + countOf(payload, id), 0)]);
    expect(received).toEqual({ ...Object.fromEntries(due), calm: sent });
    expect(items.find(({ deviceId }) => deviceId === 'calm')).toMatchObject({ stored: sent, rejected: 0, quarantined: 0 });

    const letters: readonly Readonly<{ deviceId: string; code: string; reason: string }>[] = await platform.all('/dead-letters');
    expect(letters.length).toBe(items.reduce((sum, item) => sum + (item['rejected'] ?? 0) + (item['quarantined'] ?? 0), 0));
    const known: ReadonlySet<string> = new Set(DEAD_LETTER_CODES);
    expect(letters.filter(({ code, reason }) => !known.has(code) || reason === '')).toEqual([]);
    expect(new Set(letters.map(({ code }) => code)).size).toBeGreaterThan(10);
    process.stderr.write(
      `flood ${COUNT} payloads, ${letters.length} dead letters of ${new Set(letters.map(({ code }) => code)).size} codes, calm readings ${sent}, RSS ${before.toFixed(0)} → ${after.toFixed(0)} MB\n`,
    );
    await Promise.all([...devices, calm].map((device) => device.end()));
  } finally {
    await platform.kill9();
    folder.remove();
  }
}, 300_000);
