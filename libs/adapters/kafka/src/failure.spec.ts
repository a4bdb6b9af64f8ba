import { jest } from '@jest/globals';
import { TOPICS } from '@anlan/contracts';
import { silentLogger } from '@anlan/observability';
import { type Holder, type Log, type LogRecord, LogUnavailable, type Membership, pause } from '@anlan/ports';
import { describeWith, realClock } from '@anlan/testing';
import { kafkaShares } from './shares.js';
import { type PrivateBroker, privateBroker } from './testing/private-broker.js';
import { openTestLog, testPartitions, uniquePrefix } from './testing/test-log.js';

jest.setTimeout(180_000);

const T = TOPICS.readings;
const HEALED_WITHIN_MS = 15_000;
const seconds = async <R>(work: () => Promise<R>): Promise<readonly [seconds: number, result: R]> => {
  const began = realClock.mono();
  const result = await work();
  return [(realClock.mono() - began) / 1_000, result];
};
const outcome = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'kept').catch((error: unknown) => error);

// The shared broker says whether engines are there; the one that is killed is our own.
describeWith('kafka', 'kafkaLog when its broker fails', () => {
  let broker: PrivateBroker;
  let log: Log;
  beforeAll(async () => {
    broker = await privateBroker();
  });
  beforeEach(async () => {
    log = await openTestLog(broker.address, uniquePrefix(), 3);
  });
  afterEach(() => log.close());
  afterAll(() => broker.dispose());

  const allOf = async (partition: number): Promise<readonly LogRecord[]> => {
    const found: LogRecord[] = [];
    for (;;) {
      const page = await log.read(T, partition, (found.at(-1)?.offset ?? -1) + 1, 500);
      if (page.length === 0) return found;
      found.push(...page);
    }
  };
  const healed = async (): Promise<void> => {
    const deadline = realClock.mono() + HEALED_WITHIN_MS;
    while ((await outcome(log.append([{ topic: T, key: 'healed?', value: '' }]))) !== 'kept') {
      if (realClock.mono() > deadline) throw new Error(`not healed within ${HEALED_WITHIN_MS} ms`);
      await pause(realClock, 100);
    }
  };

  test('R-01: kill -9 in the middle of appends: every one that resolved is there, in the order of the calls', async () => {
    const kept: string[] = [];
    const refused: string[] = [];
    let stop = false;
    const writers = Array.from({ length: 40 }, async (_, writer) => {
      for (let n = 0; !stop; n++) {
        const value = `${writer}:${n}`;
        const done = await outcome(log.append([{ topic: T, key: `k${writer}`, value }]));
        (done === 'kept' ? kept : refused).push(value);
        if (done !== 'kept') {
          expect(done).toBeInstanceOf(LogUnavailable);
          await pause(realClock, 50);
        }
      }
    });
    await pause(realClock, 1_500);
    await broker.kill();
    await pause(realClock, 3_000);
    await broker.restart();
    const [took] = await seconds(healed);
    await pause(realClock, 1_000);
    stop = true;
    await Promise.all(writers);
    const there = (await Promise.all([0, 1, 2].map(allOf))).flat();
    const values = there.map(({ value }) => value).filter((value) => value !== '');
    const missing = kept.filter((value) => !new Set(values).has(value));
    expect(missing).toEqual([]);
    expect(refused.length).toBeGreaterThan(0);
    expect(kept.length).toBeGreaterThan(1_000);
    expect(took).toBeLessThan(HEALED_WITHIN_MS / 1_000);
    // P2: what was sent again is kept once; P1: a writer waits for each of its records, so its own stand in order.
    expect(values).toHaveLength(new Set(values).size);
    for (let writer = 0; writer < 40; writer++) {
      const own = values.filter((value) => value.startsWith(`${writer}:`)).map((value) => Number(value.split(':')[1]));
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  });

  test('R-29: away for 10 s: appends and reads are refused soon, what waits is bounded, a reader that waits goes on by itself', async () => {
    await log.append([{ topic: T, key: 'a', value: 'before' }]);
    const partition = log.partitionOf(T, 'a');
    const stop = new AbortController();
    const followed: string[] = [];
    const failures: unknown[] = [];
    const reader = (async () => {
      for (let next = 0; !stop.signal.aborted;) {
        const page = await log.read(T, partition, next, 100).catch((error: unknown) => {
          failures.push(error);
          return undefined;
        });
        if (page === undefined) await pause(realClock, 200);
        else if (page.length === 0) await log.until(T, partition, next, stop.signal);
        for (const record of page ?? []) followed.push(record.value);
        next = page?.at(-1) ? (page.at(-1)?.offset ?? 0) + 1 : next;
      }
    })();
    while (followed.length === 0) await pause(realClock, 20);
    await broker.kill();
    const [first, error] = await seconds(() => outcome(log.append([{ topic: T, key: 'a', value: 'lost 1' }])));
    expect(error).toBeInstanceOf(LogUnavailable);
    expect(first).toBeLessThan(12);
    await pause(realClock, 300);
    const [second] = await seconds(() => outcome(log.append([{ topic: T, key: 'a', value: 'lost 2' }])));
    expect(second).toBeLessThan(1);
    const before = process.memoryUsage().heapUsed;
    const flood = Array.from({ length: 60 }, () => outcome(log.append([{ topic: T, key: 'a', value: 'x'.repeat(1024 * 1024) }])));
    for (const one of await Promise.all(flood)) expect(one).toBeInstanceOf(LogUnavailable);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 1024 * 1024);
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toBeInstanceOf(LogUnavailable);
    await broker.restart();
    await healed();
    await log.append([{ topic: T, key: 'a', value: 'after' }]);
    const [caughtUp] = await seconds(async () => {
      while (!followed.includes('after')) await pause(realClock, 20);
    });
    expect(caughtUp).toBeLessThan(6);
    stop.abort();
    await reader;
  });

  test('R-33: a link that is half open is noticed within 15 s by appends and by reads, and heals alone', async () => {
    await log.append([{ topic: T, key: 'a', value: 'before' }]);
    const partition = log.partitionOf(T, 'a');
    await log.read(T, partition, 0, 10);
    broker.proxy.freeze();
    const [[appending, refused], [reading, unread]] = await Promise.all([
      seconds(() => outcome(log.append([{ topic: T, key: 'a', value: 'into the void' }]))),
      seconds(() => outcome(log.bounds(T, partition))),
    ]);
    expect([refused, unread].every((one) => one instanceof LogUnavailable)).toBe(true);
    expect(Math.max(appending, reading)).toBeLessThan(15);
    const [waiting] = await seconds(() => log.until(T, partition, 5, AbortSignal.timeout(20_000)));
    expect(waiting).toBeLessThan(15);
    broker.proxy.thaw();
    const [took] = await seconds(healed);
    expect(took).toBeLessThan(HEALED_WITHIN_MS / 1_000);
    expect((await log.read(T, partition, 0, 1)).map(({ value }) => value)).toEqual(['before']);
  });
  test('P2: the answer is lost and the batch is sent again: the broker keeps it once and the places are right', async () => {
    await log.append([{ topic: T, key: 'a', value: 'before' }]);
    broker.proxy.swallowAnswers();
    const append = log.append([{ topic: T, key: 'a', value: 'twice on the wire' }]);
    await pause(realClock, 500);
    broker.proxy.thaw();
    const [place] = await append;
    await log.append([{ topic: T, key: 'a', value: 'after' }]);
    const there = await allOf(place?.partition ?? -1);
    expect(there.map(({ value }) => value)).toEqual(['before', 'twice on the wire', 'after']);
    expect(there[1]).toMatchObject(place ?? {});
  });

  test('P3: after an outcome that nobody knows, the next append is kept, not taken for a repeat of it', async () => {
    await log.append([{ topic: T, key: 'a', value: 'before' }]);
    broker.proxy.swallowAnswers();
    expect(await outcome(log.append([{ topic: T, key: 'a', value: 'unknown' }]))).toBeInstanceOf(LogUnavailable);
    broker.proxy.thaw();
    await pause(realClock, 300);
    const [place] = await log.append([{ topic: T, key: 'a', value: 'next' }]);
    expect((await allOf(place?.partition ?? -1)).map(({ value }) => value)).toEqual(['before', 'unknown', 'next']);
  });
});

