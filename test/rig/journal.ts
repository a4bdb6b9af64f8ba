import { Device } from './device.js';

/** What one device sent and what it got acknowledged: written before use, so it is the oracle. */
export type Entry = Readonly<{ deviceId: string; pointId: string; seq: number; t: number; v: number }>;
export type Journal = Readonly<{ sent: Entry[]; acked: Set<string> }> & { resends: number };

export const journal = (): Journal => ({ sent: [], acked: new Set(), resends: 0 });
export const keyOf = ({ pointId, t }: Readonly<{ pointId: string; t: number }>): string => `${pointId}@${t}`;

export type FleetOptions = Readonly<{
  port: number;
  credential: string;
  devices: number;
  perDevice: number | ((device: number) => number);
  startAt: number;
  everyMs: number;
  value: (device: number, i: number) => number;
  inFlight?: number;
  paceMs?: number;
  /** Send nothing new once this holds. */ stopped?: () => boolean;
  /** Hang up at once, whatever waits: the test is over. */ over?: AbortSignal;
}>;

/** Sends every reading of every device, again and again until acknowledged, through any number of crashes of the platform. */
export async function runFleet(options: FleetOptions, log: Journal): Promise<void> {
  await Promise.all(Array.from({ length: options.devices }, (_, n) => runDevice(options, n, log)));
}

async function runDevice(
  { port, credential, perDevice, startAt, everyMs, value, inFlight = 4, paceMs = 0, stopped = () => false, over }: FleetOptions,
  n: number,
  log: Journal,
): Promise<void> {
  const id = `d-${n}`;
  const device = await connectThrough(port, id, credential);
  over?.addEventListener('abort', () => void device.end());
  const open = new Set<Promise<void>>();
  const count = typeof perDevice === 'number' ? perDevice : perDevice(n);
  for (let i = 0; i < count; i++) {
    const entry: Entry = { deviceId: id, pointId: `${id}.ch4`, seq: i + 1, t: startAt + i * everyMs, v: value(n, i) };
    if (stopped() || over?.aborted) break;
    log.sent.push(entry);
    const sending = device.telemetry({ seq: entry.seq, t: entry.t, values: { test_ch4: entry.v } }).then(() => {
      log.acked.add(keyOf(entry));
      open.delete(sending);
    });
    open.add(sending);
    if (open.size >= inFlight) await Promise.race(open);
    if (paceMs > 0) await new Promise((resolve) => setTimeout(resolve, paceMs));
  }
  if (!over?.aborted) await Promise.all(open);
  log.resends += device.resends;
  await device.end();
}

/** As long as a platform may take to start on a busy machine, twice. */
const REACHED_WITHIN_MS = 120_000;

async function connectThrough(port: number, id: string, credential: string): Promise<Device> {
  for (const end = Date.now() + REACHED_WITHIN_MS; ;) {
    try {
      return await Device.connect(port, id, credential);
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
