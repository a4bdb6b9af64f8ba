import type { Broadcast, Fanout } from '../fanout.js';

/** Fan-outs under test: `here` and `there` are two processes; in memory they are one and the same. */
export type FanoutHarness = Readonly<{
  here: Fanout;
  there: Fanout;
  /** What `onError` of both heard. */ errors(): readonly unknown[];
  dispose(): Promise<void>;
}>;

const news = (version: number): Broadcast => ({ kind: 'registry', version });
/** Told by each side as the last one, so that a spec knows that everything before it has come. */
const END_VERSION = 999;
const END = news(END_VERSION);

/** What every `Fanout` promises, to be run by each adapter's spec. */
export function fanoutContract(name: string, make: () => Promise<FanoutHarness>): void {
  describe(`Fanout: ${name}`, () => {
    let harness: FanoutHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.dispose());

    /** All that a new subscriber hears until the end is told. */
    const heard = (fanout: Fanout): Promise<readonly Broadcast[]> =>
      new Promise((resolve) => {
        const list: Broadcast[] = [];
        const leave = fanout.subscribe((broadcast) => {
          if (broadcast.kind === 'registry' && broadcast.version === END_VERSION) {
            leave();
            resolve(list);
          } else list.push(broadcast);
        });
      });

    test('what is told here is heard here and there, once and in order', async () => {
      const ears = [heard(harness.here), heard(harness.there)];
      const told: readonly Broadcast[] = [
        news(1),
        { kind: 'device', deviceId: '井-1', online: true },
        { kind: 'readings', readings: [{ pointId: 'p', t: 1_760_000_000_000, v: -0.25, q: 'bad', flags: ['outOfRange'] }] },
        news(2),
      ];
      for (const broadcast of [...told, END]) harness.here.publish(broadcast);
      expect(await Promise.all(ears)).toEqual([told, told]);
    });

    test('a subscription more hears once more, and who has left hears nothing', async () => {
      const seen: string[] = [];
      const listener = (broadcast: Broadcast): void => void seen.push(broadcast.kind);
      const leave = [harness.there.subscribe(listener), harness.there.subscribe(listener)];
      const first = heard(harness.there);
      harness.here.publish(news(1));
      harness.here.publish(END);
      await first;
      leave[0]?.();
      leave[0]?.();
      const second = heard(harness.there);
      harness.here.publish(news(2));
      harness.here.publish(END);
      await second;
      leave[1]?.();
      const third = heard(harness.there);
      harness.here.publish(news(3));
      harness.here.publish(END);
      await third;
      // Twice two, once two: the end was told as well.
      expect(seen).toHaveLength(6);
    });

    test('a listener that throws hurts no other, and is reported', async () => {
      const broken = new Error('broken listener');
      const leave = harness.there.subscribe(() => {
        throw broken;
      });
      const ear = heard(harness.there);
      harness.here.publish(news(1));
      harness.here.publish(END);
      expect(await ear).toEqual([news(1)]);
      expect(harness.errors()).toEqual([broken, broken]);
      leave();
    });

    test('who leaves, or joins, while being told is not told', async () => {
      let told = 0;
      harness.here.subscribe(() => {
        leave();
        harness.here.subscribe(() => told++);
      });
      const leave = harness.here.subscribe(() => told++);
      harness.here.publish(news(1));
      expect(told).toBe(0);
    });
  });
}
