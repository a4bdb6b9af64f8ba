import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Aedes, type PublishPacket } from 'aedes';
import { TOOL_BACKOFF } from './backoff.js';
import {
  deviceClient,
  fleetOf,
  readReplayMap,
  realClock,
  replay,
  runLoad,
  scenarioNamed,
  startFleet,
  loadDevices,
  type DeviceEvent,
  type ReplayMap,
  type TableRow,
} from './index.js';

type Seen = Readonly<{ clientId: string; topic: string; payload: string; retain: boolean; dup: boolean }>;
type Broker = Readonly<{
  url: string;
  seen: Seen[];
  telemetry(): Seen[];
  sockets: Set<Socket>;
  holdAcks(on: boolean): void;
  close(): Promise<void>;
}>;

/** A real broker on a free port. Password must be `secret-<user>`. Held acknowledgements are never sent. */
async function broker(): Promise<Broker> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let held = false;
  const aedes = await Aedes.createBroker({
    authenticate: (client, username, password, done) => done(null, password?.toString() === `secret-${username ?? ''}`),
    authorizePublish: (client, packet: PublishPacket, done) => {
      seen.push({
        clientId: client?.id ?? '',
        topic: packet.topic,
        payload: packet.payload.toString(),
        retain: packet.retain,
        dup: packet.dup,
      });
      if (!held) done(null);
    },
  });
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    telemetry: () => seen.filter(({ topic }) => topic.endsWith('/telemetry')),
    sockets,
    holdAcks: (on) => void (held = on),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

