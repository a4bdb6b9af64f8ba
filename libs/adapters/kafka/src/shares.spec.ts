import { jest } from '@jest/globals';
import { TOPICS } from '@anlan/contracts';
import { silentLogger } from '@anlan/observability';
import { type Clock, pause, type Shares } from '@anlan/ports';
import { sharesContract } from '@anlan/ports/contract';
import { describeWith, realClock } from '@anlan/testing';
import { kafkaShares } from './shares.js';
import { dropTopics, openTestLog, testPartitions, uniquePrefix } from './testing/test-log.js';

jest.setTimeout(120_000);

/** The shortest that a broker allows by itself. */
const SESSION_MS = 6_000;
const BEAT_MS = 200;

/** A clock that can be stopped: with it stands everything that a process does. */
function stoppable(): Clock & Readonly<{ stop(): void }> {
  const timers = new Set<() => void>();
  let stopped = false;
  return {
    ...realClock,
    after(delayMs, run) {
      if (stopped) return () => undefined;
      const cancel = realClock.after(delayMs, () => {
        timers.delete(cancel);
        run();
      });
      timers.add(cancel);
      return () => {
        timers.delete(cancel);
        cancel();
      };
    },
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
    },
  };
}

describeWith('kafka', 'kafkaShares on a real broker', (brokers) => {
  sharesContract('kafkaShares', async (partitions) => {
    const prefix = uniquePrefix();
    const log = await openTestLog(brokers, prefix, partitions);
    const clocks = new Map<Shares, ReturnType<typeof stoppable>>();
    return {
      process() {
        const clock = stoppable();
        const shares = kafkaShares({
          brokers: brokers.split(','),
          clientId: 'anlan-spec',
          clock,
          logger: silentLogger,
          partitions: testPartitions(partitions),
          prefix,
          sessionMs: SESSION_MS,
          beatMs: BEAT_MS,
        });
        clocks.set(shares, clock);
        return shares;
      },
      async kill(shares) {
        clocks.get(shares)?.stop();
      },
      takeOverMs: SESSION_MS + 2_000,
      breathe: (ms) => pause(realClock, ms),
      async dispose() {
        await log.close();
        await dropTopics(brokers, prefix);
      },
    };
  });

  test('H2: what a member does not let go within the drain time is given away all the same', async () => {
    const prefix = uniquePrefix();
    const log = await openTestLog(brokers, prefix, 2);
    const process = (): Shares =>
      kafkaShares({
        brokers: brokers.split(','),
        clientId: 'anlan-spec',
        clock: realClock,
        logger: silentLogger,
        partitions: testPartitions(2),
        prefix,
        sessionMs: SESSION_MS,
        beatMs: BEAT_MS,
        drainMs: 500,
      });
    const taken: number[] = [];
    let free: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => {
      free = resolve;
    });
    const one = await process().join('group', TOPICS.readings, { take: () => Promise.resolve(), release: () => stuck });
    const two = await process().join('group', TOPICS.readings, {
      take: async (partition) => void taken.push(partition),
      release: () => Promise.resolve(),
    });
    while (taken.length < 1) await pause(realClock, 20);
    expect(two.held()).toEqual(taken);
    expect(one.held()).toHaveLength(1);
    free();
    await Promise.all([one.leave(), two.leave()]);
    await log.close();
    await dropTopics(brokers, prefix);
  });
});
