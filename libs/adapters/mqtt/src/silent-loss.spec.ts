import type { FeedMessage } from '@anlan/ports';
import { describeWith } from '@anlan/testing';
import { consumer, device, handlerOf, ownBroker, sendNumbers, sleep, tally, until } from './contract/broker-rig.js';

const seqOf = ({ payload }: FeedMessage): number => Number(Buffer.from(payload).toString());
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, at) => from + at);
/** Numbers that are missing between the first and the last that came: what the platform reports as gaps. */
const gapsOf = (came: ReadonlySet<number>): readonly number[] =>
  range(Math.min(...came), Math.max(...came)).filter((seq) => !came.has(seq));
const wait = (ms: number): Promise<void> => sleep(ms);

type Broker = Awaited<ReturnType<typeof ownBroker>>;
let broker: Broker;
const begin = async (extra?: string): Promise<Broker> => (broker = await ownBroker(extra));
afterEach(() => broker.end());

/** C4: situations in which Mosquitto as installed loses acknowledged messages without a word. */
describeWith('mosquitto', 'the shipped Mosquitto profile loses nothing silently', () => {
  test('C4: 5 000 messages while the platform was away: all come, in order', async () => {
    const { port } = await begin();
    const first = consumer(port);
    await first.start(handlerOf(() => undefined));
    await first.stop();
    const well = await device(port, 'well-1');
    expect((await sendNumbers(well, 'well-1', [0, 5_000])).size).toBe(5_000);
    const came: number[] = [];
    const second = consumer(port);
    await second.start(handlerOf((each) => void came.push(seqOf(each))));
    await until('all of them', () => came.length >= 5_000);
    expect(came).toEqual(range(0, 5_000));
    well.end(true);
    await second.stop();
  });

  test.each([
    ['MQTT 5', 5],
    ['MQTT 3.1.1', 4],
  ] as const)('C4: 3 000 messages to a platform that takes 20 at a time, 5 ms each (%s): all come', async (_name, version) => {
    const { port } = await begin();
    const came: number[] = [];
    let inHand = 0;
    let most = 0;
    const feed = consumer(port, { version, limits: { window: 20 } });
    await feed.start(
      handlerOf(async (each) => {
        most = Math.max(most, ++inHand);
        await wait(5);
        inHand -= 1;
        came.push(seqOf(each));
      }),
    );
    const well = await device(port, 'well-1');
    expect((await sendNumbers(well, 'well-1', [0, 3_000])).size).toBe(3_000);
    await until('all of them', () => came.length >= 3_000, 30_000);
    expect([...came].sort((a, b) => a - b)).toEqual(range(0, 3_000));
    expect(most).toBe(20);
    well.end(true);
    await feed.stop();
  });

  test('C4: one of a group is away and comes back within its session: its share was kept', async () => {
    const { port } = await begin();
    const came = new Set<number>();
    const take = handlerOf((each) => void came.add(seqOf(each)));
    const member = (clientId: string) => consumer(port, { clientId, group: 'anlan' });
    const [one, two] = [member('ingest-1'), member('ingest-2')];
    await one.start(take);
    await two.start(take);
    await two.stop();
    const well = await device(port, 'well-1');
    await sendNumbers(well, 'well-1', [0, 1_000]);
    await wait(300);
    expect(came.size).toBeLessThan(1_000);
    const again = member('ingest-2');
    await again.start(take);
    await until('all of them', () => came.size === 1_000);
    well.end(true);
    await one.stop();
    await again.stop();
  });

  test('one of a group leaves for good (no session kept): what it held comes out first, the others get the rest', async () => {
    const { port } = await begin();
    const came = new Set<number>();
    const take = handlerOf(async (each) => {
      await wait(1);
      came.add(seqOf(each));
    });
    const member = (clientId: string) => consumer(port, { clientId, group: 'anlan', sessionExpirySeconds: 0, limits: { drainMs: 5_000 } });
    const [one, two] = [member('ingest-1'), member('ingest-2')];
    await one.start(take);
    await two.start(take);
    const well = await device(port, 'well-1');
    const sending = sendNumbers(well, 'well-1', [0, 4_000]);
    await until('a part', () => came.size > 500);
    await two.stop();
    await sending;
    await until('all of them', () => came.size === 4_000);
    well.end(true);
    await one.stop();
  });

  test('C25: the broker is killed with messages queued: what was lost equals the gaps, and the rest comes', async () => {
    const { port, kill, again } = await begin('autosave_interval 300');
    const came = new Set<number>();
    const first = consumer(port);
    await first.start(handlerOf(() => undefined));
    await first.stop();
    const before = await device(port, 'well-1');
    const acked = new Set(await sendNumbers(before, 'well-1', [0, 5_150]));
    await kill();
    before.end(true);
    await again();
    const second = consumer(port);
    await second.start(handlerOf((each) => void came.add(seqOf(each))));
    const after = await device(port, 'well-1');
    for (const seq of await sendNumbers(after, 'well-1', [5_150, 5_200])) acked.add(seq);
    await until('the last', () => came.has(5_199));
    await wait(300);
    const lost = [...acked].filter((seq) => !came.has(seq));
    // Fewer than the changes between two saves; but some, or this test would prove nothing.
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(300);
    expect(gapsOf(came)).toEqual(lost);
    after.end(true);
    await second.stop();
  });

  test('a broker that drops all the same tells it: counted, and an error in the log', async () => {
    const { port } = await begin('max_queued_bytes 20000\nsys_interval 1');
    const { meter, of } = tally();
    const errors: string[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (words: string) => void errors.push(words), child: () => logger };
    const watcher = consumer(port, { clientId: 'watcher', meter, logger });
    const away = consumer(port, { clientId: 'away' });
    await away.start(handlerOf(() => undefined));
    await away.stop();
    await watcher.start(handlerOf(() => undefined));
    await until('the first figures', () => of('anlan_broker_stored_bytes') > 0);
    const well = await device(port, 'well-1');
    expect((await sendNumbers(well, 'well-1', [0, 8_000])).size).toBe(8_000);
    await until('the count of drops', () => of('anlan_broker_dropped_total') > 0);
    expect(errors).toContain('the MQTT broker dropped messages; gaps in sequence numbers will tell which devices they were from');
    well.end(true);
    await watcher.stop();
  });
});
