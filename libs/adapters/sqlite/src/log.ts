import { type Topic, partitionFor } from '@anlan/contracts';
import { type Meter, silentMeter } from '@anlan/observability';
import { type Clock, type Log, type LogPlace, LogUnavailable, type NewRecord } from '@anlan/ports';
import { type Calls, type HostDeps, hostStore } from './host.js';
import type { LogFile, LogGroup, NewRows } from './log-file.js';
import type { Place } from './log-parts.js';
import { type LogTail, logTail } from './log-tail.js';

export type SqliteLogDeps = HostDeps &
  Readonly<{ file: string; clock: Clock; meter?: Meter; /** Partitions of every topic; 1 if left out. */ partitions?: number }>;

/** Bounds of one transaction. */
const MOST_RECORDS = 5_000;
const MOST_CHARS = 4 * 1024 * 1024;
/** Text that may wait for the disk; beyond it appends are refused at once. */
const MOST_WAITING_CHARS = 64 * 1024 * 1024;
const MOST_READ_CHARS = 4 * 1024 * 1024;
const EXPIRE_AT_ONCE = 5_000;
/** Quiet for so long, the write-ahead file is emptied. */
const TIDY_AFTER_MS = 5_000;

type Waiting = Readonly<{
  records: readonly (readonly [NewRecord, number])[];
  group: LogGroup | undefined;
  chars: number;
  done(places: readonly LogPlace[]): void;
  failed(error: Error): void;
}>;
type Waiter = Readonly<{ offset: number; wake: () => void }>;
type Part = {
  first: number;
  next: number;
  lastAt: number;
  tail: LogTail;
  readonly waiters: Set<Waiter>;
  readonly groups: Map<string, number>;
};

/** The log of the standalone form: `log.db`, group commit with a full sync. */
export async function sqliteLog(deps: SqliteLogDeps): Promise<Log & Readonly<{ sizeOnDisk(): Promise<number> }>> {
  const { clock, file, meter = silentMeter, partitions = 1 } = deps;
  const store: Calls<LogFile> = await hostStore('log', { file, partitions }, deps);
  const parts = await loadParts(store);
  const partOf = (topic: Topic, partition: number): Part => known(parts, topic, partition);
  const queue = groupCommit({ clock, meter, store, partOf });

  const appended = (records: readonly (readonly [NewRecord, number])[]): Promise<readonly LogPlace[]> => queue.add(records, undefined);
  return {
    partitions: () => partitions,
    partitionOf: (_topic, key) => partitionFor(key, partitions),
    append: (records) => appended(records.map((record) => [record, partitionFor(record.key, partitions)])),
    appendToAll: (record) => appended(Array.from({ length: partitions }, (_, partition) => [record, partition])),
    async read(topic, partition, offset, max) {
      const part = partOf(topic, partition);
      const from = Math.max(offset, part.first);
      return part.tail.from(from, max) ?? store.read({ topic, partition }, from, max, MOST_READ_CHARS);
    },
    async bounds(topic, partition) {
      const { first, next } = partOf(topic, partition);
      return { first, next };
    },
    until: (topic, partition, offset, signal) => readable(partOf(topic, partition), offset, signal),
    async committed(group, topic, partition) {
      return partOf(topic, partition).groups.get(group) ?? 0;
    },
    async commit(group, topic, partition, next) {
      const end = partOf(topic, partition).next;
      if (next > end) throw new RangeError(`${group} commits ${next} of ${topic}/${partition}, which ends at ${end}`);
      await queue.add([], { group, topic, partition, next });
    },
    async expire(topic, before) {
      let gone = 0;
      for (let partition = 0; partition < partitions; partition++)
        gone += await expirePart(store, partOf(topic, partition), { topic, partition }, before);
      return gone;
    },
    sizeOnDisk: () => store.sizeOnDisk(),
    async close() {
      await queue.close();
      await store.close();
    },
  };
}

async function loadParts(store: Calls<LogFile>): Promise<Map<string, Part>> {
  const parts = new Map<string, Part>();
  for (const { topic, partition, ...rest } of await store.parts())
    Object.assign(known(parts, topic, partition), rest, { tail: logTail(rest.next) });
  for (const { group, topic, partition, next } of await store.groups()) known(parts, topic, partition).groups.set(group, next);
  return parts;
}

function known(parts: Map<string, Part>, topic: Topic, partition: number): Part {
  const name = `${topic}/${partition}`;
  const found = parts.get(name);
  if (found) return found;
  const made: Part = {
    first: 0,
    next: 0,
    lastAt: 0,
    tail: logTail(0),
    waiters: new Set<Waiter>(),
    groups: new Map<string, number>(),
  };
  parts.set(name, made);
  return made;
}

type QueueDeps = Readonly<{ clock: Clock; meter: Meter; store: Calls<LogFile>; partOf(topic: Topic, partition: number): Part }>;
type Queue = Readonly<{
  add(records: Waiting['records'], group: LogGroup | undefined): Promise<readonly LogPlace[]>;
  close(): Promise<void>;
}>;

