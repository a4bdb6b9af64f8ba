import type { AlarmCommand } from '@anlan/alarms';
import { foldEvents } from '@anlan/alarms';
import { memoryFanout, memoryLog, virtualClock, type VirtualClock } from '@anlan/adapter-memory';
import { type Actor, type Alarm, TOPICS, type Verdict } from '@anlan/contracts';
import { silentLogger, silentMeter, type Meter } from '@anlan/observability';
import type { AlarmStore, Log, RegistrySource } from '@anlan/ports';
import { ADMINISTRATOR, type MemoryAlarms, memoryAlarms, smallCity, testDigest, verdictOf } from '@anlan/testing';
import { type AlarmFlow, alarmFlow } from './index.js';

const START = 1_750_000_000_000;
const USER: Actor = { kind: 'user', id: 'u1', personId: 'p1' };
const registry: RegistrySource = { current: () => smallCity(), onChange: () => () => undefined };

type Rig = Readonly<{
  flow: AlarmFlow;
  log: Log;
  clock: VirtualClock;
  records: MemoryAlarms;
  shown: Alarm[];
  say(...verdicts: readonly Verdict[]): Promise<void>;
}>;
/** A flow over real stores in memory; ports may be wrapped so that they fail as the world does. */
function rig(
  more: Readonly<{
    records?: MemoryAlarms;
    log?: Log;
    clock?: VirtualClock;
    wrapStore?: (store: AlarmStore) => AlarmStore;
    wrapLog?: (log: Log) => Log;
    meter?: Meter;
  }> = {},
): Rig {
  const clock = more.clock ?? virtualClock(START);
  const log = more.log ?? memoryLog({ clock });
  const records = more.records ?? memoryAlarms(testDigest);
  const shown: Alarm[] = [];
  const fanout = memoryFanout({
    onError: (error) => {
      throw error;
    },
  });
  fanout.subscribe(['alarm'], ({ alarm }) => shown.push(alarm));
  const flow = alarmFlow({
    log: more.wrapLog?.(log) ?? log,
    store: more.wrapStore?.(records.alarms) ?? records.alarms,
    registry,
    administrators: async () => [ADMINISTRATOR],
    fanout,
    clock,
    digest: testDigest,
    meter: more.meter ?? silentMeter,
    logger: silentLogger,
  });
  const say = async (...verdicts: readonly Verdict[]): Promise<void> => {
    await log.append(verdicts.map((verdict) => ({ topic: TOPICS.verdicts, key: verdict.siteId, value: JSON.stringify(verdict) })));
    await clock.advance(0);
  };
  return { flow, log, clock, records, shown, say };
}
const climb = [
  verdictOf('active', 'blue', START + 1),
  verdictOf('active', 'orange', START + 2, { t0: START + 1 }),
  verdictOf('normal', 'normal', START + 3, { t0: START + 1 }),
];
const onlyAlarm = ({ records }: Rig): Alarm => {
  const [alarm] = records.allAlarms();
  if (!alarm) throw new Error('no alarm');
  return alarm;
};

test('open alarms are shown by level', async () => {
  const shown = new Map<string, number>();
  const gauge = (name: string, value: number, labels: Readonly<Record<string, string>> = {}): void =>
    void shown.set(name + (labels['level'] ?? ''), value);
  const world = rig({ meter: { ...silentMeter, gauge } });
  await world.flow.start();
  await world.say(verdictOf('active', 'orange', START + 1));
  await world.clock.advance(2_000);
  expect(['orange', 'red'].map((level) => shown.get(`anlan_alarms_open${level}`))).toEqual([1, 0]);
  await world.flow.drain();
});

test('verdicts become one alarm with its events, rows and timers, shown after the commit', async () => {
  const world = rig();
  await world.flow.start();
  await world.say(...climb);
  const alarm = onlyAlarm(world);
  expect(alarm).toMatchObject({ level: 'orange', process: 'normal', version: 3 });
  expect(foldEvents(world.records.eventsOf(alarm.id))).toEqual(alarm);
  expect(world.shown.at(-1)).toEqual(alarm);
  expect(world.records.allNotifications().map(({ kind }) => kind)).toEqual([
    'raise',
    'raise',
    'raise',
    'rise',
    'rise',
    'rise',
    'recovery',
    'recovery',
    'recovery',
  ]);
  await world.clock.advance(1_500);
  expect(world.flow.health()).toEqual({ ok: true, lag: 0, detail: '' });
  await world.flow.drain();
});

test('R-12: the same verdicts again, after a crash of the rules, change nothing', async () => {
  const world = rig();
  await world.flow.start();
  await world.say(...climb);
  const before = JSON.stringify([world.records.allAlarms(), world.records.allNotifications()]);
  await world.say(...climb, climb[1] as Verdict);
  expect(JSON.stringify([world.records.allAlarms(), world.records.allNotifications()])).toBe(before);
  await world.flow.drain();
});

test('R-12: a crash between the transaction and the commit of the log only repeats', async () => {
  const clock = virtualClock(START);
  const dying = rig({ clock, wrapLog: (log) => ({ ...log, commit: () => Promise.reject(new Error('killed before the commit')) }) });
  await dying.flow.start();
  await dying.say(...climb);
  const before = dying.records.allAlarms();
  expect(before).toHaveLength(1);
  await dying.flow.drain();
  const reborn = rig({ clock, log: dying.log, records: dying.records });
  await reborn.flow.start();
  await reborn.clock.advance(0);
  expect(reborn.records.allAlarms()).toEqual(before);
  expect(await reborn.log.committed('alarm', TOPICS.verdicts, 0)).toBe(3);
  await reborn.flow.drain();
});