describeWith('kafka', 'kafkaShares when its broker fails', () => {
  const SESSION_MS = 6_000;
  let broker: PrivateBroker;
  beforeAll(async () => {
    broker = await privateBroker();
  });
  afterAll(() => broker.dispose());

  const eventually = async (what: () => boolean, withinMs: number): Promise<void> => {
    for (const deadline = realClock.mono() + withinMs; !what(); await pause(realClock, 50))
      if (realClock.mono() > deadline) throw new Error(`not within ${withinMs} ms: ${what.toString()}`);
  };
  const idle: Holder = { take: () => Promise.resolve(), release: () => Promise.resolve() };

  test('G3, G4: cut off, a member lets go of all within its session; when the broker is back, all share again by themselves', async () => {
    const prefix = uniquePrefix();
    const log = await openTestLog(broker.address, prefix, 6);
    const join = (): Promise<Membership> =>
      kafkaShares({
        brokers: [broker.address],
        clientId: 'anlan-spec',
        clock: realClock,
        logger: silentLogger,
        partitions: testPartitions(6),
        prefix,
        sessionMs: SESSION_MS,
      }).join('group', T, idle);
    const members = [await join(), await join()];
    const shared = (): boolean => members.every((member) => member.held().length === 3);
    const none = (): boolean => members.every((member) => member.held().length === 0);
    await eventually(shared, 10_000);
    broker.proxy.freeze();
    await eventually(none, SESSION_MS + 500);
    broker.proxy.thaw();
    await eventually(shared, 15_000);
    await broker.kill();
    await eventually(none, SESSION_MS + 500);
    await broker.restart();
    await eventually(shared, 15_000);
    await Promise.all(members.map((member) => member.leave()));
    await log.close();
  });
});
