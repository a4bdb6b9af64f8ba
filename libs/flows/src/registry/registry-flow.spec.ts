import { memoryFanout, memoryLog, virtualClock } from '@anlan/adapter-memory';
import { sqlRecords, type Records } from '@anlan/adapter-sql';
import { openDatabase } from '@anlan/adapter-sqlite';
import { TOPICS, type Actor } from '@anlan/contracts';
import { silentLogger } from '@anlan/observability';
import { LogUnavailable, type Broadcast, type Log } from '@anlan/ports';
import { SqliteDialect } from 'kysely';
import { registryFlow } from './index.js';

const BY: Actor = { kind: 'user', id: 'u1' };
const START = 1_760_000_000_000;
const city = {
  version: 1,
  regions: [{ code: '100', name: '样例市' }],
  units: [{ id: 'gas', name: '样例燃气', role: 'owner' }],
  people: [{ id: 'p1', name: '值班一', unitId: 'gas', phone: '13800000000' }],
  metrics: [{ code: 'ch4', name: '甲烷', unit: '%VOL' }],
  sites: [{ id: 'net', name: '管网', domain: 'uspace', regionCode: '100', unitId: 'gas', lon: 117, lat: 31 }],
  assets: [{ id: 'well', siteId: 'net', name: '井' }],
  devices: [{ id: 'dev', assetId: 'well', credential: 'a-secret-of-sixteen' }],
  points: [{ deviceId: 'dev', metric: 'ch4' }],
};
const opened: Records[] = [];
afterEach(() => Promise.all(opened.splice(0).map((records) => records.close())));

async function setUp() {
  const clock = virtualClock(START);
  const memory = memoryLog({ clock, partitions: 3 });
  let failures = 0;
  /** Fails the next appends as a full disk would. */
  const log: Log = {
    ...memory,
    append: (records) => (failures > 0 ? refuse() : memory.append(records)),
    appendToAll: (record) => (failures > 0 ? refuse() : memory.appendToAll(record)),
  };
  const refuse = () => {
    failures -= 1;
    return Promise.reject(new LogUnavailable('disk full'));
  };
  const keys = { current: 'k', peppers: new Map([['k', new Uint8Array(32)]]) };
  const records = await sqlRecords({
    watchNesting: true,
    dialect: new SqliteDialect({ database: openDatabase(':memory:') }),
    keys,
    catalogue: new Map(),
    publicUrl: 'http://127.0.0.1',
    clock,
    onFatal: (error) => {
      throw error;
    },
  });
  opened.push(records);
  const heard: Broadcast[] = [];
  const fanout = memoryFanout({
    onError: (error) => {
      throw error;
    },
  });
  fanout.subscribe(['registry'], (broadcast) => heard.push(broadcast));
  const make = () => registryFlow({ store: records.registry, log, clock, fanout, logger: silentLogger });
  const activations = async () => {
    const found = [];
    for (let partition = 0; partition < 3; partition += 1) {
      const rows = await memory.read(TOPICS.readings, partition, 0, 99);
      found.push(rows.map(({ value }) => JSON.parse(value) as unknown).map((value) => (value as { version: number }).version));
    }
    return found;
  };
  const entities = async () => (await Promise.all([0, 1, 2].map((partition) => memory.read(TOPICS.registry, partition, 0, 99)))).flat();
  return { clock, records, heard, make, activations, entities, failNext: (n: number) => (failures = n) };
}

test('G1: when the answer is there, the activation stands in every partition and the login works', async () => {
  const { make, records, activations, entities, heard } = await setUp();
  const flow = make();
  await flow.start();
  expect(await flow.importBundle(city, BY)).toMatchObject({ kind: 'applied', version: 1 });
  expect(await activations()).toEqual([[1], [1], [1]]);
  expect(await records.registry.unlogged()).toEqual([]);
  expect(await records.credentials.verify('dev', Buffer.from('a-secret-of-sixteen'))).toBe('accepted');
  expect(heard).toEqual([{ kind: 'registry', version: 1 }]);
  const logged = await entities();
  expect(logged.map(({ key }) => key).sort()).toEqual([
    'assets:well',
    'devices:dev',
    'metrics:ch4',
    'people:p1',
    'points:dev.ch4',
    'regions:100',
    'sites:net',
    'units:gas',
  ]);
  expect(JSON.stringify(logged)).not.toMatch(/13800000000|a-secret/);
  expect(flow.health()).toEqual({ ok: true, lag: 0, detail: '' });
  await flow.drain();
});

