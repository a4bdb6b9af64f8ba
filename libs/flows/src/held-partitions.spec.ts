import { memoryLog, virtualClock } from '@anlan/adapter-memory';
import { TOPICS } from '@anlan/contracts';
import { Fenced, type Holder, type Shares, pause } from '@anlan/ports';
import { heldPartitions, type HeldPartitions, type PartitionWork } from './held-partitions.js';

const clock = virtualClock(1_760_000_000_000);
const log = memoryLog({ clock, partitions: 3 });

/** A group of which this process is told by hand what it holds. */
function byHand(): Shares & Readonly<{ holder(): Holder; left(): boolean }> {
  let joined: Holder | undefined;
  let left = false;
  return {
    async join(_group, _topic, holder) {
      joined = holder;
      return {
        held: () => [],
        async leave() {
          left = true;
        },
      };
    },
    holder() {
      if (!joined) throw new Error('nobody joined');
      return joined;
    },
    left: () => left,
  };
}

type Story = Readonly<{ held: HeldPartitions<PartitionWork>; said: string[]; shares: ReturnType<typeof byHand> }>;
function story(over: Partial<PartitionWork> = {}, shared = true): Story {
  const said: string[] = [];
  const shares = byHand();
  const held = heldPartitions<PartitionWork>({
    log,
    clock,
    shares: shared ? shares : undefined,
    group: 'g',
    topic: TOPICS.readings,
    make: (partition) => ({
      open: async () => void said.push(`open ${partition}`),
      turn: (signal) => pause(clock, 1_000, signal),
      close: async () => void said.push(`close ${partition}`),
      lag: async () => 10 + partition,
      ...over,
    }),
    onFailure: (partition, error) => said.push(`failed ${partition}: ${String(error)}`),
    isFatal: (error) => error instanceof Fenced,
    onFatal: (partition, error) => said.push(`ended ${partition}: ${String(error)}`),
  });
  return { held, said, shares };
}

describe('held partitions', () => {
  test('without a group every partition is opened at the start and closed at the end', async () => {
    const { held, said } = story({}, false);
    await held.start();
    expect([...held.works().keys()]).toEqual([0, 1, 2]);
    expect(await held.lag()).toBe(33);
    await held.drain();
    expect(said).toEqual(['open 0', 'open 1', 'open 2', 'close 0', 'close 1', 'close 2']);
  });

  test('without a group a partition that cannot be opened stops the start', async () => {
    const { held } = story({ open: () => Promise.reject(new Error('corrupt')) }, false);
    await expect(held.start()).rejects.toThrow('corrupt');
    await held.drain();
  });

  test('H2 with a group it works on what it is given, closes what is taken away, and leaves at the end', async () => {
    const { held, said, shares } = story();
    await held.start();
    expect(held.works().size).toBe(0);
    await shares.holder().take(2);
    await shares.holder().take(0);
    expect([...held.works().keys()].sort()).toEqual([0, 2]);
    await shares.holder().release(2);
    await shares.holder().release(1);
    expect([...held.works().keys()]).toEqual([0]);
    await held.drain();
    expect(said).toEqual(['open 2', 'open 0', 'close 2', 'close 0']);
    expect(shares.left()).toBe(true);
  });

  test('H3 a partition that cannot be opened is refused to the group, which asks again', async () => {
    const { held, shares } = story({ open: () => Promise.reject(new Error('records away')) });
    await held.start();
    await expect(shares.holder().take(1)).rejects.toThrow('records away');
    expect(held.works().size).toBe(0);
    await held.drain();
  });

  test('C2 a fenced partition ends, says so, and is not closed: it belongs to another now', async () => {
    const { held, said, shares } = story({ turn: () => Promise.reject(new Fenced('taken over')) });
    await held.start();
    await shares.holder().take(1);
    await clock.advance(10);
    await shares.holder().release(1);
    expect(said).toEqual(['open 1', 'ended 1: Fenced: taken over']);
    await held.drain();
  });

  test('what cannot be saved at the end is told and keeps nobody waiting', async () => {
    const { held, said, shares } = story({ close: () => Promise.reject(new Error('disk full')) });
    await held.start();
    await shares.holder().take(1);
    await held.drain();
    expect(said).toEqual(['open 1', 'failed 1: Error: disk full']);
  });
});
