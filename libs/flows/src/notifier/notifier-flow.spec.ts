import { applyVerdict, decideCommand } from '@anlan/alarms';
import { memoryFanout, virtualClock, type VirtualClock } from '@anlan/adapter-memory';
import type { Alarm, AlarmLevel, ChannelName, Notification, Verdict } from '@anlan/contracts';
import { silentLogger, silentMeter } from '@anlan/observability';
import type { Channel, Flow, Links, Message, SendOutcome } from '@anlan/ports';
import { ADMINISTRATOR, type MemoryAlarms, memoryAlarms, smallCity, testDigest, verdictOf } from '@anlan/testing';
import { notifierFlow } from './index.js';
import { waitAfter } from './retry.js';

const START = 1_750_000_000_000;
const registry = smallCity([
  { id: 'r', levels: ['blue', 'yellow', 'orange', 'red'], personIds: ['p1', 'p2'], channels: ['outbox', 'webhook'] },
]);
const links: Links = {
  issue: async ({ alarmId, personId }) => `http://127.0.0.1/a/${personId}-${alarmId}`,
  find: async () => undefined,
  use: async (_id, _now, result) => result,
};

/** A provider: remembers what reached it and answers as told. */
type Provider = Channel & Readonly<{ got: Message[] }>;
function provider(
  name: ChannelName,
  answer: (message: Message, attempt: number) => SendOutcome | Promise<SendOutcome> = () => ({ kind: 'sent', receipt: 'ok' }),
): Provider {
  const got: Message[] = [];
  return { name, got, send: async (message) => answer(message, got.push(message)) };
}
const forEver = new Promise<SendOutcome>(() => undefined);

type Rig = Readonly<{
  flow: Flow;
  clock: VirtualClock;
  records: MemoryAlarms;
  raise(level: AlarmLevel, n?: number): Promise<Alarm>;
  tell(open: Alarm, verdict: Verdict): Promise<Alarm>;
  /** Raised, and the fan-out did not say so. */
  untold(open: undefined, verdict: Verdict): Promise<Alarm>;
  ack(alarm: Alarm): Promise<void>;
}>;
function rig(channels: readonly Channel[], records = memoryAlarms(testDigest), clock = virtualClock(START)): Rig {
  const source = { current: () => registry, onChange: () => () => undefined };
  const fanout = memoryFanout({
    onError: (error) => {
      throw error;
    },
  });
  const flow = notifierFlow({
    store: records.notifications,
    channels,
    registry: source,
    links,
    fanout,
    clock,
    meter: silentMeter,
    logger: silentLogger,
  });
  const context = () => ({ digest: testDigest, now: clock.now(), audience: { registry, administrators: [ADMINISTRATOR] } });
  const write = (open: Alarm | undefined, verdict: Verdict): Promise<Alarm> =>
    records.alarms.transact(async (tx) => {
      const [change] = applyVerdict(open, undefined, verdict, context());
      if (!change) throw new Error('nothing changed');
      await tx.write(change);
      return change.alarm;
    });
  const apply = async (open: Alarm | undefined, verdict: Verdict): Promise<Alarm> => {
    const alarm = await write(open, verdict);
    fanout.publish({ kind: 'alarm', alarm });
    return alarm;
  };
  return {
    flow,
    clock,
    records,
    untold: write,
    tell: apply,
    raise: (level, n = 1) =>
      apply(undefined, verdictOf('active', level, clock.now(), { key: { pointId: 'dev-1.ch4', ruleId: `r-${n}`, kind: 'threshold' } })),
    ack: (alarm) =>
      records.alarms.transact(async (tx) => {
        const decision = decideCommand(alarm, { type: 'acknowledge' }, { actor: { kind: 'user', id: 'u1' }, commandId: 'c' }, context());
        if (decision.kind === 'refused') throw new Error(decision.code);
        for (const change of decision.changes) await tx.write(change);
      }),
  };
}
const states = ({ records }: Rig, channel: ChannelName): readonly Notification['state'][] =>
  records
    .allNotifications()
    .filter((row) => row.channel === channel)
    .map(({ state }) => state);

