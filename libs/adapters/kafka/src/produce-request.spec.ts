import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { TOPICS } from '@anlan/contracts';
import { describeWith, realClock } from '@anlan/testing';
import fc from 'fast-check';
import { type Cluster, kafkaCluster } from './cluster.js';
import { throwIf } from './fault.js';
import { endpointOf } from './log.js';
import { patiently } from './patience.js';
import { fetchRequest, initProducerId, produce, type ProducerIdentity } from './protocol.js';
import { type OutTopic, producedAnswer, produceRequest } from './produce-request.js';
import { type BatchRecord, headerBlock, type Pack, recordBatch } from './record-batch.js';
import { dropTopics, openTestLog, uniquePrefix } from './testing/test-log.js';

type KafkajsCall = Readonly<{
  request: Readonly<{ encode(): Promise<Readonly<{ buffer: Buffer }>> }>;
  response: Readonly<{ decode(raw: Buffer): Promise<unknown> }>;
}>;
type Apis = Readonly<{ requests: Readonly<{ Produce: Readonly<{ protocol(of: { version: number }): (fields: object) => KafkajsCall }> }> }>;
const { requests } = createRequire(import.meta.url)('kafkajs/src/protocol/requests') as Apis;
const kafkajs = requests.Produce.protocol({ version: 7 });

const AT = 1_795_000_000_000;
const SAID = [
  {
    topic: 'anlan.readings.v1',
    partitions: [
      { partition: 0, values: ['1', '二'] },
      { partition: 11, values: ['3'] },
    ],
  },
  { topic: 'anlan.rejected.v1', partitions: [{ partition: 4, values: [''] }] },
];

const recordOf = (value: string): BatchRecord => ({
  key: 'k',
  value,
  keyBytes: 1,
  valueBytes: Buffer.byteLength(value),
  headers: headerBlock({ kind: 'x' }),
});
const plain: Pack = () => undefined;

describe('produceRequest', () => {
  test("it is byte for byte what kafkajs writes, but for the epoch of the leader, which is the broker's to say", async () => {
    const theirs = kafkajs({
      acks: -1,
      timeout: 5_000,
      producerId: '7',
      producerEpoch: 2,
      compression: 0,
      topicData: SAID.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, values }) => ({
          partition,
          firstSequence: 9,
          messages: values.map((value) => ({ key: 'k', value, headers: { kind: 'x' }, timestamp: AT })),
        })),
      })),
    });
    const expected = (await theirs.request.encode()).buffer;
    const topics: readonly OutTopic[] = await Promise.all(
      SAID.map(async ({ topic, partitions }) => ({
        topic,
        partitions: await Promise.all(
          partitions.map(async ({ partition, values }) => ({
            partition,
            batch: await recordBatch({ producerId: 7n, producerEpoch: 2, firstSequence: 9, at: AT }, values.map(recordOf), plain),
          })),
        ),
      })),
    );
    const { buffer } = await produceRequest({ timeout: 5_000, topics }).encode();
    expect(buffer.toString('hex').replaceAll('ffffffff02', '0000000002')).toBe(expected.toString('hex'));
  });
});

