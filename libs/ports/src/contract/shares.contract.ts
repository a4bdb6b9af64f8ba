import fc from 'fast-check';
import type { Holder, Membership, Shares } from '../shares.js';

/** One group under test, with as many processes as wanted. */
export type SharesHarness = Readonly<{
  /** Shares as one more process sees them. */
  process(): Shares;
  /** The process of these shares stops without a word. */
  kill(shares: Shares): Promise<void>;
  /** Within what time a dead member's partitions must be taken over. */
  takeOverMs: number;
  /** Waits a little, so that others get on. */
  breathe(ms: number): Promise<void>;
  dispose(): Promise<void>;
}>;

/** What cannot be asked of shares under test. */
export type SharesLimits = Readonly<{ /** All members live in one process: none dies alone. */ immortal?: boolean }>;

const GROUP = 'group';
const TOPIC = 'anlan.readings.v1';

type Witness = Readonly<{
  holder(name: string, more?: Partial<Holder>): Holder;
  /** Who holds each partition, as those who do the work see it. */
  owners(): ReadonlyMap<number, readonly string[]>;
  /** What must never happen. */
  breaches: string[];
  takes: Map<string, number>;
}>;

/** Watches holders from outside: two at once, a step that overlaps another, a release of what is not held. */
function witness(): Witness {
  const owners = new Map<number, Set<string>>();
  const busy = new Set<string>();
  const breaches: string[] = [];
  const takes = new Map<string, number>();
  const ownersOf = (partition: number): Set<string> => {
    const found = owners.get(partition) ?? new Set<string>();
    owners.set(partition, found);
    return found;
  };
  const step = async (name: string, partition: number, work: () => Promise<void>): Promise<void> => {
    const key = `${name}/${partition}`;
    if (busy.has(key)) breaches.push(`two steps at once: ${key}`);
    busy.add(key);
    await work().finally(() => busy.delete(key));
  };
  return {
    holder: (name, more = {}) => ({
      take: (partition) =>
        step(name, partition, async () => {
          await more.take?.(partition);
          const others = [...ownersOf(partition)];
          if (others.length > 0) breaches.push(`${name} takes ${partition}, which ${others.join(' and ')} holds`);
          ownersOf(partition).add(name);
          takes.set(name, (takes.get(name) ?? 0) + 1);
        }),
      release: (partition) =>
        step(name, partition, async () => {
          if (!ownersOf(partition).has(name)) breaches.push(`${name} lets go of ${partition}, which it does not hold`);
          try {
            await more.release?.(partition);
          } finally {
            ownersOf(partition).delete(name);
          }
        }),
    }),
    owners: () => new Map([...owners].map(([partition, names]) => [partition, [...names]])),
    breaches,
    takes,
  };
}