test('a red goes out in the moment in which it is told, and within a second when nobody tells', async () => {
  const outbox = provider('outbox');
  const world = rig([outbox, provider('webhook')]);
  await world.flow.start();
  await world.clock.advance(300);
  await world.raise('red');
  await world.clock.advance(1);
  expect(outbox.got).toHaveLength(2);
  await world.untold(
    undefined,
    verdictOf('active', 'red', world.clock.now(), { key: { pointId: 'dev-1.ch4', ruleId: 'r-9', kind: 'threshold' } }),
  );
  await world.clock.advance(1_000);
  expect(outbox.got).toHaveLength(4);
  await world.flow.drain();
});

test('R-17: red and orange go at once and alone, with their link', async () => {
  const [outbox, webhook] = [provider('outbox'), provider('webhook')];
  const world = rig([outbox, webhook]);
  await world.flow.start();
  await world.raise('red', 1);
  await world.raise('orange', 2);
  await world.clock.advance(500);
  expect(outbox.got.map(({ notification }) => `${notification.personId} ${notification.level}`).sort()).toEqual([
    'p1 orange',
    'p1 red',
    'p2 orange',
    'p2 red',
  ]);
  expect(webhook.got).toHaveLength(2);
  expect(outbox.got.every(({ merged, link }) => merged.length === 0 && link !== null)).toBe(true);
  expect(world.records.allNotifications().map(({ state, link }) => [state, link !== null])).toEqual(
    expect.arrayContaining([
      ['sent', true],
      ['sent', false],
    ]),
  );
  await world.flow.drain();
});

test('ruling 22, R-24: blue and yellow of one person share a message after a minute, and every row is counted', async () => {
  const outbox = provider('outbox');
  const world = rig([outbox, provider('webhook')]);
  await world.flow.start();
  for (let n = 1; n <= 7; n += 1) await world.raise(n <= 2 ? 'yellow' : 'blue', n);
  await world.clock.advance(59_000);
  expect(outbox.got).toEqual([]);
  await world.clock.advance(2_000);
  expect(outbox.got.map(({ person, merged }) => [person.id, merged.length])).toEqual(
    expect.arrayContaining([
      ['p1', 6],
      ['p2', 6],
    ]),
  );
  expect(outbox.got[0]?.text).toContain('共7条：黄色2、蓝色5');
  const rows = world.records.allNotifications().filter(({ channel, personId }) => channel === 'outbox' && personId === 'p1');
  expect(rows.filter(({ state }) => state === 'sent')).toHaveLength(1);
  expect(rows.filter(({ state, mergedInto }) => state === 'merged' && mergedInto === outbox.got[0]?.id)).toHaveLength(6);
  await world.flow.drain();
});

test('a digest counts an alarm by what it shows when the digest leaves', async () => {
  const outbox = provider('outbox');
  const world = rig([outbox, provider('webhook')]);
  await world.flow.start();
  const rising = await world.raise('blue', 1);
  await world.raise('blue', 2);
  await world.tell(rising, verdictOf('active', 'red', START + 1, { key: rising.key }));
  await world.clock.advance(61_000);
  const digest = outbox.got.find(({ merged }) => merged.length > 0);
  expect(digest?.text).toContain('共2条：红色1、蓝色1');
  expect(digest?.text).toContain('（现红色）');
  await world.flow.drain();
});

test('acknowledged before it left: the raise is cancelled, a recovery never', async () => {
  const outbox = provider('outbox');
  const world = rig([outbox, provider('webhook')]);
  const alarm = await world.raise('yellow');
  const normal = await world.tell(alarm, verdictOf('normal', 'normal', START + 1, { key: alarm.key }));
  await world.ack(normal);
  await world.flow.start();
  await world.clock.advance(61_000);
  expect(outbox.got.map(({ notification }) => notification.kind)).toEqual(['recovery', 'recovery']);
  expect([...states(world, 'outbox')].sort()).toEqual(['cancelled', 'cancelled', 'sent', 'sent']);
  await world.flow.drain();
});

test('R-23: a webhook that hangs holds up neither the outbox nor, with its mild ones, its own reds', async () => {
  const outbox = provider('outbox');
  const webhook = provider('webhook', ({ notification }) => (notification.level === 'blue' ? forEver : { kind: 'sent', receipt: '200' }));
  const world = rig([outbox, webhook]);
  await world.flow.start();
  for (let n = 1; n <= 20; n += 1) {
    await world.raise('blue', n);
    await world.clock.advance(61_000);
  }
  await world.raise('red', 99);
  await world.clock.advance(1_000);
  expect(webhook.got.filter(({ notification }) => notification.level === 'red')).toHaveLength(1);
  expect(outbox.got.filter(({ notification }) => notification.level === 'red')).toHaveLength(2);
  expect(outbox.got.filter(({ notification }) => notification.level === 'blue').length).toBeGreaterThanOrEqual(40);
  const drained = world.flow.drain();
  await world.clock.advance(6_000);
  await drained;
});

