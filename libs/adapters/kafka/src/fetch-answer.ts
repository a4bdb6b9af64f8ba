import { gunzipSync } from 'node:zlib';
import { tracePlace } from '@anlan/observability';
import { type Cursor, cursorOn } from './cursor.js';

export type Row = Readonly<{ offset: number; at: number; key: string; value: string; trace?: string }>;
/** `traces`: the header `traceparent` of each record is read too, which costs time. */
export type ReadOptions = Readonly<{ traces: boolean }>;
/** The header that says where in a trace a record was written (W3C Trace Context). */
export const TRACE_HEADER = 'traceparent';
export type FetchedPart = Readonly<{
  topic: string;
  partition: number;
  errorCode: number;
  /** Next offset to be written, as the leader knows it. */
  end: number;
  rows: readonly Row[];
  /** Offset after the last whole batch; 0 when there is none. */
  next: number;
  /** Records that could not be read; they stand in `rows` with an empty key and value, so that reading goes on. */
  unreadable: number;
}>;

const BATCH_HEAD = 61;
const MOST_UNZIPPED = 64 * 1024 * 1024;
/** No batch has more records; a head that says so is torn as well. */
const MOST_UNREAD = 100_000;
const COMPRESSION_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const GZIP = 1;

/**
 * Reads a Fetch answer, version 11.
 *
 * Our own instead of kafkajs': a batch that cannot be read (a foreign codec, torn bytes) costs only its own records, not the whole
 * answer, and it makes no 64-bit objects and no promise a record. Format: Kafka protocol guide, "Fetch Response v11", "Record batch v2".
 */
export function fetchAnswer(raw: Buffer, options: ReadOptions): Readonly<{ errorCode: number; parts: readonly FetchedPart[] }> {
  const cursor = cursorOn(raw);
  cursor.skip(4);
  const errorCode = cursor.int16();
  cursor.skip(4);
  const parts: FetchedPart[] = [];
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const topic = cursor.text(cursor.int16());
    for (let n = cursor.int32(); n > 0; n--) parts.push(readPart(cursor, topic, options));
  }
  return { errorCode, parts };
}

type Aborted = Readonly<{ producer: bigint; first: number }>;

function readPart(cursor: Cursor, topic: string, options: ReadOptions): FetchedPart {
  const partition = cursor.int32();
  const errorCode = cursor.int16();
  const end = cursor.int64();
  cursor.skip(16);
  const aborted: Aborted[] = [];
  for (let n = cursor.int32(); n > 0; n--) aborted.push({ producer: cursor.bigint64(), first: cursor.int64() });
  cursor.skip(4);
  const batches = cursor.bytes(Math.max(0, cursor.int32()));
  return { topic, partition, errorCode, end, ...readBatches(batches, aborted, options) };
}

function readBatches(raw: Buffer, aborted: readonly Aborted[], options: ReadOptions): Pick<FetchedPart, 'rows' | 'next' | 'unreadable'> {
  const rows: Row[] = [];
  // An aborted transaction reaches from its first offset to the marker that ends it.
  const begun = [...aborted].sort((a, b) => a.first - b.first);
  const gone = new Set<bigint>();
  let next = 0;
  let unreadable = 0;
  for (let at = 0; at + 12 <= raw.length;) {
    const length = raw.readInt32BE(at + 8);
    // The last batch may be cut off by the size that we asked for.
    if (length < 0 || at + 12 + length > raw.length) break;
    const batch = readBatch(raw.subarray(at, at + 12 + length), options);
    for (; (begun[0]?.first ?? Infinity) <= batch.last; begun.shift()) if (begun[0]) gone.add(begun[0].producer);
    if (batch.kind === 'end of transaction') gone.delete(batch.producer);
    if (batch.kind === 'records' && !(batch.inTransaction && gone.has(batch.producer))) for (const row of batch.rows) rows.push(row);
    unreadable += batch.unreadable;
    next = batch.last + 1;
    at += 12 + length;
  }
  return { rows, next, unreadable };
}

