import { jest } from '@jest/globals';
import { TOPICS } from '@anlan/contracts';
import { placeAfter, placeFrom } from '@anlan/observability';
import type { LogRecord } from '@anlan/ports';
import { describeWith } from '@anlan/testing';
import kafkajs from 'kafkajs';
import { dropTopics, openTestLog, uniquePrefix, withKafka } from './testing/test-log.js';

jest.setTimeout(60_000);

const T = TOPICS.readings;
const PLACE = placeAfter(placeFrom('a message'), 'taken');

describeWith('kafka', 'traces in the headers of records', (brokers) => {
  const prefix = uniquePrefix();
  afterAll(() => dropTopics(brokers, prefix));
  const readAll = async (traces: boolean): Promise<readonly LogRecord[]> => {
    const log = await openTestLog(brokers, prefix, 1, { traces });
    const records = await log.read(T, 0, 0, 100);
    await log.close();
    return records;
  };

  test('a record carries its place as W3C traceparent, beside other headers, and gives it to who asks for it', async () => {
    const log = await openTestLog(brokers, prefix, 1, { headersOf: ({ topic }) => ({ schema: topic }) });
    await log.append([
      { topic: T, key: 'a', value: '1', trace: PLACE },
      { topic: T, key: 'a', value: '2' },
    ]);
    await log.close();
    const seen = await withKafka(brokers, async (kafka) => {
      const consumer = kafka.consumer({ groupId: `${prefix}other`, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topic: `${prefix}${T}`, fromBeginning: true });
      const found: Record<string, string>[] = [];
      await new Promise<void>((resolve, reject) => {
        const eachMessage = async ({ message }: kafkajs.EachMessagePayload): Promise<void> => {
          found.push(Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])));
          if (found.length === 2) resolve();
        };
        consumer.run({ eachMessage }).catch(reject);
      });
      await consumer.disconnect();
      return found;
    });
    expect(seen).toEqual([{ schema: T, traceparent: PLACE }, { schema: T }]);
    expect((await readAll(true)).map(({ value, trace }) => [value, trace])).toEqual([
      ['1', PLACE],
      ['2', undefined],
    ]);
    expect((await readAll(false)).every((record) => !('trace' in record))).toBe(true);
  });

  test('headers of other writers are stepped over, and what is no traceparent is no place', async () => {
    await withKafka(brokers, async (kafka) => {
      const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
      await producer.connect();
      const headers = [
        { traceparent: 'nonsense' },
        { elevenchars: Buffer.from([0xff]), traceparent: PLACE },
        { odd: [Buffer.from('1'), '2'], tracestate: 'a=b' },
      ];
      await producer.send({
        topic: `${prefix}${T}`,
        messages: headers.map((each, n) => ({ key: 'a', value: `other ${n}`, headers: each })),
      });
      await producer.disconnect();
    });
    expect((await readAll(true)).slice(2).map(({ value, trace }) => [value, trace])).toEqual([
      ['other 0', undefined],
      ['other 1', PLACE],
      ['other 2', undefined],
    ]);
  });
});
