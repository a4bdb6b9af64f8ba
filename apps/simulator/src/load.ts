import type { Millis } from '@anlan/contracts';
import { TOOL_BACKOFF } from './backoff.js';
import { brokerAddress } from './broker-socket.js';
import { sleep, type SimulatorClock } from './clock.js';
import { deviceClient, type DeviceClient, type DeviceEvent } from './device-client.js';
import { histogram, type Histogram } from './histogram.js';
import { LOAD_METRIC, type LoadDevice } from './load-bundle.js';

export type LoadOptions = Readonly<{
  url: string;
  devices: readonly LoadDevice[];
  /** Messages a second over all devices, one reading each. */
  rate: number;
  seconds: number;
  /** In flight a device. */
  window: number;
  /** How long to wait for the last acknowledgements; 15 s unless said. */
  graceMs?: Millis;
  clock: SimulatorClock;
  random: () => number;
  /** The value that device `device` sends in its message number `k`, both from 0; a saw tooth from 0 to 99.9 unless said. */
  value?: (device: number, k: number) => number;
  onProgress?: (doneMs: Millis, totalMs: Millis) => void;
}>;
export type LoadReport = Readonly<{
  /** Wall clock at which message 0 was due. */
  startedAt: Millis;
  devices: number;
  connected: number;
  connectMs: Millis;
  /** Messages that were due; each was offered on time, whatever the broker did. */
  due: number;
  acked: number;
  /** Due, but not acknowledged when the run gave up. */
  lost: number;
  reconnects: number;
  ratePerSecond: number;
  /** From the moment a message was due to its PUBACK. */
  latencyMs: Readonly<{ p50: number; p95: number; p99: number; p999: number; max: number }>;
}>;
export type LoadOutcome = Readonly<{ kind: 'done'; report: LoadReport }> | Readonly<{ kind: 'failed'; why: string }>;

const CONNECT_MS = 30_000;
const GRACE_MS = 15_000;
const TICK_MS = 2;
/** Connections opened a second, so that the broker's own limit on new ones is not what is measured. */
const CONNECTS_A_SECOND = 400;
const MOST_A_DEVICE = 500;
/** Kept a device while its window is full; beyond it the oldest is lost and counted as such. */
const BUFFER = 20_000;

/** Open-loop load: messages are due by the clock and wait in the device when the broker is slow, and the waiting counts. */
export async function runLoad(options: LoadOptions): Promise<LoadOutcome> {
  const { url, devices, rate, seconds, window, graceMs = GRACE_MS, clock, random, onProgress } = options;
  const address = brokerAddress(url);
  if (!address) return { kind: 'failed', why: `not an MQTT address: ${url}` };
  if (!(rate > 0) || !(seconds > 0) || devices.length === 0) return { kind: 'failed', why: 'devices, rate and seconds must be above 0' };
  if (rate / devices.length > MOST_A_DEVICE)
    return { kind: 'failed', why: `at most ${MOST_A_DEVICE} messages a second and device: times must differ by a millisecond` };
  const online = new Set<string>();
  const seen = { offline: 0, refused: 0 };
  const onEvent = (event: DeviceEvent): void => {
    if (event.kind === 'online') online.add(event.deviceId);
    else seen[event.kind] += 1;
  };
  const clients = devices.map(({ id, credential }) =>
    deviceClient({ address, deviceId: id, secret: credential, clock, random, onEvent, window, buffer: BUFFER, backoff: TOOL_BACKOFF }),
  );
  const connectingAt = clock.mono();
  await connectAll(clients, clock);
  while (online.size < devices.length && clock.mono() - connectingAt < CONNECT_MS) await sleep(clock, 10);
  const connectMs = Math.round(clock.mono() - connectingAt);
  if (online.size < devices.length) {
    await closeAll(clients);
    return { kind: 'failed', why: `only ${online.size} of ${devices.length} devices could connect (${seen.refused} refused)` };
  }
  const latency = histogram();
  const beganAt = clock.mono();
  const startedAt = clock.now();
  const due = await publishOnTime(options, clients, { latency, from: beganAt, wallFrom: startedAt });
  const endedAt = clock.mono();
  while (latency.count() < due && clock.mono() - endedAt < graceMs && clients.some((client) => client.pending() > 0))
    await sleep(clock, 10);
  const tookMs = clock.mono() - beganAt;
  onProgress?.(seconds * 1000, seconds * 1000);
  const reconnects = seen.offline;
  await closeAll(clients);
  const acked = latency.count();
  return {
    kind: 'done',
    report: {
      startedAt,
      devices: devices.length,
      connected: online.size,
      connectMs,
      due,
      acked,
      lost: due - acked,
      reconnects,
      ratePerSecond: Math.round((acked / tookMs) * 1000),
      latencyMs: quantiles(latency),
    },
  };
}

async function connectAll(clients: readonly DeviceClient[], clock: SimulatorClock): Promise<void> {
  const from = clock.mono();
  for (const [i, client] of clients.entries()) {
    await sleep(clock, from + (i * 1000) / CONNECTS_A_SECOND - clock.mono());
    client.start();
  }
}

/** Offers every message at its due time, round robin over the devices. Returns how many were due. */
async function publishOnTime(
  { rate, seconds, clock, onProgress, value = (device, k) => ((k * clients.length + device) % 1_000) / 10 }: LoadOptions,
  clients: readonly DeviceClient[],
  { latency, from, wallFrom }: Readonly<{ latency: Histogram; from: Millis; wallFrom: Millis }>,
): Promise<number> {
  const total = Math.round(rate * seconds);
  for (let sent = 0; sent < total;) {
    const elapsed = clock.mono() - from;
    const upTo = Math.min(total, Math.floor((elapsed * rate) / 1000) + 1);
    for (; sent < upTo; sent += 1) offer(clients[sent % clients.length], sent, from + (sent * 1000) / rate);
    onProgress?.(elapsed, seconds * 1000);
    await sleep(clock, TICK_MS);
  }
  return total;

  function offer(client: DeviceClient | undefined, n: number, dueAt: Millis): void {
    const k = Math.floor(n / clients.length);
    const payload = `{"seq":${k + 1},"readings":[{"m":"${LOAD_METRIC}","t":${Math.round(wallFrom + (n * 1000) / rate)},"v":${value(n % clients.length, k)}}]}`;
    client?.send({ payload, done: (outcome) => outcome === 'acked' && latency.add(clock.mono() - dueAt) });
  }
}

async function closeAll(clients: readonly DeviceClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.stop(0)));
}

function quantiles(latency: Histogram): LoadReport['latencyMs'] {
  const at = (q: number): number => Number(latency.quantile(q).toFixed(2));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: Number(latency.max().toFixed(2)) };
}
