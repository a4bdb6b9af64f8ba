import { createRequire } from 'node:module';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { crc32c } from './crc32c.js';
import { fetchAnswer, type Row, TRACE_HEADER } from './fetch-answer.js';
import { type BatchHead, type BatchRecord, headerBlock, RECORD_FRAME_BYTES, recordBatch } from './record-batch.js';
import { answerWith } from './testing/fetched.js';

type Decoded = Readonly<{
  records: readonly Readonly<{
    key: Buffer;
    value: Buffer;
    offset: string;
    timestamp: string;
    headers: Readonly<Record<string, Buffer>>;
  }>[];
  producerId: string;
  producerEpoch: number;
  firstSequence: number;
  firstTimestamp: string;
  maxTimestamp: string;
  lastOffsetDelta: number;
}>;
const load = createRequire(import.meta.url);
const KafkajsDecoder = load('kafkajs/src/protocol/decoder') as new (raw: Buffer) => object;
const kafkajsBatch = load('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<Decoded>;

const HEAD: BatchHead = { producerId: 7n, producerEpoch: 3, firstSequence: 41, at: 1_795_000_000_123 };
const plain = (): undefined => undefined;
const gzipped = (raw: Buffer): Promise<Buffer> => Promise.resolve(gzipSync(raw));

type Said = Readonly<{ key: string; value: string; headers?: Readonly<Record<string, string>> }>;
const recordOf = ({ key, value, headers = {} }: Said): BatchRecord => ({
  key,
  value,
  keyBytes: Buffer.byteLength(key),
  valueBytes: Buffer.byteLength(value),
  headers: headerBlock(headers),
});
/** Half a surrogate pair has no bytes of its own in UTF-8. */
const asUtf8 = (text: string): string => Buffer.from(text).toString();
const rowsOf = (batch: Buffer): readonly Row[] => {
  const [part] = fetchAnswer(answerWith(batch), { traces: true }).parts;
  expect(part?.unreadable).toBe(0);
  return part?.rows ?? [];
};
const byKafkajs = (batch: Buffer): Promise<Decoded> => kafkajsBatch(new KafkajsDecoder(batch));

async function isReadAs(batch: Buffer, said: readonly Said[]): Promise<void> {
  const expected = said.map(({ key, value, headers = {} }) => ({ key: asUtf8(key), value: asUtf8(value), headers }));
  expect(rowsOf(batch).map(({ offset, at, key, value }) => ({ offset, at, key, value }))).toEqual(
    expected.map(({ key, value }, offset) => ({ offset, at: HEAD.at, key, value })),
  );
  const { records, ...head } = await byKafkajs(batch);
  expect(
    records.map(({ key, value, offset, timestamp, headers }) => ({
      key: String(key),
      value: String(value),
      offset,
      timestamp,
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
    })),
  ).toEqual(expected.map((one, i) => ({ ...one, offset: String(i), timestamp: String(HEAD.at) })));
  const at = String(HEAD.at);
  const numbers = { producerId: '7', producerEpoch: 3, firstSequence: 41, firstTimestamp: at, maxTimestamp: at };
  expect(head).toMatchObject({ ...numbers, lastOffsetDelta: said.length - 1 });
  expect(batch.readUInt32BE(17)).toBe(crc32c(batch.subarray(21)));
  expect(batch.readInt32BE(8)).toBe(batch.length - 12);
}

describe('crc32c', () => {
  test('known sums: the check value, and those of RFC 3720, B.4', () => {
    const rising = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(0))).toBe(0);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(rising)).toBe(0x46dd794e);
    expect(crc32c(Buffer.from(rising).reverse())).toBe(0x113fdb5c);
  });

  test('eight bytes a step give what one bit a step gives, wherever it begins', () => {
    const byBits = (bytes: Uint8Array): number => {
      let sum = 0xffffffff;
      for (const byte of bytes) {
        sum ^= byte;
        for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
      }
      return ~sum >>> 0;
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), (bytes, from) => {
        const begin = Math.min(from, bytes.length);
        expect(crc32c(bytes, begin)).toBe(byBits(bytes.subarray(begin)));
      }),
    );
  });
});

describe('recordBatch', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom(
      '',
      '燃气管网',
      '一号泵站 🚰',
      '\ud800',
      '\u0000',
      'x'.repeat(63),
      'x'.repeat(64),
      'é'.repeat(4_096),
      'y'.repeat(70_000),
    ),
  );
  // kafkajs reads headers into an object with a prototype.
  const names = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }).filter((name) => !(name in {}));
  const said = fc.record({ key: text, value: text, headers: fc.dictionary(names, fc.string({ maxLength: 90 }), { maxKeys: 3 }) });

  test.each([
    ['plain', plain],
    ['gzipped', gzipped],
  ])('whatever the texts are, two readers that know nothing of each other read what was written: %s', async (_, pack) => {
    await fc.assert(
      fc.asyncProperty(fc.array(said, { minLength: 1, maxLength: 12 }), async (all) => {
        await isReadAs(await recordBatch(HEAD, all.map(recordOf), pack), all);
      }),
      { numRuns: 60 },
    );
  });

  test.each([1, 63, 64, 65, 5_000])('%i records: the offsets count on', async (count) => {
    const all = Array.from({ length: count }, (_, i) => ({ key: `站点-${i % 7}`, value: `{"v":${i}}`, headers: { kind: 'readings' } }));
    for (const pack of [plain, gzipped]) await isReadAs(await recordBatch(HEAD, all.map(recordOf), pack), all);
  });

  test('a record takes no more beside its texts and headers than is reckoned', async () => {
    const all = Array.from({ length: 5_000 }, (_, i) => ({ key: '', value: i === 0 ? 'x'.repeat(3 * 1024 * 1024) : '' }));
    const batch = await recordBatch(HEAD, all.map(recordOf), plain);
    expect(batch.length).toBeLessThanOrEqual(3 * 1024 * 1024 + 5_000 * RECORD_FRAME_BYTES);
  });

  test('a trace is read from where it was written, among other headers', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const batch = await recordBatch(HEAD, [recordOf({ key: 'a', value: '1', headers: { schema: 's', [TRACE_HEADER]: trace } })], plain);
    expect(rowsOf(batch)[0]?.trace).toBe(trace);
  });

  test('what gzip makes longer stays plain, and what it makes shorter says so', async () => {
    const codecOf = (batch: Buffer): number => batch.readInt16BE(21);
    expect(codecOf(await recordBatch(HEAD, [recordOf({ key: 'a', value: '1' })], gzipped))).toBe(0);
    const long = await recordBatch(HEAD, [recordOf({ key: 'a', value: 'x'.repeat(1_000) })], gzipped);
    expect(codecOf(long)).toBe(1);
    expect(gunzipSync(long.subarray(61)).length).toBeGreaterThan(1_000);
  });

  test('P2: the last sequence, the largest identity and a time in parts of a millisecond are written as they are', async () => {
    const head = { producerId: 2n ** 63n - 1n, producerEpoch: 32_767, firstSequence: 2 ** 31 - 1, at: 1_795_000_000_123.75 };
    const all = [recordOf({ key: 'a', value: '1' }), recordOf({ key: 'a', value: '2' })];
    expect(await byKafkajs(await recordBatch(head, all, plain))).toMatchObject({
      producerId: '9223372036854775807',
      producerEpoch: 32_767,
      firstSequence: 2_147_483_647,
      firstTimestamp: '1795000000123',
      maxTimestamp: '1795000000123',
    });
  });
});
