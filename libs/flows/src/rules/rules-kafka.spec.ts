/** The rules flow on a real Kafka, watched by Kafka's own client as its command-line tools do. */
import { kafkaLog } from '@anlan/adapter-kafka';
import { memoryCheckpoints } from '@anlan/adapter-memory';
import { TOPICS, type Activation, type ReadingsLogValue, type Verdict } from '@anlan/contracts';
import { silentLogger, silentMeter } from '@anlan/observability';
import type { Checkpoints, Flow, Log } from '@anlan/ports';
import { describeWith, realClock } from '@anlan/testing';
import kafkajs, { type Admin } from 'kafkajs';
import { rulesFlow } from './rules-flow.js';

const T = Date.now() - 60_000;
const activation: Activation = {
  version: 1,
  rules: [
    {
      id: 'r',
      version: 1,
      kind: 'threshold',
      enabled: true,
      scope: { pointIds: ['p'] },
      side: 'high',
      quality: 'pause',
      levels: [{ level: 'red', at: 4, deadband: 0, onDelayMs: 15_000, offDelayMs: 0, onCount: 1, offCount: 1, latching: false }],
    },
  ],
  removedRuleIds: [],
  points: [{ pointId: 'p', deviceId: 'd', siteId: 's', metric: 'm', unit: 'U', intervalMs: 60_000, reorderMs: 0, liveHorizonMs: null }],
  removedPointIds: [],
};
const reading = (seconds: number, v: number): ReadingsLogValue => ({
  kind: 'readings',
  deviceId: 'd',
  siteId: 's',
  arrivedAt: T + seconds * 1_000,
  readings: [{ pointId: 'p', t: T + seconds * 1_000, v, q: 'good' }],
  rejected: 0,
  quarantined: 0,
});

describeWith('kafka', 'rules on Kafka', (brokers) => {
  const prefix = `spec-${process.pid}-${T.toString(36)}-rules.`;
  let log: Log;
  let admin: Admin;
  const checkpoints = memoryCheckpoints();

  beforeAll(async () => {
    log = await kafkaLog({
      brokers: brokers.split(','),
      clientId: 'anlan-spec',
      clock: realClock,
      logger: silentLogger,
      partitions: { [TOPICS.readings]: 1, [TOPICS.verdicts]: 1 },
      ensureTopics: { replication: 1, minInsync: 1 },
      prefix,
    });
    admin = new kafkajs.Kafka({ clientId: 'other', brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
  }, 60_000);
  afterAll(async () => {
    await log.close();
    await admin.deleteTopics({ topics: [`${prefix}${TOPICS.readings}`, `${prefix}${TOPICS.verdicts}`] });
    await admin.deleteGroups([`${prefix}rules`]);
    await admin.disconnect();
  }, 60_000);

  const put = async (...values: readonly ReadingsLogValue[]): Promise<void> =>
    void (await log.append(values.map((value) => ({ topic: TOPICS.readings, key: 's', value: JSON.stringify(value) }))));
  /** What `kafka-consumer-groups --describe` shows. */
  const shown = async (): Promise<string | undefined> => {
    const [topic] = await admin.fetchOffsets({ groupId: `${prefix}rules`, topics: [`${prefix}${TOPICS.readings}`] });
    return topic?.partitions[0]?.offset;
  };
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    for (const end = Date.now() + 20_000; !(await isSo());) {
      if (Date.now() > end) throw new Error('it did not happen');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const saidAbout = async (): Promise<readonly string[]> =>
    (await log.read(TOPICS.verdicts, 0, 0, 100))
      .map(({ value }) => JSON.parse(value) as Verdict)
      .filter(({ key }) => key.kind === 'threshold')
      .map(({ process, cause }) => `${process} @${cause.offset}`);
  const start = async (own: Checkpoints = checkpoints): Promise<Flow> => {
    const flow = rulesFlow({
      log,
      checkpoints: own,
      activations: { activations: async (after) => (after < 1 ? [activation] : []) },
      clock: realClock,
      digest: (text) => text,
      meter: silentMeter,
      logger: silentLogger,
    });
    await flow.start();
    return flow;
  };

  test('W4: the offset of the group follows the checkpoint, and a restart goes by the checkpoint', async () => {
    await put({ kind: 'activation', version: 1, at: T }, reading(10, 5));
    const first = await start();
    await until(async () => (await saidAbout()).length === 1);
    await first.drain();
    expect([await shown(), await saidAbout()]).toEqual(['2', ['pending @1']]);

    // A run whose states cannot be saved tells nobody that it has come further.
    await put(reading(30, 5));
    const lost = await start({ ...checkpoints, save: () => Promise.reject(new Error('store away')) });
    await until(async () => (await saidAbout()).length === 2);
    await lost.drain();
    expect([await shown(), await saidAbout()]).toEqual(['2', ['pending @1', 'active @2']]);

    // From the checkpoint on: the breach that had begun is known, and the same verdict comes again.
    const second = await start();
    await until(async () => (await saidAbout()).length === 3);
    await put(reading(40, 0));
    await until(async () => (await saidAbout()).length === 4);
    await until(async () => {
      await put({ kind: 'tick', at: Date.now() });
      return Number(await shown()) > 4;
    });
    await second.drain();
    expect(await shown()).toBe(String((await log.bounds(TOPICS.readings, 0)).next));
    expect(await saidAbout()).toEqual(['pending @1', 'active @2', 'active @2', 'normal @3']);
  }, 60_000);
});
