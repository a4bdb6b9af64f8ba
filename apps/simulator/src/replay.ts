import type { Millis } from '@anlan/contracts';
import { TOOL_BACKOFF } from './backoff.js';
import { brokerAddress } from './broker-socket.js';
import { sleep, type SimulatorClock } from './clock.js';
import { deviceClient, type DeviceClient, type DeviceEvent } from './device-client.js';
import { cellNumber, cellTime, devicesOf, type ReplayMap } from './replay-map.js';

export type TableRow = Readonly<Record<string, string>>;
export type ReplayOptions = Readonly<{
  url: string;
  /** The table, from its beginning each time it is called: it is read twice. */
  rows: () => AsyncIterable<TableRow>;
  map: ReplayMap;
  secrets: ReadonlyMap<string, string>;
  /** 1 = as it happened; 60 = an hour a minute; `max` = as fast as PUBACKs come. Below 1 the end would lie in the future, so it is refused. */
  speed: number | 'max';
  /** Messages in flight a device, 10 to 1 000. */
  window?: number;
  clock: SimulatorClock;
  random: () => number;
  onProgress?: (done: number, total: number) => void;
}>;
export type ReplayReport = Readonly<{
  rows: number;
  /** Rows left out: another `where`, or no readable time. */
  skippedRows: number;
  messages: number;
  readings: number;
  emptyCells: number;
  textCells: number;
  /** Added to every time of the table. */
  offsetMs: Millis;
  firstAt: Millis;
  lastAt: Millis;
  tookMs: Millis;
}>;
export type ReplayOutcome = Readonly<{ kind: 'done'; report: ReplayReport }> | Readonly<{ kind: 'failed'; why: string; acked: number }>;

/** No PUBACK for this long means that nobody is there. */
const PATIENCE_MS = 60_000;

/**
 * Publishes a table as the devices would have, in its order, each row acknowledged.
 * Every time moves by one fixed offset such that the last row is published at its own moved time: at `speed` N the whole takes
 * 1/N of its length, so earlier rows are published later than their moved time, never before it, and nothing looks like the future.
 */
export async function replay(options: ReplayOptions): Promise<ReplayOutcome> {
  const { url, rows, map, secrets, speed, clock } = options;
  const address = brokerAddress(url);
  if (!address) return failed(`not an MQTT address: ${url}`);
  if (speed !== 'max' && !(speed >= 1)) return failed('speed must be 1 or more, or max');
  const missing = devicesOf(map).filter((id) => !secrets.has(id));
  if (missing.length > 0) return failed(`no credential for ${missing.slice(0, 5).join(', ')}`);
  const span = await spanOf(rows, map);
  if (!span) return failed('no row with a readable time');
  const startedAt = clock.now();
  const paceMs = speed === 'max' ? 0 : 1 / speed;
  const offsetMs = Math.round(startedAt + (span.last - span.first) * paceMs - span.last);
  const crew = openCrew(options, address);
  try {
    const counts = await publishAll(options, crew, { ...span, startedAt, paceMs, offsetMs });
    await crew.drained(0);
    return {
      kind: 'done',
      report: { ...counts, offsetMs, firstAt: span.first + offsetMs, lastAt: span.last + offsetMs, tookMs: clock.now() - startedAt },
    };
  } catch (error) {
    if (error instanceof Stuck) return failed(error.message, crew.acked());
    throw error;
  } finally {
    await crew.close();
  }
}

const failed = (why: string, acked = 0): ReplayOutcome => ({ kind: 'failed', why, acked });

type Span = Readonly<{ first: Millis; last: Millis; total: number }>;

/** First and last time, and how many rows there are. */
async function spanOf(rows: ReplayOptions['rows'], map: ReplayMap): Promise<Span | undefined> {
  let [first, last, total] = [Infinity, -Infinity, 0];
  for await (const row of rows()) {
    total += 1;
    const t = timeOf(row, map);
    if (t === undefined) continue;
    first = Math.min(first, t);
    last = Math.max(last, t);
  }
  return last === -Infinity ? undefined : { first, last, total };
}

function timeOf(row: TableRow, map: ReplayMap): Millis | undefined {
  const wanted = Object.entries(map.where).every(([column, text]) => row[column] === text);
  return wanted ? cellTime(row[map.time.column] ?? '', map.time) : undefined;
}