/** Appends that wait while the disk works are the next transaction: the slower the disk, the larger the groups. */
function groupCommit({ clock, meter, store, partOf }: QueueDeps): Queue {
  let queue: Waiting[] = [];
  let waitingChars = 0;
  let running: Promise<void> | undefined;
  let closed = false;
  let cancelTidy = (): void => undefined;

  const take = (): readonly Waiting[] => {
    let [records, chars, n] = [0, 0, 0];
    for (; n < queue.length; n++) {
      const next = queue[n];
      if (next === undefined || (n > 0 && (records + next.records.length > MOST_RECORDS || chars + next.chars > MOST_CHARS))) break;
      records += next.records.length;
      chars += next.chars;
    }
    const batch = queue.slice(0, n);
    queue = queue.slice(n);
    waitingChars -= chars;
    return batch;
  };
  const write = async (batch: readonly Waiting[]): Promise<void> => {
    const { places, fresh } = placed(batch, clock.now(), partOf);
    const groups = batch.flatMap(({ group }) => (group === undefined ? [] : [group]));
    const began = clock.mono();
    try {
      await store.write(fresh, groups);
    } catch (cause) {
      const error = new LogUnavailable(`the log could not be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
      return batch.forEach(({ failed }) => failed(error));
    }
    meter.observe('anlan_log_append_seconds', (clock.mono() - began) / 1_000);
    if (fresh.length > 0)
      meter.observe(
        'anlan_log_group_size',
        fresh.reduce((sum, { values }) => sum + values.length, 0),
      );
    publish(fresh, groups, partOf);
    batch.forEach(({ done }, i) => done(places[i] ?? []));
  };
  const run = async (): Promise<void> => {
    cancelTidy();
    for (let batch = take(); batch.length > 0; batch = take()) await write(batch);
    running = undefined;
    if (!closed) cancelTidy = clock.after(TIDY_AFTER_MS, () => void store.tidy().catch(() => undefined));
  };

  return {
    add(records, group) {
      const chars = records.reduce((sum, [{ key, value }]) => sum + key.length + value.length, 0);
      if (closed) return Promise.reject(new LogUnavailable('the log is closed'));
      if (waitingChars + chars > MOST_WAITING_CHARS) return Promise.reject(new LogUnavailable('too much waits for the disk'));
      if (records.length === 0 && group === undefined) return Promise.resolve([]);
      waitingChars += chars;
      return new Promise((done, failed) => {
        queue.push({ records, group, chars, done, failed });
        // Started in a later microtask, so that all who append in one turn share its transaction.
        running ??= Promise.resolve().then(run);
      });
    },
    async close() {
      closed = true;
      await running;
      cancelTidy();
    },
  };
}

type Growing = { -readonly [K in keyof NewRows]: NewRows[K] } & { keys: string[]; values: string[] };
type Placed = Readonly<{
  /** Of each one that waited, in its order. */ places: readonly (readonly LogPlace[])[];
  fresh: readonly NewRows[];
}>;

/** Gives every record its place; nothing of the partitions changes before the disk has it. */
function placed(batch: readonly Waiting[], now: number, partOf: QueueDeps['partOf']): Placed {
  const fresh = new Map<Part, Growing>();
  const place = ([{ topic, key, value }, partition]: Waiting['records'][number]): LogPlace => {
    const part = partOf(topic, partition);
    const rows = fresh.get(part) ?? { topic, partition, offset: part.next, at: Math.max(part.lastAt, now), keys: [], values: [] };
    fresh.set(part, rows);
    rows.keys.push(key);
    return { topic, partition, offset: rows.offset + rows.values.push(value) - 1, at: rows.at };
  };
  return { places: batch.map(({ records }) => records.map(place)), fresh: [...fresh.values()] };
}

function publish(fresh: readonly NewRows[], groups: readonly LogGroup[], partOf: QueueDeps['partOf']): void {
  const touched = new Set<Part>();
  for (const { topic, partition, offset, at, keys, values } of fresh) {
    const part = partOf(topic, partition);
    values.forEach((value, i) => part.tail.push({ topic, partition, offset: offset + i, at, key: keys[i] ?? '', value }));
    part.next = offset + values.length;
    part.lastAt = at;
    touched.add(part);
  }
  for (const { group, topic, partition, next } of groups) {
    const part = partOf(topic, partition);
    part.groups.set(group, Math.max(next, part.groups.get(group) ?? 0));
  }
  for (const part of touched) for (const waiter of [...part.waiters]) if (waiter.offset < part.next) waiter.wake();
}

function readable(part: Part, offset: number, signal: AbortSignal): Promise<void> {
  if (offset < part.next || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      part.waiters.delete(waiter);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const waiter: Waiter = { offset, wake: end };
    part.waiters.add(waiter);
    signal.addEventListener('abort', end, { once: true });
  });
}

/** In slices, so that appends get their turn in between. */
async function expirePart(store: Calls<LogFile>, part: Part, place: Place, before: number): Promise<number> {
  const keepFrom = Math.min(part.next, ...part.groups.values());
  let gone = 0;
  for (let slice = EXPIRE_AT_ONCE; slice === EXPIRE_AT_ONCE; gone += slice) {
    slice = await store.expire(place, before, keepFrom, EXPIRE_AT_ONCE);
    part.first += slice;
  }
  return gone;
}