const clock = realClock();
const until = async (done: () => boolean): Promise<void> => {
  for (let i = 0; i < 400 && !done(); i += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(done()).toBe(true);
};

let under: Broker;
beforeEach(async () => void (under = await broker()));
afterEach(() => under.close());

const address = (): { host: string; port: number; tls: boolean } => ({
  host: '127.0.0.1',
  port: Number(new URL(under.url).port),
  tls: false,
});

test('a device sends again after a cut, in order, until everything is acknowledged', async () => {
  const acked: number[] = [];
  const client = deviceClient({
    address: address(),
    deviceId: 'd1',
    secret: 'secret-d1',
    clock,
    random: () => 0.01,
    window: 3,
    backoff: TOOL_BACKOFF,
  });
  client.start();
  await until(() => under.seen.length === 1);
  under.holdAcks(true);
  for (let n = 1; n <= 5; n += 1) client.send({ payload: String(n), done: () => acked.push(n) });
  await until(() => under.telemetry().length === 3);
  under.holdAcks(false);
  for (const socket of under.sockets) socket.destroy();
  await until(() => acked.length === 5);
  expect(acked).toEqual([1, 2, 3, 4, 5]);
  expect(under.telemetry().map(({ payload, dup }) => `${payload}${dup ? '+' : ''}`)).toEqual(['1', '2', '3', '1+', '2+', '3+', '4', '5']);
  await client.stop(100);
});

test('status is retained: online on connect, offline on goodbye, and the will says offline too', async () => {
  const client = deviceClient({ address: address(), deviceId: 'd1', secret: 'secret-d1', clock, random: () => 0, backoff: TOOL_BACKOFF });
  client.start();
  await until(() => under.seen.length === 1);
  for (const socket of under.sockets) socket.destroy();
  await until(() => under.seen.length === 3);
  await client.stop(100);
  const said = under.seen.map(({ topic, retain, payload }) => [topic, retain, (JSON.parse(payload) as { online: boolean }).online]);
  expect(said).toEqual([true, false, true, false].map((online) => ['anlan/v1/devices/d1/status', true, online]));
});

test('a wrong secret is told, and the device keeps trying', async () => {
  const events: DeviceEvent[] = [];
  const client = deviceClient({
    address: address(),
    deviceId: 'd1',
    secret: 'wrong',
    clock,
    random: () => 0,
    backoff: { firstMs: 1, baseMs: 1, maxMs: 2 },
    onEvent: (event) => events.push(event),
  });
  client.start();
  await until(() => events.length >= 2);
  expect(events[0]).toMatchObject({ kind: 'refused', deviceId: 'd1', code: 5 });
  await client.stop(0);
});

test('a fleet publishes what its scenario says, and the history of an outage first', async () => {
  const bundle = {
    devices: ['a', 'b'].map((id) => ({ id, intervalMs: 200 })),
    points: ['a', 'b'].map((deviceId) => ({ deviceId, metric: 'uspace_ch4_vol' })),
  };
  const devices = fleetOf(bundle, new Map([['uspace_ch4_vol', { min: 0, max: 20 }]]));
  const scenario = scenarioNamed('outage-backfill');
  if (!scenario) throw new Error('no scenario');
  const fleet = startFleet({
    url: under.url,
    devices: [...devices, { id: 'c', intervalMs: 100, points: [] }],
    secrets: new Map([
      ['a', 'secret-a'],
      ['b', 'secret-b'],
    ]),
    scenario,
    seed: 1,
    clock,
    random: () => 0,
  });
  await until(() => under.telemetry().filter(({ payload }) => payload.startsWith('{')).length >= 4);
  await fleet.stop();
  const { sent, acked, ...rest } = fleet.stats();
  expect(rest).toEqual({ devices: 3, withoutSecret: 1, online: 0, dropped: 0, refused: 0 });
  expect(acked).toBe(sent);
  const [first] = under.telemetry().filter(({ clientId }) => clientId === 'a');
  const history = JSON.parse(first?.payload ?? '') as { t: number; values: object }[];
  expect(history).toHaveLength(180);
  expect(history.every(({ t }, i) => i === 0 || t - (history[i - 1]?.t ?? 0) === 60_000)).toBe(true);
}, 15_000);

describe('replay', () => {
  const map = (value: object): ReplayMap => {
    const read = readReplayMap(value);
    if (!read.map) throw new Error(JSON.stringify(read.faults));
    return read.map;
  };
  const table = (rows: readonly TableRow[]) =>
    async function* (): AsyncGenerator<TableRow> {
      yield* rows;
    };
  const MAP = map({
    time: { column: 'at' },
    columns: { x: { device: 'd1', metric: 'm1' }, y: { device: 'd1', metric: 'm2', factor: 10 }, z: { device: 'd2', metric: 'm1' } },
  });
  const ROWS = [
    { at: '2020-01-01T00:00:00Z', x: '1', y: '2', z: '3' },
    { at: '2020-01-01T00:10:00Z', x: '4', y: '', z: 'broken' },
    { at: 'nonsense', x: '9', y: '9', z: '9' },
    { at: '2020-01-01T01:00:00Z', x: '5', y: '6', z: '7' },
  ];
  const secrets = new Map([
    ['d1', 'secret-d1'],
    ['d2', 'secret-d2'],
  ]);
  const wire = (): { clientId: string; seq: number; readings: { m: string; t: number; v: number }[] }[] =>
    under.telemetry().map(({ clientId, payload }) => ({
      clientId,
      ...(JSON.parse(payload) as { seq: number; readings: { m: string; t: number; v: number }[] }),
    }));

  test('one fixed offset puts the last row on now; order, gaps between rows and every value are kept', async () => {
    const before = Date.now();
    const outcome = await replay({ url: under.url, rows: table(ROWS), map: MAP, secrets, speed: 'max', clock, random: Math.random });
    if (outcome.kind === 'failed') throw new Error(outcome.why);
    expect(outcome.report).toMatchObject({ rows: 4, skippedRows: 1, messages: 5, readings: 7, emptyCells: 1, textCells: 1 });
    expect(outcome.report.lastAt).toBeGreaterThanOrEqual(before);
    expect(outcome.report.lastAt).toBeLessThanOrEqual(Date.now());
    expect(outcome.report.lastAt - outcome.report.firstAt).toBe(3_600_000);
    const d1 = wire().filter(({ clientId }) => clientId === 'd1');
    expect(d1.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(d1.flatMap(({ readings }) => readings.map(({ m, t, v }) => [m, t - outcome.report.firstAt, v]))).toEqual([
      ['m1', 0, 1],
      ['m2', 0, 20],
      ['m1', 600_000, 4],
      ['m1', 3_600_000, 5],
      ['m2', 3_600_000, 60],
    ]);
  });

  test('at speed N nothing is published before its own time, and the last row lands on its moment', async () => {
    const outcome = await replay({ url: under.url, rows: table(ROWS), map: MAP, secrets, speed: 7_200, clock, random: Math.random });
    const endedAt = Date.now();
    if (outcome.kind === 'failed') throw new Error(outcome.why);
    expect(outcome.report.tookMs).toBeGreaterThanOrEqual(490);
    expect(endedAt - outcome.report.lastAt).toBeGreaterThanOrEqual(0);
    expect(endedAt - outcome.report.lastAt).toBeLessThan(2_000);
  });

  test('only rows that match `where` go out', async () => {
    const rows = [
      { at: '2020-01-01T00:00:00Z', s: 'a', x: '1' },
      { at: '2020-01-01T00:01:00Z', s: 'b', x: '2' },
    ];
    await replay({
      url: under.url,
      rows: table(rows),
      map: map({ time: { column: 'at' }, where: { s: 'b' }, columns: { x: { device: 'd1', metric: 'm' } } }),
      secrets,
      speed: 'max',
      clock,
      random: Math.random,
    });
    expect(wire().map(({ readings }) => readings.map(({ v }) => v))).toEqual([[2]]);
  });

  test.each([
    ['speed below 1', { speed: 0.5 }, 'speed must be 1 or more'],
    ['no credential', { secrets: new Map() }, 'no credential for d1, d2'],
    [
      'a wrong credential',
      {
        secrets: new Map([
          ['d1', 'secret-d1'],
          ['d2', 'no'],
        ]),
      },
      'refused d2',
    ],
    ['no row with a time', { rows: table([{ at: 'x' }]) }, 'no row with a readable time'],
    ['not MQTT', { url: 'http://x' }, 'not an MQTT address'],
  ])('%s is an outcome, not a hang', async (_name, change, why) => {
    const outcome = await replay({
      url: under.url,
      rows: table(ROWS),
      map: MAP,
      secrets,
      speed: 'max',
      clock,
      random: () => 0,
      ...(change as object),
    });
    expect(outcome).toMatchObject({ kind: 'failed', why: expect.stringContaining(why) as string });
  });
});

test('load counts every due message, and times of one device never repeat', async () => {
  const devices = loadDevices({ devices: 8, secret: 'x' }).map(({ id }) => ({ id, credential: `secret-${id}` }));
  const outcome = await runLoad({ url: under.url, devices, rate: 400, seconds: 1, window: 4, clock, random: () => 0 });
  expect(outcome).toMatchObject({ kind: 'done', report: { devices: 8, connected: 8, due: 400, acked: 400, lost: 0, reconnects: 0 } });
  const keys = under
    .telemetry()
    .map(({ clientId, payload }) => `${clientId} ${(JSON.parse(payload) as { readings: { t: number }[] }).readings[0]?.t ?? ''}`);
  expect(new Set(keys).size).toBe(400);
}, 30_000);

test('load says what was lost when nothing is acknowledged', async () => {
  const devices = [{ id: 'a', credential: 'secret-a' }];
  setTimeout(() => under.holdAcks(true), 150);
  const outcome = await runLoad({ url: under.url, devices, rate: 50, seconds: 0.6, window: 2, graceMs: 100, clock, random: () => 0 });
  if (outcome.kind === 'failed') throw new Error(outcome.why);
  const { due, acked, lost } = outcome.report;
  expect({ due, sum: acked + lost }).toEqual({ due: 30, sum: 30 });
  expect(lost).toBeGreaterThan(10);
});

test('load refuses nonsense', async () => {
  expect(await runLoad({ url: under.url, devices: [], rate: 1, seconds: 1, window: 1, clock, random: () => 0 })).toMatchObject({
    kind: 'failed',
  });
  expect(
    await runLoad({
      url: under.url,
      devices: [{ id: 'a', credential: 'secret-a' }],
      rate: 1000,
      seconds: 1,
      window: 1,
      clock,
      random: () => 0,
    }),
  ).toMatchObject({ kind: 'failed' });
});
