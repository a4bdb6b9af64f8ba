import { crc32c } from './crc32c.js';

/** A record on its way into a batch. Its bytes are counted once, when it is taken in. */
export type BatchRecord = Readonly<{
  key: string;
  value: string;
  /** Lengths as UTF-8. */
  keyBytes: number;
  valueBytes: number;
  /** As `headerBlock` writes them. */
  headers: Buffer;
}>;

/** What a batch says of itself. */
export type BatchHead = Readonly<{
  producerId: bigint;
  producerEpoch: number;
  /** Of the first record; the rest count on from it, and after 2^31 − 1 comes 0. */
  firstSequence: number;
  /** Time of every record, in ms. Our topics put the leader's in its place. */
  at: number;
}>;

/** Reckoned for a record beside key, value and headers; its lengths and its place take 20 bytes at most. */
export const RECORD_FRAME_BYTES = 32;
const HEAD_BYTES = 61;
const MAGIC = 2;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
/** Attributes of a record and its time after that of the first one, both 0. */
const STILL_BYTES = 2;
/** Attributes of a batch: its codec, times by their writer, no transaction. */
const PLAIN = 0;
const GZIPPED = 1;

/** Gzips the bytes of records, or gives nothing when they are to stay as they are. */
export type Pack = (records: Buffer) => Promise<Buffer> | undefined;

/** A record batch, version 2, as an idempotent producer sends it. Format: Kafka protocol guide, "Record batch". */
export async function recordBatch(head: BatchHead, records: readonly BatchRecord[], pack: Pack): Promise<Buffer> {
  const plain = plainBatch(records);
  const packed = await pack(plain.subarray(HEAD_BYTES));
  if (!packed || packed.length + HEAD_BYTES >= plain.length) return sealed(plain, head, { count: records.length, attributes: PLAIN });
  const room = plain.subarray(0, HEAD_BYTES);
  return sealed(Buffer.concat([room, packed]), head, { count: records.length, attributes: GZIPPED });
}

/** Records in a row, with room for the head in front. */
function plainBatch(records: readonly BatchRecord[]): Buffer {
  let bytes = HEAD_BYTES;
  for (const [i, record] of records.entries()) {
    const body = bodyBytes(record, i);
    bytes += varintBytes(body) + body;
  }
  const batch = Buffer.allocUnsafe(bytes);
  let at = HEAD_BYTES;
  for (const [i, record] of records.entries()) at = writeRecord(batch, at, record, i);
  return batch;
}

function bodyBytes({ keyBytes, valueBytes, headers }: BatchRecord, index: number): number {
  return STILL_BYTES + varintBytes(index) + varintBytes(keyBytes) + keyBytes + varintBytes(valueBytes) + valueBytes + headers.length;
}

function writeRecord(batch: Buffer, from: number, record: BatchRecord, index: number): number {
  let at = writeVarint(batch, from, bodyBytes(record, index));
  at = batch.writeInt16BE(0, at);
  at = writeVarint(batch, at, index);
  at = writeText(batch, at, record.key, record.keyBytes);
  at = writeText(batch, at, record.value, record.valueBytes);
  return at + record.headers.copy(batch, at);
}

/** Writes the head, whose sum covers all that follows it. */
function sealed(batch: Buffer, head: BatchHead, { count, attributes }: Readonly<{ count: number; attributes: number }>): Buffer {
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - 12, 8);
  // The leader writes its epoch here.
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(MAGIC, 16);
  batch.writeInt16BE(attributes, ATTRIBUTES_AT);
  batch.writeInt32BE(count - 1, 23);
  const at = BigInt(Math.trunc(head.at));
  batch.writeBigInt64BE(at, 27);
  batch.writeBigInt64BE(at, 35);
  batch.writeBigInt64BE(head.producerId, 43);
  batch.writeInt16BE(head.producerEpoch, 51);
  batch.writeInt32BE(head.firstSequence, 53);
  batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT), CRC_AT);
  return batch;
}

const NO_HEADERS = Buffer.from([0]);

/** Headers of a record as they lie in it. */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(headers);
  if (pairs.length === 0) return NO_HEADERS;
  const texts = pairs.flat().map((text) => ({ text, bytes: Buffer.byteLength(text) }));
  const block = Buffer.allocUnsafe(texts.reduce((sum, { bytes }) => sum + varintBytes(bytes) + bytes, varintBytes(pairs.length)));
  let at = writeVarint(block, 0, pairs.length);
  for (const { text, bytes } of texts) at = writeText(block, at, text, bytes);
  return block;
}

function writeText(into: Buffer, from: number, text: string, bytes: number): number {
  const at = writeVarint(into, from, bytes);
  // As many bytes as characters: ASCII, which is copied without a look at each.
  return at + into.write(text, at, bytes, bytes === text.length ? 'latin1' : 'utf8');
}

/** Zigzag: a length n is written as 2n, in groups of seven bits. */
function varintBytes(n: number): number {
  return n < 0x40 ? 1 : n < 0x2000 ? 2 : n < 0x10_0000 ? 3 : n < 0x800_0000 ? 4 : 5;
}

function writeVarint(into: Buffer, from: number, n: number): number {
  let at = from;
  let rest = (n << 1) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) into[at++] = (rest & 0x7f) | 0x80;
  into[at++] = rest;
  return at;
}