test('R-18: surely undelivered is tried again under the same id with growing waits, and sent once', async () => {
  const webhook = provider('webhook', (_message, attempt) =>
    attempt <= 3 ? { kind: 'unavailable', why: 'HTTP 503' } : { kind: 'sent', receipt: 'HTTP 200' },
  );
  const world = rig([provider('outbox'), webhook]);
  await world.flow.start();
  await world.raise('red');
  await world.clock.advance(20_000);
  expect(new Set(webhook.got.map(({ id }) => id)).size).toBe(1);
  expect(webhook.got).toHaveLength(4);
  expect(states(world, 'webhook')).toEqual(['sent']);
  await world.clock.advance(600_000);
  expect(webhook.got).toHaveLength(4);
  await world.flow.drain();
});

test('R-18: a digest whose fate is unknown is sent again as it was, never with more under its id', async () => {
  const webhook = provider('webhook', (_message, attempt) =>
    attempt === 1 ? { kind: 'unknown', why: 'no answer' } : { kind: 'sent', receipt: 'HTTP 200' },
  );
  const world = rig([provider('outbox'), webhook]);
  await world.flow.start();
  await world.raise('blue', 1);
  await world.raise('blue', 2);
  await world.clock.advance(60_300);
  await world.raise('blue', 3);
  await world.clock.advance(62_000);
  const [first, second, third] = webhook.got;
  expect(second?.text).toBe(first?.text);
  expect(second?.id).toBe(first?.id);
  expect(third?.id).not.toBe(first?.id);
  expect(states(world, 'webhook')).toEqual(['sent', 'merged', 'sent']);
  await world.flow.drain();
});

test('refused and given up are failed loudly, and stay in the table', async () => {
  const webhook = provider('webhook', () => ({ kind: 'refused', why: 'HTTP 404' }));
  const world = rig([provider('outbox'), webhook]);
  await world.flow.start();
  await world.raise('red');
  await world.clock.advance(1_000);
  expect(world.records.allNotifications().find(({ channel }) => channel === 'webhook')).toMatchObject({
    state: 'failed',
    outcome: 'HTTP 404',
  });
  await world.flow.drain();
});

test('N1: a crash while sending: after the lease the same id goes out again', async () => {
  const records = memoryAlarms(testDigest);
  const clock = virtualClock(START);
  const dead = provider('webhook', () => forEver);
  const dying = rig([provider('outbox'), dead], records, clock);
  await dying.flow.start();
  await dying.raise('red');
  await clock.advance(500);
  const drained = dying.flow.drain();
  await clock.advance(6_000);
  await drained;
  const alive = provider('webhook');
  const reborn = rig([provider('outbox'), alive], records, clock);
  await reborn.flow.start();
  await clock.advance(31_000);
  expect(alive.got.map(({ id }) => id)).toEqual(dead.got.map(({ id }) => id));
  await reborn.flow.drain();
});

test('a channel that throws may have sent: tried again under the same id', async () => {
  const webhook = provider('webhook', (_message, attempt) => {
    if (attempt === 1) throw new Error('bug of the channel');
    return { kind: 'sent', receipt: 'ok' };
  });
  const world = rig([provider('outbox'), webhook]);
  await world.flow.start();
  await world.raise('red');
  await world.clock.advance(3_000);
  expect(webhook.got).toHaveLength(2);
  expect(states(world, 'webhook')).toEqual(['sent']);
  await world.flow.drain();
});

test('waits double from 1 s to 5 min, longer where asked, and end', () => {
  const wait = (attempts: number, level: AlarmLevel = 'red', askedMs?: number): number | null => waitAfter({ level, attempts }, askedMs);
  expect([1, 2, 3, 9, 19].map((attempts) => wait(attempts))).toEqual([1_000, 2_000, 4_000, 256_000, 300_000]);
  expect([wait(20), wait(10, 'blue'), wait(9, 'blue')]).toEqual([null, null, 256_000]);
  expect(wait(1, 'red', 30_000)).toBe(30_000);
});
