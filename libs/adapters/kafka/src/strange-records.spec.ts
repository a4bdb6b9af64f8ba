import { jest } from '@jest/globals';
import { TOPICS } from '@anlan/contracts';
import type { Meter } from '@anlan/observability';
import type { Log } from '@anlan/ports';
import { describeWith } from '@anlan/testing';
import kafkajs, { type Kafka } from 'kafkajs';
import { dropTopics, listeningLogger, openTestLog, uniquePrefix, withKafka } from './testing/test-log.js';
import { KafkaSetupError } from './topics.js';

jest.setTimeout(60_000);

const T = TOPICS.readings;

describeWith('kafka', 'kafkaLog on what other programs did to its topics', (brokers) => {
  const prefix = uniquePrefix();
  const logger = listeningLogger();
  const counted: (readonly [string, number | undefined])[] = [];
  const meter: Meter = { count: (name, by) => void counted.push([name, by]), gauge: () => undefined, observe: () => undefined };
  let log: Log;
  beforeAll(async () => {
    log = await openTestLog(brokers, prefix, 1, { logger, meter });
  });
  afterAll(async () => {
    await log.close();
    await dropTopics(brokers, prefix);
  });
  const sendAs = (work: (kafka: Kafka) => Promise<void>): Promise<void> => withKafka(brokers, work);
  const valuesFrom = async (offset: number, last: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for (let at = offset; !found.includes(last);) {
      const page = await log.read(T, 0, at, 100);
      found.push(...page.map(({ value }) => value));
      at = (page.at(-1)?.offset ?? at) + 1;
    }
    return found;
  };

  test('poison does not stop reading: no JSON, no text, empty, a tombstone, no key', async () => {
    await sendAs(async (kafka) => {
      const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
      await producer.connect();
      await producer.send({
        topic: `${prefix}${T}`,
        messages: [
          { key: 'a', value: '{"v":' },
          { key: Buffer.from([0xff, 0xfe]), value: Buffer.from([0xc3, 0x28, 0x00]) },
          { key: 'a', value: '' },
          { key: 'a', value: null },
          { key: null, value: 'no key', headers: { odd: [Buffer.from('1'), '2'] } },
        ],
      });
      await producer.disconnect();
    });
    await log.append([{ topic: T, key: 'a', value: 'after' }]);
    expect(await valuesFrom(0, 'after')).toEqual(['{"v":', '\ufffd(\0', '', '', 'no key', 'after']);
    expect((await log.read(T, 0, 4, 1))[0]?.key).toBe('');
  });

  test('a batch in a codec that is not ours is passed on empty and reported, and reading goes on', async () => {
    const { next } = await log.bounds(T, 0);
    const { CompressionCodecs, CompressionTypes } = kafkajs;
    // Brokers look into what they are sent, so it must be sound.
    const snappyOfNothing = (bytes: Buffer): Buffer => Buffer.concat([varint(bytes.length), literal(bytes)]);
    CompressionCodecs[CompressionTypes.Snappy] = () => ({
      compress: async (encoder: { buffer: Buffer }) => snappyOfNothing(encoder.buffer),
      decompress: async (buffer: Buffer) => buffer,
    });
    await sendAs(async (kafka) => {
      const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
      await producer.connect();
      const messages = [1, 2].map((n) => ({ key: 'a', value: `snappy ${n}` }));
      await producer.send({ topic: `${prefix}${T}`, messages, compression: CompressionTypes.Snappy });
      await producer.disconnect();
    });
    await log.append([{ topic: T, key: 'a', value: 'after' }]);
    expect(await valuesFrom(next, 'after')).toEqual(['', '', 'after']);
    expect(logger.said).toContain('records of the log cannot be read and are passed on empty');
  });

  test('transactions: an aborted one and the markers are no records', async () => {
    const { next } = await log.bounds(T, 0);
    await sendAs(async (kafka) => {
      const producer = kafka.producer({
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
        transactionalId: `${prefix}tx`,
        maxInFlightRequests: 1,
        idempotent: true,
      });
      await producer.connect();
      for (const [value, keep] of [
        ['aborted', false],
        ['committed', true],
      ] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic: `${prefix}${T}`, messages: [{ key: 'a', value }] });
        await (keep ? transaction.commit() : transaction.abort());
      }
      await producer.disconnect();
    });
    await log.append([{ topic: T, key: 'a', value: 'after' }]);
    expect(await valuesFrom(next, 'after')).toEqual(['committed', 'after']);
  });

  test('F7: records that were removed before they were read: reading goes on at the oldest, and the gap is counted and said once', async () => {
    const { next } = await log.bounds(T, 0);
    await sendAs(async (kafka) => {
      const admin = kafka.admin();
      await admin.connect();
      await admin.fetchTopicOffsets(`${prefix}${T}`);
      await admin.deleteTopicRecords({ topic: `${prefix}${T}`, partitions: [{ partition: 0, offset: String(next) }] });
      await admin.disconnect();
    });
    await log.append([{ topic: T, key: 'a', value: 'young' }]);
    const late = await openTestLog(brokers, prefix, 1, { logger, meter });
    for (const again of [1, 2]) expect([again, (await late.read(T, 0, 2, 10)).map(({ value }) => value)]).toEqual([again, ['young']]);
    await late.close();
    expect(await log.bounds(T, 0)).toEqual({ first: next, next: next + 1 });
    expect(counted).toContainEqual(['anlan_log_gap_total', next - 2]);
    expect(logger.said.filter((said) => said.includes('removed from the log before'))).toHaveLength(1);
  });

  test('F7: a log that ends before the place where reading goes on is said loudly, once', async () => {
    const { next } = await log.bounds(T, 0);
    for (const again of [1, 2]) expect([again, await log.read(T, 0, next + 50, 10)]).toEqual([again, []]);
    expect(logger.said.filter((said) => said.includes('cut or made anew'))).toHaveLength(1);
    expect(counted).toContainEqual(['anlan_log_gap_total', 50]);
  });

  test('topics with another number of partitions, or with the times of producers, are refused with words', async () => {
    const refusal = openTestLog(brokers, prefix, 3);
    await expect(refusal).rejects.toThrow(KafkaSetupError);
    await expect(refusal).rejects.toThrow(/has 1, not 3/);
    const other = uniquePrefix();
    await sendAs(async (kafka) => {
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [T, TOPICS.rejected].map((topic) => ({ topic: `${other}${topic}`, numPartitions: 1 })) });
      await admin.disconnect();
    });
    await expect(openTestLog(brokers, other, 1)).rejects.toThrow(/LogAppendTime/);
    await dropTopics(brokers, other);
  });

  test('a record that fits nowhere is a bug, not an outage', async () => {
    await expect(log.append([{ topic: T, key: 'a', value: 'x'.repeat(5 * 1024 * 1024) }])).rejects.toThrow(RangeError);
    await expect(log.append([{ topic: TOPICS.verdicts, key: 'a', value: '' }])).rejects.toThrow(RangeError);
  });
});

const varint = (n: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = n; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
};
/** One literal of up to 256 bytes, as Snappy writes it. */
const literal = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([60 << 2, bytes.length - 1]), bytes]);