test('what changes nothing is neither logged nor told; faults are passed on', async () => {
  const { make, activations, heard } = await setUp();
  const flow = make();
  await flow.importBundle(city, BY);
  await flow.importBundle(city, BY);
  expect(await flow.importBundle({ units: [{}] }, BY)).toMatchObject({ kind: 'refused' });
  expect([await activations(), heard.length]).toEqual([[[1], [1], [1]], 1]);
});

test('a change that the engine need not know is told but makes no activation; a removal makes one', async () => {
  const { make, activations, entities, heard } = await setUp();
  const flow = make();
  await flow.importBundle(city, BY);
  await flow.importBundle({ units: [{ id: 'water', name: '水务', role: 'owner' }] }, BY);
  expect(await flow.remove('points', ['dev.ch4'], BY)).toMatchObject({ kind: 'applied' });
  expect(await activations()).toEqual([
    [1, 3],
    [1, 3],
    [1, 3],
  ]);
  expect(heard.map((each) => each.kind === 'registry' && each.version)).toEqual([1, 2, 3]);
  expect((await entities()).map(({ value }) => JSON.parse(value) as unknown)).toContainEqual({
    kind: 'points',
    id: 'dev.ch4',
    entity: null,
  });
});

test('G3: with the log away the answer says so, and the change is logged as soon as it is back', async () => {
  const { make, clock, activations, entities, failNext } = await setUp();
  const flow = make();
  failNext(3);
  expect(await flow.importBundle(city, BY)).toEqual({ kind: 'unavailable', code: 'log_unavailable' });
  expect(flow.health()).toMatchObject({ ok: false, lag: 9 });
  await clock.advance(1_000);
  await clock.advance(1_000);
  expect(await activations()).toEqual([[], [], []]);
  await clock.advance(1_000);
  await flow.drain();
  expect([await activations(), (await entities()).length, flow.health().ok]).toEqual([[[1], [1], [1]], 8, true]);
  expect(clock.pending()).toBe(0);
});

test('G3: asking again after an unavailable answer finishes what was left', async () => {
  const { make, activations, failNext } = await setUp();
  const flow = make();
  failNext(1);
  await flow.importBundle(city, BY);
  expect(await flow.importBundle(city, BY)).toMatchObject({ kind: 'applied', version: 1 });
  expect(await activations()).toEqual([[1], [1], [1]]);
});

test('G3: what a crash left unlogged is logged by the next start, before anything else', async () => {
  const { make, records, activations } = await setUp();
  await records.registry.importBundle(city, BY, START);
  await records.registry.importBundle({ devices: [{ id: 'dev', assetId: 'well', intervalMs: 5_000 }] }, BY, START);
  await make().start();
  expect(await activations()).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
});

test('G2: changes at the same time are logged in the order of their versions', async () => {
  const { make, activations } = await setUp();
  const flow = make();
  await flow.importBundle(city, BY);
  await Promise.all(
    [1, 2, 3, 4, 5].map((n) => flow.importBundle({ devices: [{ id: 'dev', assetId: 'well', intervalMs: n * 1_000 }] }, BY)),
  );
  expect(await activations()).toEqual([
    [1, 2, 3, 4, 5, 6],
    [1, 2, 3, 4, 5, 6],
    [1, 2, 3, 4, 5, 6],
  ]);
});

test('an unlogged change that cannot be logged at the start is an error of the start', async () => {
  const { make, records, failNext } = await setUp();
  await records.registry.importBundle(city, BY, START);
  failNext(1);
  await expect(make().start()).rejects.toBeInstanceOf(LogUnavailable);
});