test('A2: a store that is away loses nothing, and half a batch is never seen', async () => {
  let down = 6;
  const world = rig({
    wrapStore: (store) => ({
      ...store,
      transact: async (work) =>
        store.transact(async (tx) => {
          const result = await work(tx);
          if (down-- > 0) throw new Error('records away after the work was done');
          return result;
        }),
    }),
  });
  await world.flow.start();
  await world.say(...climb);
  expect(world.records.allAlarms()).toEqual([]);
  await world.clock.advance(20_000);
  expect(onlyAlarm(world)).toMatchObject({ version: 3 });
  expect(world.flow.health().ok).toBe(true);
  await world.flow.drain();
});

test('S-60: what is no verdict is set aside as a dead letter and stops nobody', async () => {
  const world = rig();
  await world.flow.start();
  const junk = [
    '',
    '{',
    '[]',
    '{"id":"x"}',
    JSON.stringify({ ...climb[0], level: 'purple' }),
    JSON.stringify({ ...climb[0], cause: null }),
  ];
  await world.log.append(junk.map((value) => ({ topic: TOPICS.verdicts, key: 'net-1', value })));
  await world.say(...climb);
  expect(onlyAlarm(world).version).toBe(3);
  const letters = await world.log.read(TOPICS.rejected, 0, 0, 100);
  expect(letters.map(({ value }) => (JSON.parse(value) as { code: string }).code)).toEqual(Array(junk.length).fill('bad_shape'));
  await world.flow.drain();
});

test('a verdict that an answering store always refuses is set aside loudly, its neighbours go on', async () => {
  const other = verdictOf('active', 'red', START + 2, { key: { pointId: 'dev-1.ch4', ruleId: 'r-2', kind: 'threshold' } });
  const world = rig({
    wrapStore: (store) => ({
      ...store,
      transact: (work) =>
        store.transact((tx) =>
          work({ ...tx, write: (change) => (change.alarm.key.ruleId === 'r-1' ? Promise.reject(new Error('no')) : tx.write(change)) }),
        ),
    }),
  });
  await world.flow.start();
  await world.say(climb[0] as Verdict, other);
  await world.clock.advance(60_000);
  expect(world.records.allAlarms().map(({ key }) => key.ruleId)).toEqual(['r-2']);
  expect(await world.log.read(TOPICS.rejected, 0, 0, 10)).toHaveLength(1);
  await world.flow.drain();
});

test('R-20: a deadline is missed at most two seconds late, and the reminder goes to the same people', async () => {
  const world = rig();
  await world.flow.start();
  await world.say(verdictOf('active', 'red', START));
  await world.clock.advance(122_000);
  const overdue = world.records.allNotifications().filter(({ kind }) => kind === 'ack_overdue');
  expect(overdue.map(({ personId, channel, step }) => `${personId} ${channel} ${step}`)).toEqual([
    'p1 outbox 1',
    'p2 outbox 1',
    'p2 webhook 1',
  ]);
  await world.flow.drain();
});

describe('commands', () => {
  const raised = async (): Promise<Rig & Readonly<{ id: string }>> => {
    const world = rig();
    await world.flow.start();
    await world.say(verdictOf('active', 'yellow', START));
    return { ...world, id: onlyAlarm(world).id };
  };

  test('acknowledge cancels what was not sent yet and stops the deadline', async () => {
    const { flow, records, clock, id, shown } = await raised();
    expect(await flow.command(id, { type: 'acknowledge' }, USER)).toMatchObject({ kind: 'done', repeated: false, alarm: { ack: 'acked' } });
    expect(records.allNotifications().map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(shown.at(-1)?.ack).toBe('acked');
    await clock.advance(3 * 3_600_000);
    expect(records.allNotifications()).toHaveLength(3);
    await flow.drain();
  });

  test('I8: the same key again gives the first answer; with another command it is refused', async () => {
    const { flow, records, id } = await raised();
    const note = { type: 'comment', comment: '第一', idempotencyKey: 'k1' } as const;
    const first = await flow.command(id, note, USER);
    expect(await flow.command(id, note, USER)).toEqual({ ...first, repeated: true });
    expect(await flow.command(id, { ...note, comment: '第二' }, USER)).toMatchObject({
      kind: 'refused',
      code: 'idempotency_key_reused',
      status: 409,
    });
    expect(records.eventsOf(id)).toHaveLength(2);
    await flow.drain();
  });

  test('S-41: of 50 at once with the same version one wins', async () => {
    const { flow, records, id } = await raised();
    const commands = Array.from({ length: 50 }, (_, index): AlarmCommand => ({
      type: 'comment',
      comment: `第${index}`,
      expectedVersion: 1,
    }));
    const outcomes = await Promise.all(commands.map((command) => flow.command(id, command, USER)));
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.kind === 'refused' && outcome.code === 'version_conflict')).toHaveLength(49);
    expect(records.eventsOf(id)).toHaveLength(2);
    await flow.drain();
  });

  test('an unknown alarm is refused', async () => {
    const { flow } = await raised();
    expect(await flow.command('gone', { type: 'acknowledge' }, USER)).toMatchObject({ kind: 'refused', status: 404 });
    await flow.drain();
  });
});
