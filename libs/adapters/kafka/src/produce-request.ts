import { cursorOn } from './cursor.js';
import type { WireRequest } from './kafkajs-inside.js';

/** A record batch on its way to the leader of its partition. */
export type OutPartition = Readonly<{ partition: number; batch: Buffer }>;
export type OutTopic = Readonly<{ topic: string; partitions: readonly OutPartition[] }>;
export type ProduceFields = Readonly<{
  /** How long the leader waits for its replicas, ms. */
  timeout: number;
  topics: readonly OutTopic[];
}>;
/** What became of the batch of one partition. */
export type Produced = Readonly<{ topic: string; partition: number; errorCode: number; offset: number; at: number }>;

const API = { apiKey: 0, apiVersion: 7, apiName: 'Produce' } as const;
const NO_TRANSACTION = -1;
const ALL_IN_SYNC_REPLICAS = -1;

/** Writes a Produce request, version 7. Format: Kafka protocol guide, "Produce Request v7". */
export function produceRequest(fields: ProduceFields): WireRequest {
  return { ...API, encode: () => Promise.resolve({ buffer: bodyOf(fields) }) };
}

function bodyOf({ timeout, topics }: ProduceFields): Buffer {
  const body = Buffer.allocUnsafe(topics.reduce((sum, topic) => sum + sizeOf(topic), 12));
  let at = body.writeInt16BE(NO_TRANSACTION, 0);
  at = body.writeInt16BE(ALL_IN_SYNC_REPLICAS, at);
  at = body.writeInt32BE(timeout, at);
  at = body.writeInt32BE(topics.length, at);
  for (const { topic, partitions } of topics) {
    at = body.writeInt16BE(Buffer.byteLength(topic), at);
    at += body.write(topic, at);
    at = body.writeInt32BE(partitions.length, at);
    for (const { partition, batch } of partitions) {
      at = body.writeInt32BE(partition, at);
      at = body.writeInt32BE(batch.length, at);
      at += batch.copy(body, at);
    }
  }
  return body;
}

function sizeOf({ topic, partitions }: OutTopic): number {
  return partitions.reduce((sum, { batch }) => sum + 8 + batch.length, 6 + Buffer.byteLength(topic));
}

/** Reads a Produce answer, version 7. */
export function producedAnswer(raw: Buffer): readonly Produced[] {
  const cursor = cursorOn(raw);
  const produced: Produced[] = [];
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const topic = cursor.text(cursor.int16());
    for (let n = cursor.int32(); n > 0; n--) {
      produced.push({ topic, partition: cursor.int32(), errorCode: cursor.int16(), offset: cursor.int64(), at: cursor.int64() });
      cursor.skip(8); // where the log begins
    }
  }
  return produced;
}
