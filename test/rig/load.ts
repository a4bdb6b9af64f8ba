import { CREDENTIAL, city } from './city.js';
import { type FleetOptions, type Journal, journal, runFleet } from './journal.js';
import { Platform } from './platform.js';

/** Far enough ago that a reading each second never reaches the present. */
const BEGAN_AGO_MS = 20 * 86_400_000;

/** Settings under which a test sees what the storage does, not retention or a limit of the API. */
export const LOAD_ENV = { ANLAN_RETENTION_RAW: 'off', ANLAN_RATE_API: '1000000' } as const;

/** A small city whose devices send history without pause. */
export type Load = Readonly<{
  /** The one that runs now. */
  platform: () => Platform;
  journal: Journal;
  pointIds: readonly string[];
  /** Starts another one in the same folder, on the same ports; the old one must have ended. */
  restart(): Promise<void>;
  /** Sends nothing new; resolves when all that was sent is acknowledged. */
  stop(): Promise<void>;
}>;
export type Pace = Readonly<{ devices: number }> & Required<Pick<FleetOptions, 'paceMs'>> & Pick<FleetOptions, 'inFlight'>;

/** Starts a platform with the small city, lets its devices send through any number of restarts while `story` happens, and ends all of it. */
export async function underLoad(dataDir: string, { devices, ...pace }: Pace, story: (load: Load) => Promise<void>): Promise<void> {
  let platform = await Platform.start({ dataDir, env: LOAD_ENV });
  const { httpPort, mqttPort } = platform;
  const log = journal();
  const over = new AbortController();
  let stopped = false;
  try {
    await platform.import(city({ devices, device: { liveHorizonMs: null, intervalMs: 600_000 } }));
    const sending = runFleet(
      {
        port: mqttPort,
        credential: CREDENTIAL,
        devices,
        perDevice: Number.MAX_SAFE_INTEGER,
        startAt: Date.now() - BEGAN_AGO_MS,
        everyMs: 1_000,
        value: (device, i) => ((i * 7 + device) % 50) / 10,
        ...pace,
        stopped: () => stopped,
        over: over.signal,
      },
      log,
    );
    await story({
      platform: () => platform,
      journal: log,
      pointIds: Array.from({ length: devices }, (_, n) => `d-${n}.ch4`),
      restart: async () => {
        platform = await Platform.start({ dataDir, env: LOAD_ENV, httpPort, mqttPort });
      },
      stop: () => {
        stopped = true;
        return sending;
      },
    });
  } finally {
    over.abort();
    await platform.kill9();
  }
}