describe('producedAnswer', () => {
  const int64 = fc.bigInt({ min: -1n, max: 2n ** 53n - 1n });
  const partition = fc.record({ partition: fc.nat(100), errorCode: fc.integer({ min: -1, max: 120 }), offset: int64, at: int64 });
  const answer = fc.array(
    fc.record({ topic: fc.constantFrom('a', '主题', 'anlan.readings.v1'), partitions: fc.array(partition, { maxLength: 5 }) }),
    {
      maxLength: 4,
    },
  );

  test('it reads what kafkajs reads', async () => {
    await fc.assert(
      fc.asyncProperty(answer, async (topics) => {
        const raw = written(topics);
        const theirs = (await kafkajs({ topicData: [] }).response.decode(raw)) as Readonly<{ topics: readonly Theirs[] }>;
        expect(producedAnswer(raw)).toEqual(
          theirs.topics.flatMap(({ topicName, partitions }) =>
            partitions.map(({ partition, errorCode, baseOffset, logAppendTime }) => ({
              topic: topicName,
              partition,
              errorCode,
              offset: Number(baseOffset),
              at: Number(logAppendTime),
            })),
          ),
        );
      }),
    );
  });

  test('whatever the bytes are, it ends, and throws nothing but a RangeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          producedAnswer(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

/** A broker that has just started has no ids to give yet: COORDINATOR_LOAD_IN_PROGRESS, and −1 in place of one. */
function identified(cluster: Cluster): Promise<ProducerIdentity> {
  return patiently(realClock, 10_000, async () => {
    const { errorCode, ...identity } = await cluster.ask(initProducerId());
    throwIf(errorCode);
    return identity;
  });
}

describeWith('kafka', 'produce', (brokers) => {
  const prefix = uniquePrefix();
  const name = `${prefix}${TOPICS.readings}`;
  afterAll(() => dropTopics(brokers, prefix));

  test('a broker takes our batches, plain and gzipped, also when the sequence comes to its end and begins anew', async () => {
    const log = await openTestLog(brokers, prefix, 1);
    const cluster = kafkaCluster({ brokers: brokers.split(',').map(endpointOf), topics: [name], clock: realClock, clientId: 'anlan-spec' });
    const { producerId, producerEpoch } = await identified(cluster);
    const node = await cluster.leader(name, 0);
    const send = async (firstSequence: number, values: readonly string[], pack: Pack): Promise<readonly number[]> => {
      const head = { producerId: BigInt(producerId), producerEpoch, firstSequence, at: AT };
      const batch = await recordBatch(head, values.map(recordOf), pack);
      const call = produce({ timeout: 5_000, topics: [{ topic: name, partitions: [{ partition: 0, batch }] }] });
      return (await cluster.send(node, 'produce', call)).flatMap(({ errorCode, offset }) => [errorCode, offset]);
    };
    const long = 'x'.repeat(500);
    expect(await send(2 ** 31 - 2, ['1', '2', '3', '4'], plain)).toEqual([0, 0]);
    expect(await send(2, [`5 ${long}`, `6 ${long}`], promisify(gzip))).toEqual([0, 4]);
    // P2: sent again, it is known; out of order, it is refused.
    expect(await send(2, [`5 ${long}`, `6 ${long}`], promisify(gzip))).toEqual([0, 4]);
    expect((await send(9, ['9'], plain))[0]).not.toBe(0);
    expect((await log.read(TOPICS.readings, 0, 0, 100)).map(({ value }) => value.split(' ')[0])).toEqual(['1', '2', '3', '4', '5', '6']);
    cluster.close();
    await log.close();
  });

  test('what is appended in large batches takes little room on the wire, and small ones are not gzipped', async () => {
    const other = uniquePrefix();
    const topic = `${other}${TOPICS.readings}`;
    const log = await openTestLog(brokers, other, 1);
    const cluster = kafkaCluster({
      brokers: brokers.split(',').map(endpointOf),
      topics: [topic],
      clock: realClock,
      clientId: 'anlan-spec',
    });
    const bytesFrom = async (offset: number): Promise<number> => {
      const wanted = [{ partition: 0, fetchOffset: String(offset), maxBytes: 1024 * 1024 }];
      const { request } = fetchRequest({ maxWaitTime: 1_000, maxBytes: 1024 * 1024, topics: [{ topic, partitions: wanted }] });
      return cluster.send(await cluster.leader(topic, 0), 'poll', { request, response: { decode: (raw) => Promise.resolve(raw.length) } });
    };
    const record = { topic: TOPICS.readings, key: 'a', value: 'x'.repeat(500) };
    await log.append([record]);
    expect(await bytesFrom(0)).toBeGreaterThan(500);
    await log.append(Array.from({ length: 200 }, () => record));
    expect(await bytesFrom(1)).toBeLessThan(10_000);
    cluster.close();
    await log.close();
    await dropTopics(brokers, other);
  });
});

type Theirs = Readonly<{
  topicName: string;
  partitions: readonly Readonly<{ partition: number; errorCode: number; baseOffset: string; logAppendTime: string }>[];
}>;
type Answered = Readonly<{
  topic: string;
  partitions: readonly Readonly<{ partition: number; errorCode: number; offset: bigint; at: bigint }>[];
}>;

function written(topics: readonly Answered[]): Buffer {
  const parts = topics.flatMap(({ topic, partitions }) => [
    sized(2, Buffer.byteLength(topic)),
    Buffer.from(topic),
    sized(4, partitions.length),
    ...partitions.map(({ partition, errorCode, offset, at }) => {
      const part = Buffer.alloc(30);
      part.writeInt32BE(partition, 0);
      part.writeInt16BE(errorCode, 4);
      part.writeBigInt64BE(offset, 6);
      part.writeBigInt64BE(at, 14);
      return part;
    }),
  ]);
  return Buffer.concat([sized(4, topics.length), ...parts, sized(4, 0)]);
}

function sized(bytes: number, n: number): Buffer {
  const number = Buffer.alloc(bytes);
  number.writeIntBE(n, 0, bytes);
  return number;
}
