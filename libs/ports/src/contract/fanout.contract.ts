import type { Broadcast, BroadcastKind, Fanout } from '../fanout.js';

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
/** Told again and again until it is heard: from then on all is. */
const PROBE_VERSION = 0;
const PROBE = news(PROBE_VERSION);
const PROBE_EVERY_MS = 10;
const ALL = ['alarm', 'readings', 'device', 'registry'] as const satisfies readonly BroadcastKind[];
const isProbe = (broadcast: Broadcast): boolean => broadcast.kind === 'registry' && broadcast.version === PROBE_VERSION;
type Ear = Readonly<{ until: Promise<readonly Broadcast[]> }>;

/** What every `Fanout` promises, to be run by each adapter's spec. */
export function fanoutContract(name: string, make: () => Promise<FanoutHarness>): void {
  describe(`Fanout: ${name}`, () => {
    let harness: FanoutHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.dispose());

    /** A new subscriber that hears already; `until` is all that it hears until the end is told. */
    const listening = (fanout: Fanout, kinds: readonly BroadcastKind[] = ALL): Promise<Ear> =>
      new Promise((opened) => {
        const list: Broadcast[] = [];
        let end: (list: readonly Broadcast[]) => void = () => undefined;
        const until = new Promise<readonly Broadcast[]>((resolve) => {
          end = resolve;
        });
        const probing = setInterval(() => harness.here.publish(PROBE), PROBE_EVERY_MS);
        const leave = fanout.subscribe(kinds, (broadcast) => {
          if (isProbe(broadcast)) {
            clearInterval(probing);
            opened({ until });
          } else if (broadcast.kind === 'registry' && broadcast.version === END_VERSION) {
            leave();
            end(list);
          } else list.push(broadcast);
        });
      });

    test('what is told here is heard here and there, once and in order', async () => {
      const ears = [await listening(harness.here), await listening(harness.there)];
      const told: readonly Broadcast[] = [
        news(1),
        { kind: 'device', deviceId: '井-1', online: true },
        { kind: 'readings', readings: [{ pointId: 'p', t: 1_760_000_000_000, v: -0.25, q: 'bad', flags: ['outOfRange'] }] },
        news(2),
      ];
      for (const broadcast of [...told, END]) harness.here.publish(broadcast);
      expect(await Promise.all(ears.map(({ until }) => until))).toEqual([told, told]);
    });

    test('F1: a listener is told the kinds it asked for and no other, also while others listen for more', async () => {
      const [few, all] = [await listening(harness.there, ['registry']), await listening(harness.there)];
      const device: Broadcast = { kind: 'device', deviceId: 'd', online: false };
      for (const broadcast of [device, news(1), device, END]) harness.here.publish(broadcast);
      expect(await Promise.all([few.until, all.until])).toEqual([[news(1)], [device, news(1), device]]);
    });

    test('F3: who comes while others listen, or comes again when all had left, hears from soon after', async () => {
      for (const round of [1, 2]) {
        const first = await listening(harness.there, ['registry']);
        const second = await listening(harness.there, ['device', 'registry']);
        const device: Broadcast = { kind: 'device', deviceId: `d${round}`, online: true };
        for (const broadcast of [device, END]) harness.here.publish(broadcast);
        expect(await Promise.all([first.until, second.until])).toEqual([[], [device]]);
      }
    });

    test('a subscription more hears once more, and who has left hears nothing', async () => {
      const seen: string[] = [];
      const listener = (broadcast: Broadcast): void => {
        if (!isProbe(broadcast)) seen.push(broadcast.kind);
      };
      const leave = [harness.there.subscribe(ALL, listener), harness.there.subscribe(ALL, listener)];
      const tell = async (version: number): Promise<void> => {
        const { until } = await listening(harness.there);
        harness.here.publish(news(version));
        harness.here.publish(END);
        await until;
      };
      await tell(1);
      leave[0]?.();
      leave[0]?.();
      await tell(2);
      leave[1]?.();
      await tell(3);
      // Twice two, once two: the end was told as well.
      expect(seen).toHaveLength(6);
    });

    test('a listener that throws hurts no other, and is reported', async () => {
      const broken = new Error('broken listener');
      const { until } = await listening(harness.there);
      const leave = harness.there.subscribe(ALL, (broadcast) => {
        if (!isProbe(broadcast)) throw broken;
      });
      harness.here.publish(news(1));
      harness.here.publish(END);
      expect(await until).toEqual([news(1)]);
      expect(harness.errors()).toEqual([broken, broken]);
      leave();
    });

    test('who leaves, or joins, while being told is not told', async () => {
      let told = 0;
      harness.here.subscribe(ALL, () => {
        leave();
        harness.here.subscribe(ALL, () => told++);
      });
      const leave = harness.here.subscribe(ALL, () => told++);
      harness.here.publish(news(1));
      expect(told).toBe(0);
    });
  });
}