/** What every `Shares` promises (H1 to H3), to be run by each adapter's spec. */
export function sharesContract(
  name: string,
  make: (partitions: number) => Promise<SharesHarness>,
  { immortal = false }: SharesLimits = {},
): void {
  const ofMortals = immortal ? (): void => undefined : test;
  describe(`${name} keeps the promises of Shares`, () => {
    let harness: SharesHarness;
    let seen: Witness;
    let joined: Membership[] = [];
    const begin = async (partitions: number): Promise<void> => {
      harness = await make(partitions);
      seen = witness();
      joined = [];
    };
    const join = async (who: string, more?: Partial<Holder>, shares = harness.process()): Promise<Membership> => {
      const member = await shares.join(GROUP, TOPIC, seen.holder(who, more));
      joined.push(member);
      return member;
    };
    const counts = (members: readonly Membership[]): readonly number[] => members.map((member) => member.held().length);
    const eventually = async (what: () => boolean, withinMs = 30_000): Promise<void> => {
      for (let waited = 0; !what(); waited += 20) {
        if (waited > withinMs) throw new Error(`not within ${withinMs} ms: ${what.toString()}`);
        await harness.breathe(20);
      }
    };
    /** H1: every partition with exactly one of these, evenly. */
    const atRest = (members: readonly Membership[], partitions: number): boolean => {
      const all = members.flatMap((member) => member.held());
      const even = Math.max(...counts(members)) - Math.min(...counts(members)) <= 1;
      return even && all.length === partitions && new Set(all).size === partitions;
    };
    afterEach(async () => {
      await Promise.all(joined.map((member) => member.leave()));
      await harness.dispose();
      expect(seen.breaches).toEqual([]);
    });

    test('H1: the only member gets every partition', async () => {
      await begin(5);
      const one = await join('one');
      await eventually(() => atRest([one], 5));
      expect(one.held()).toEqual([0, 1, 2, 3, 4]);
      await one.leave();
      expect(one.held()).toEqual([]);
      expect([...seen.owners().values()].flat()).toEqual([]);
    });

    test('H1: members share evenly, and what need not move stays where it is', async () => {
      await begin(12);
      const one = await join('one');
      await eventually(() => atRest([one], 12));
      const two = await join('two');
      await eventually(() => atRest([one, two], 12));
      expect(counts([one, two])).toEqual([6, 6]);
      expect([seen.takes.get('one'), seen.takes.get('two')]).toEqual([12, 6]);
      const more = await Promise.all([join('three'), join('four')]);
      await eventually(() => atRest([one, two, ...more], 12));
      expect(counts([one, two, ...more])).toEqual([3, 3, 3, 3]);
      expect(seen.takes.get('one')).toBe(12);
    });

    test('H1: more members than partitions: some hold nothing, and take over when one leaves', async () => {
      await begin(2);
      const members = await Promise.all(['one', 'two', 'three'].map((who) => join(who)));
      await eventually(() => atRest(members, 2));
      const idle = members.find((member) => member.held().length === 0);
      const [busy] = members.filter((member) => member.held().length > 0);
      await busy?.leave();
      await eventually(() => idle?.held().length === 1);
    });

    test('H2: who leaves has let go of everything before another takes it', async () => {
      await begin(6);
      const slow = (): Promise<void> => harness.breathe(300);
      const one = await join('one', { release: slow });
      const two = await join('two', { release: slow });
      await eventually(() => atRest([one, two], 6));
      await one.leave();
      expect(one.held()).toEqual([]);
      await eventually(() => atRest([two], 6));
    });

    test('H2: a partition waits for its old holder, however slow, and the others go on', async () => {
      await begin(4);
      let free: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        free = resolve;
      });
      const one = await join('one', { release: () => held });
      await eventually(() => atRest([one], 4));
      const two = await join('two');
      await harness.breathe(1_000);
      expect(two.held()).toEqual([]);
      expect(one.held()).toHaveLength(2);
      free();
      await eventually(() => atRest([one, two], 4));
    });

    test('H3: a take that fails is tried again; a release that fails ends nothing', async () => {
      await begin(3);
      let failures = 0;
      const one = await join('one', {
        async take() {
          if (failures++ < 4) throw new TypeError('not yet');
        },
        release: () => Promise.reject(new SyntaxError('never')),
      });
      await eventually(() => atRest([one], 3));
      const two = await join('two');
      await eventually(() => atRest([one, two], 3));
      await two.leave();
      await eventually(() => atRest([one], 3));
    });

    test('H1, H2: members that come and go in any order', async () => {
      await begin(7);
      const step = fc.oneof({ weight: 3, arbitrary: fc.constant('join' as const) }, { weight: 2, arbitrary: fc.nat(9) });
      const run = async (steps: readonly ('join' | number)[]): Promise<void> => {
        let living: Membership[] = [];
        let n = 0;
        const leaving: Promise<void>[] = [];
        for (const one of steps) {
          if (one === 'join') living.push(await join(`m${n++}`, { release: () => harness.breathe(5), take: () => harness.breathe(5) }));
          else {
            const gone = living[one % Math.max(1, living.length)];
            living = living.filter((member) => member !== gone);
            if (gone) leaving.push(gone.leave());
          }
        }
        await Promise.all(leaving);
        if (living.length > 0) await eventually(() => atRest(living, 7));
        await Promise.all(living.map((member) => member.leave()));
        expect([...seen.owners().values()].flat()).toEqual([]);
      };
      await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 7 }), run), { numRuns: 8 });
    });

    ofMortals('H2: the partitions of a member that died are taken over', async () => {
      await begin(4);
      const dying = harness.process();
      const one = await join('one');
      const two = await join('two', {}, dying);
      await eventually(() => atRest([one, two], 4));
      await harness.kill(dying);
      await eventually(() => one.held().length === 4, harness.takeOverMs);
      // The dead one never said that it let go, which is what the witness saw.
      expect(seen.breaches.splice(0)).toHaveLength(2);
    });
  });
}
