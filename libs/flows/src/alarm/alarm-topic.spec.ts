import { memoryCheckpoints, memoryFanout, memoryLog, virtualClock } from '@anlan/adapter-memory';
import { type Records, sqlRecords } from '@anlan/adapter-sql';
import { openDatabase } from '@anlan/adapter-sqlite';
import { TOPICS, type Verdict } from '@anlan/contracts';
import { silentLogger, silentMeter } from '@anlan/observability';
import { type Log, LogUnavailable, type RegistrySource } from '@anlan/ports';
import { ADMINISTRATOR, smallCity, testDigest, verdictOf } from '@anlan/testing';
import { SqliteDialect } from 'kysely';
import { type AlarmFlow, alarmFlow } from './index.js';

const START = 1_750_000_000_000;
const registry: RegistrySource = { current: () => smallCity(), onChange: () => () => undefined };
const clock = virtualClock(START);
const log = memoryLog({ clock });
const checkpoints = memoryCheckpoints();
let records: Records;

const flowOver = (own: Log): AlarmFlow =>
  alarmFlow({
    log: own,
    store: records.alarms,
    registry,
    administrators: async () => [ADMINISTRATOR],
    fanout: memoryFanout({ onError: () => undefined }),
    clock,
    digest: testDigest,
    meter: silentMeter,
    logger: silentLogger,
    topic: { log: own, queries: records.alarmQueries, checkpoints, registry, clock },
  });
type Told = Readonly<{ id: string; level: string; process: string; raisedAt: string; version: number }>;
const told = async (): Promise<readonly Told[]> => {
  const parts = Array.from({ length: log.partitions(TOPICS.alarms) }, (_, partition) => log.read(TOPICS.alarms, partition, 0, 1_000));
  return (await Promise.all(parts)).flat().map(({ key, value }) => {
    const alarm = JSON.parse(value) as Told;
    expect(alarm.id).toBe(key);
    return alarm;
  });
};
const say = async (verdict: Verdict): Promise<void> => {
  await log.append([{ topic: TOPICS.verdicts, key: verdict.siteId, value: JSON.stringify(verdict) }]);
  for (let step = 0; step < 20; step += 1) {
    await clock.advance(200);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

beforeAll(async () => {
  records = await sqlRecords({
    watchNesting: true,
    dialect: new SqliteDialect({ database: openDatabase(':memory:', { synchronous: 'OFF' }) }),
    keys: { current: 'k', peppers: new Map([['k', new Uint8Array(32).fill(7)]]) },
    catalogue: new Map(),
    publicUrl: 'http://127.0.0.1:8080',
    clock: { now: () => START },
    onFatal: (error) => {
      throw error;
    },
  });
});
afterAll(() => records.close());

test('changes of an alarm stand in the topic as the API shows it, in order, across a log that was away and a restart', async () => {
  let away = false;
  const flaky: Log = {
    ...log,
    append: (some) => (away && some[0]?.topic === TOPICS.alarms ? Promise.reject(new LogUnavailable('away')) : log.append(some)),
  };
  const first = flowOver(flaky);
  await first.start();
  await say(verdictOf('active', 'yellow', START));
  expect(await told()).toMatchObject([{ level: 'yellow', process: 'active', raisedAt: new Date(START).toISOString() }]);
  away = true;
  await say(verdictOf('active', 'red', START + 1_000, { t0: START }));
  expect(await told()).toHaveLength(1);
  expect(first.health().ok).toBe(false);
  await first.drain();
  away = false;
  const second = flowOver(flaky);
  await second.start();
  await say(verdictOf('normal', 'normal', START + 2_000, { t0: START }));
  await second.drain();
  const alarms = await told();
  expect(new Set(alarms.map(({ id }) => id)).size).toBe(1);
  expect(alarms.at(-1)).toMatchObject({ level: 'red', process: 'normal' });
  const versions = alarms.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((left, right) => left - right));
});
