import { foldEvents } from '@anlan/alarms';
import { memoryFanout, memoryLog, virtualClock } from '@anlan/adapter-memory';
import { type Records, sqlRecords } from '@anlan/adapter-sql';
import { openDatabase } from '@anlan/adapter-sqlite';
import { TOPICS, type Verdict } from '@anlan/contracts';
import { silentLogger, silentMeter } from '@anlan/observability';
import { ADMINISTRATOR, memoryAlarms, smallCity, testDigest, verdictOf } from '@anlan/testing';
import { SqliteDialect } from 'kysely';
import { alarmFlow } from './index.js';

const START = 1_750_000_000_000;
const EVERYWHERE = { regionCodes: null } as const;
const registry = { current: () => smallCity(), onChange: () => () => undefined };

const open = (): Promise<Records> =>
  sqlRecords({
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

/** Twenty keys that climb, fall, latch and end, a late record, and repeats. */
const story = (): readonly Verdict[] =>
  Array.from({ length: 20 }, (_, index) => {
    const key = { pointId: 'dev-1.ch4', ruleId: `r-${index}`, kind: 'threshold' } as const;
    const at = START + index * 10;
    const one = (process: Verdict['process'], level: Verdict['level'], step: number, more: Partial<Verdict> = {}): Verdict =>
      verdictOf(process, level, at + step, { key, t0: at, latching: index % 5 === 0, ...more });
    return [
      one('active', 'blue', 0),
      one('active', 'red', 1),
      one('active', 'red', 2, { trigger: 'data_stale', quality: 'stale' }),
      one('active', 'red', 3, { trigger: 'data_back' }),
      one('normal', 'normal', 4),
      one('normal', 'orange', 5, { lane: 'retro', t0: at - 5_000 }),
      one('active', 'yellow', 6, { n: 2, t0: at + 6 }),
    ];
  }).flat();

test('R-12, I1: the records database holds the very alarms and notices that memory holds, each the fold of its chained events', async () => {
  const records = await open();
  const memory = memoryAlarms(testDigest);
  for (const store of [records.alarms, memory.alarms]) {
    const clock = virtualClock(START + 60_000);
    const log = memoryLog({ clock });
    const fanout = memoryFanout({
      onError: (error) => {
        throw error;
      },
    });
    const flow = alarmFlow({
      log,
      store,
      registry,
      administrators: async () => [ADMINISTRATOR],
      fanout,
      clock,
      digest: testDigest,
      meter: silentMeter,
      logger: silentLogger,
    });
    await flow.start();
    const verdicts = [...story(), ...story()].map((verdict) => ({
      topic: TOPICS.verdicts,
      key: verdict.siteId,
      value: JSON.stringify(verdict),
    }));
    const last = (await log.append(verdicts)).at(-1)?.offset ?? 0;
    for (let turn = 0; turn < 200 && (await log.committed('alarm', TOPICS.verdicts, 0)) <= last; turn += 1) await clock.advance(0);
    await flow.drain();
  }
  const kept = (await records.alarmQueries.list(EVERYWHERE, {}, 'newest', 500)).items;
  const byId = (left: Readonly<{ id: string }>, right: Readonly<{ id: string }>): number => (left.id < right.id ? -1 : 1);
  expect(kept).toHaveLength(40);
  expect([...kept].sort(byId)).toEqual([...memory.allAlarms()].sort(byId));
  for (const alarm of kept) {
    expect(foldEvents((await records.alarmQueries.timeline(EVERYWHERE, alarm.id)).items)).toEqual(alarm);
    expect(await records.alarmQueries.verifyChain(alarm.id)).toBeNull();
  }
  const rows = (await records.notifications.page(500)).items;
  expect([...rows].sort(byId)).toEqual([...memory.allNotifications()].sort(byId));
  await records.close();
});
