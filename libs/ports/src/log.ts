import type { Millis, Topic } from '@anlan/contracts';

export type NewRecord = Readonly<{
  topic: Topic;
  key: string;
  /** JSON text. */ value: string;
  /** Where in a trace it was written (W3C `traceparent`). A log may leave it out. */ trace?: string;
}>;
export type LogRecord = Readonly<{
  topic: Topic;
  partition: number;
  /** 0, 1, 2 … a topic and partition. */ offset: number;
  /** Time of append, never falling within a partition. */ at: Millis;
  key: string;
  value: string;
  /** As its writer gave it, where the log keeps it and is asked for it. */ trace?: string;
}>;
export type LogPlace = Readonly<{ topic: Topic; partition: number; offset: number; at: Millis }>;

/** The log refused an append for a reason that waiting may heal (disk full, engine away). Nothing of the append is kept, or the outcome is unknown. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
}

/**
 * Append-only log with partitions and consumer groups.
 *
 * L1  `append` resolves only when all its records are durable (fsync, or replicas); they become readable together, in order.
 * L2  Offsets have no holes; records never change; reading the same place twice gives the same record until retention removes it.
 * L3  Many appends may be in flight; the adapter commits them in groups, in the order of the calls.
 * L4  `commit` is durable when it resolves. It says where to go on; it may only grow, except through `seek`.
 */
export type Log = Readonly<{
  partitions(topic: Topic): number;
  /** Partition of a key: stable for ever (golden values in the contract suite). */
  partitionOf(topic: Topic, key: string): number;
  append(records: readonly NewRecord[]): Promise<readonly LogPlace[]>;
  /** One record into every partition of its topic (control records). */
  appendToAll(record: NewRecord): Promise<readonly LogPlace[]>;
  /** From `offset` on, at most `max` (fewer where records are large), in order; empty only at the end. Starts at the oldest kept record when `offset` is older. */
  read(topic: Topic, partition: number, offset: number, max: number): Promise<readonly LogRecord[]>;
  /** Oldest kept offset and the next offset to be written. */
  bounds(topic: Topic, partition: number): Promise<Readonly<{ first: number; next: number }>>;
  /** Resolves when a record at `offset` is readable, or when `signal` aborts. */
  until(topic: Topic, partition: number, offset: number, signal: AbortSignal): Promise<void>;
  committed(group: string, topic: Topic, partition: number): Promise<number>;
  /** A smaller `next` than before changes nothing; one beyond the end is a bug and throws RangeError. */
  commit(group: string, topic: Topic, partition: number, next: number): Promise<void>;
  /** Removes records of the topic appended before `before`, but none that a known group (one that ever committed in that partition) has not committed. Returns how many. */
  expire(topic: Topic, before: Millis): Promise<number>;
  close(): Promise<void>;
}>;