type Batch = Readonly<{
  kind: 'records' | 'end of transaction';
  inTransaction: boolean;
  producer: bigint;
  last: number;
  rows: readonly Row[];
  unreadable: number;
}>;

function readBatch(raw: Buffer, { traces }: ReadOptions): Batch {
  const first = Number(raw.readBigInt64BE(0));
  if (raw.length < BATCH_HEAD || raw.readInt8(16) !== 2) return unread(first, first, 0);
  const attributes = raw.readInt16BE(21);
  const last = first + Math.max(0, raw.readInt32BE(23));
  const head = {
    kind: attributes & CONTROL ? ('end of transaction' as const) : ('records' as const),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
    producer: raw.readBigInt64BE(43),
    last,
    unreadable: 0,
  };
  if (head.kind === 'end of transaction') return { ...head, rows: [] };
  const maxAt = Number(raw.readBigInt64BE(35));
  const codec = attributes & COMPRESSION_MASK;
  try {
    const body = codec === 0 ? raw.subarray(BATCH_HEAD) : unzip(codec, raw.subarray(BATCH_HEAD));
    const times = attributes & LOG_APPEND_TIME ? { base: maxAt, deltas: 0 } : { base: Number(raw.readBigInt64BE(27)), deltas: 1 };
    return { ...head, rows: readRecords(body, { count: raw.readInt32BE(57), first, traces, ...times }) };
  } catch {
    return unread(first, last, maxAt);
  }
}

/** Places without content, so that whoever reads can refuse them one by one and go on. */
function unread(first: number, last: number, at: number): Batch {
  const rows = Array.from({ length: Math.min(last - first + 1, MOST_UNREAD) }, (_, i) => ({ offset: first + i, at, key: '', value: '' }));
  return { kind: 'records', inTransaction: false, producer: -1n, last, rows, unreadable: rows.length };
}

function unzip(codec: number, raw: Buffer): Buffer {
  if (codec !== GZIP) throw new RangeError(`codec ${codec}`);
  return gunzipSync(raw, { maxOutputLength: MOST_UNZIPPED });
}

type Records = Readonly<{ count: number; first: number; base: number; deltas: number; traces: boolean }>;

function readRecords(raw: Buffer, { count, first, base, deltas, traces }: Records): readonly Row[] {
  const cursor = cursorOn(raw);
  const rows: Row[] = [];
  for (let i = 0; i < count; i++) {
    const end = cursor.varint() + cursor.at();
    cursor.skip(1);
    const at = base + deltas * cursor.varint();
    const offset = first + cursor.varint();
    // A missing key or value (a tombstone) reads as empty text.
    const key = cursor.text(Math.max(0, cursor.varint()));
    const value = cursor.text(Math.max(0, cursor.varint()));
    const trace = traces ? traceIn(raw.subarray(cursor.at(), end)) : undefined;
    rows.push(trace === undefined ? { offset, at, key, value } : { offset, at, key, value, trace });
    cursor.moveTo(end);
  }
  return rows;
}

/** The `traceparent` among the headers of a record. Strange headers of another writer cost nothing but themselves. */
function traceIn(headers: Buffer): string | undefined {
  const cursor = cursorOn(headers);
  try {
    for (let n = cursor.varint(); n > 0; n--) {
      const nameLength = cursor.varint();
      const isIt = nameLength === TRACE_HEADER.length && cursor.text(nameLength) === TRACE_HEADER;
      if (nameLength !== TRACE_HEADER.length) cursor.skip(nameLength);
      const valueLength = Math.max(0, cursor.varint());
      if (isIt) return tracePlace(cursor.text(valueLength));
      cursor.skip(valueLength);
    }
  } catch {
    return undefined; // torn headers
  }
  return undefined;
}