type Pace = Span & Readonly<{ startedAt: Millis; paceMs: number; offsetMs: Millis }>;
type Counts = Pick<ReplayReport, 'rows' | 'skippedRows' | 'messages' | 'readings' | 'emptyCells' | 'textCells'>;

async function publishAll({ rows, map, clock, window = 100, onProgress }: ReplayOptions, crew: Crew, pace: Pace): Promise<Counts> {
  const counts = { rows: 0, skippedRows: 0, messages: 0, readings: 0, emptyCells: 0, textCells: 0 };
  for await (const row of rows()) {
    counts.rows += 1;
    const t = timeOf(row, map);
    if (t === undefined) {
      counts.skippedRows += 1;
      continue;
    }
    if (pace.paceMs > 0) await sleep(clock, pace.startedAt + (t - pace.first) * pace.paceMs - clock.now());
    await crew.drained(clampWindow(window) * 2);
    for (const [device, readings] of byDevice(row, map, t + pace.offsetMs, counts)) {
      counts.messages += 1;
      counts.readings += readings.length;
      crew.send(device, readings);
    }
    onProgress?.(counts.rows, pace.total);
  }
  return counts;
}

const clampWindow = (window: number): number => Math.min(1_000, Math.max(10, Math.trunc(window)));

type Wire = Readonly<{ m: string; t: Millis; v: number }>;

function byDevice(
  row: TableRow,
  map: ReplayMap,
  t: Millis,
  counts: { emptyCells: number; textCells: number },
): ReadonlyMap<string, readonly Wire[]> {
  const found = new Map<string, Wire[]>();
  for (const [column, { device, metric, factor, plus }] of Object.entries(map.columns)) {
    const text = row[column] ?? '';
    const value = cellNumber(text);
    if (value === undefined) {
      if (text.trim() === '') counts.emptyCells += 1;
      else counts.textCells += 1;
      continue;
    }
    const v = factor === 1 && plus === 0 ? value : value * factor + plus;
    found.set(device, [...(found.get(device) ?? []), { m: metric, t, v }]);
  }
  return found;
}

class Stuck extends Error {}

/** The devices of a replay. `drained(n)` waits until none has more than n messages pending. */
type Crew = Readonly<{
  send(device: string, readings: readonly Wire[]): void;
  drained(most: number): Promise<void>;
  acked(): number;
  close(): Promise<void>;
}>;

function openCrew(
  { map, secrets, window = 100, clock, random }: ReplayOptions,
  address: NonNullable<ReturnType<typeof brokerAddress>>,
): Crew {
  let acked = 0;
  let progressAt = clock.mono();
  let refusal: string | undefined;
  const onEvent = (event: DeviceEvent): void => {
    if (event.kind === 'refused' && event.code !== 3) refusal = `the broker refused ${event.deviceId} (code ${event.code})`;
  };
  const clients = new Map<string, Readonly<{ client: DeviceClient; next: () => number }>>();
  for (const deviceId of devicesOf(map)) {
    let seq = 0;
    const client = deviceClient({
      address,
      deviceId,
      secret: secrets.get(deviceId) ?? '',
      clock,
      random,
      onEvent,
      window: clampWindow(window),
      buffer: Infinity,
      backoff: TOOL_BACKOFF,
    });
    clients.set(deviceId, { client, next: () => (seq += 1) });
    client.start();
  }
  const done = (): void => {
    acked += 1;
    progressAt = clock.mono();
  };
  const crowded = (most: number): boolean => [...clients.values()].some(({ client }) => client.pending() > most);
  return {
    send: (device, readings) => {
      const member = clients.get(device);
      member?.client.send({ payload: JSON.stringify({ seq: member.next(), readings }), done });
    },
    drained: async (most) => {
      if (crowded(most)) progressAt = clock.mono();
      while (crowded(most)) {
        if (refusal !== undefined) throw new Stuck(refusal);
        if (clock.mono() - progressAt > PATIENCE_MS) throw new Stuck(`no acknowledgement for ${PATIENCE_MS / 1000} s`);
        await sleep(clock, 2);
      }
    },
    acked: () => acked,
    close: async () => void (await Promise.all([...clients.values()].map(({ client }) => client.stop(0)))),
  };
}
