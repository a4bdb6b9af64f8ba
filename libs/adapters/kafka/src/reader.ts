import type { Topic } from '@anlan/contracts';
import type { Logger, Meter } from '@anlan/observability';
import type { Clock, LogPlace, LogRecord } from '@anlan/ports';
import type { Cluster } from './cluster.js';
import { throwIf } from './fault.js';
import type { FetchedPart } from './fetch-answer.js';
import { askAgain, fetching, MOST_FETCHED_OF_ONE, OFFSET_OUT_OF_RANGE, polling, type Windows } from './poll.js';
import { patiently } from './patience.js';
import { type Call, EARLIEST, LATEST, listOffset, type Offsets } from './protocol.js';
import { type Window, windowAt } from './window.js';

export type Reader = Readonly<{
  read(topic: Topic, partition: number, offset: number, max: number): Promise<readonly LogRecord[]>;
  until(topic: Topic, partition: number, offset: number, signal: AbortSignal): Promise<void>;
  bounds(topic: Topic, partition: number): Promise<Readonly<{ first: number; next: number }>>;
  /** The log reaches at least so far: told by whoever appended. */
  reaches(topic: Topic, partition: number, next: number): void;
  /** The furthest end that was ever seen. */
  knownEnd(topic: Topic, partition: number): number;
  close(): void;
}>;
export type ReaderDeps = Readonly<{
  cluster: Cluster;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  nameOf(topic: Topic): string;
  /** Whether records come with their traces. */
  traces: boolean;
  /** See `PollDeps`. */
  restMs: number;
}>;

type Place = Pick<LogPlace, 'topic' | 'partition'>;

const LEADER_WITHIN_MS = 2_000;
/** An answer without what was asked for. */
const UNKNOWN = -1;
/** Readers of one partition in one process that are far apart. */
const MOST_WINDOWS = 4;

/**
 * Reads for a log that is pulled: one window for each reader, recognised by where it goes on, filled ahead by one long poll a broker.
 *
 * F1  `read` answers from the window; it asks the broker itself only for a place that no window covers, or at an end that no poll watches.
 * F2  A reader whose place was removed by retention goes on at the oldest record; one whose place is beyond the end waits there.
 *     Both are counted and logged once: neither is ever passed over in silence.
 * F3  When a broker does not answer, `until` returns, so that the next `read` can say so.
 */
export function kafkaReader(deps: ReaderDeps): Reader {
  const { cluster, clock, meter, logger, nameOf } = deps;
  const reading = { traces: deps.traces };
  const ends = new Map<string, number>();
  const knownEnd: Reader['knownEnd'] = (topic, partition) => ends.get(keyOf(topic, partition)) ?? 0;
  const reaches: Reader['reaches'] = (topic, partition, next) => {
    if (next > knownEnd(topic, partition)) ends.set(keyOf(topic, partition), next);
  };
  const windows = windowShelf();
  const onFetched = (topic: Topic, part: FetchedPart): void => {
    reaches(topic, part.partition, part.end);
    if (part.unreadable === 0) return;
    const { partition, unreadable, next } = part;
    logger.error('records of the log cannot be read and are passed on empty', { topic, partition, records: unreadable, before: next });
  };
  const poll = polling({ cluster, clock, nameOf, windows, reading, restMs: deps.restMs, onFetched });

  /** A leader that moved is looked for, for a moment; a broker that is away is told. */
  const atLeader = <T>(place: Place, call: Call<T>, codeOf: (answer: T) => number): Promise<T> =>
    patiently(clock, LEADER_WITHIN_MS, async () => {
      const answer = await cluster.send(await cluster.leader(nameOf(place.topic), place.partition), 'ask', call);
      if (askAgain(codeOf(answer))) cluster.stale();
      throwIf(codeOf(answer));
      return answer;
    });
  const edge = async (topic: Topic, partition: number, which: string): Promise<number> => {
    const partOf = ({ responses }: Offsets): Offsets['responses'][number]['partitions'][number] | undefined => responses[0]?.partitions[0];
    const call = listOffset(nameOf(topic), partition, which);
    return Number(partOf(await atLeader({ topic, partition }, call, (answer) => partOf(answer)?.errorCode ?? UNKNOWN))?.offset);
  };
  const bounds: Reader['bounds'] = async (topic, partition) => {
    const [first, next] = await Promise.all([edge(topic, partition, EARLIEST), edge(topic, partition, LATEST)]);
    reaches(topic, partition, next);
    return { first, next };
  };
  /** One fetch that does not wait; undefined when the log does not have that place. */
  const fetchAt = async (topic: Topic, partition: number, offset: number): Promise<FetchedPart | undefined> => {
    const wanted = [{ topic: nameOf(topic), partitions: [{ partition, fetchOffset: String(offset), maxBytes: MOST_FETCHED_OF_ONE }] }];
    const [part] = await atLeader({ topic, partition }, fetching(wanted, 0, reading), ([found]) => {
      const code = found?.errorCode ?? UNKNOWN;
      return code === OFFSET_OUT_OF_RANGE ? 0 : code;
    });
    if (part?.errorCode === OFFSET_OUT_OF_RANGE) return undefined;
    if (part) onFetched(topic, part);
    return part;
  };
  const reported = new Map<string, number>();
  const cut = new Map<string, number>();
  const reportGap = (topic: Topic, partition: number, offset: number, first: number): void => {
    const from = Math.max(offset, reported.get(keyOf(topic, partition)) ?? 0);
    if (from >= first) return;
    reported.set(keyOf(topic, partition), first);
    meter.count('anlan_log_gap_total', first - from, { topic });
    logger.error('records were removed from the log before they were read here', {
      topic,
      partition,
      from,
      to: first - 1,
      lost: first - from,
    });
  };

  /** Nobody reads beyond the end, unless the log was cut: made anew, or led by a broker that lacked its newest records. */
  const reportCut = (topic: Topic, partition: number, offset: number, next: number): void => {
    if (cut.get(keyOf(topic, partition)) === offset) return;
    cut.set(keyOf(topic, partition), offset);
    meter.count('anlan_log_gap_total', offset - next, { topic });
    logger.error('the log ends before the place where reading goes on: it was cut or made anew', { topic, partition, offset, next });
  };

  /** The window that covers `offset`. When that was removed, one at the oldest record; when it is not yet there, one at the end. */
  const seat = async (topic: Topic, partition: number, offset: number): Promise<Window> => {
    const found = windows.find(topic, partition, offset);
    if (found) return found;
    let start = offset;
    let fetched = await fetchAt(topic, partition, start);
    if (!fetched) {
      const { first, next } = await bounds(topic, partition);
      if (offset < first) reportGap(topic, partition, offset, first);
      if (offset > next) reportCut(topic, partition, offset, next);
      start = Math.min(Math.max(offset, first), next);
      fetched = await fetchAt(topic, partition, start);
    }
    const others = windows.find(topic, partition, start);
    if (others) return others;
    const made = windowAt({ topic, partition, offset: start }, clock.mono());
    if (fetched) made.add(fetched);
    windows.put(made);
    poll.look();
    return made;
  };

  const read: Reader['read'] = async (topic, partition, offset, max) => {
    const window = await seat(topic, partition, offset);
    window.usedAt = clock.mono();
    const records = window.take(offset, max);
    poll.nudge();
    if (records.length > 0 || (window.polled && window.next() >= knownEnd(topic, partition))) return records;
    const fetched = await fetchAt(topic, partition, window.next());
    if (fetched) window.add(fetched);
    else windows.forget(window);
    poll.look();
    return window.take(offset, max);
  };

  return {
    bounds,
    knownEnd,
    reaches,
    read,
    async until(topic, partition, offset, signal) {
      if (signal.aborted) return;
      // Trouble is told by the read that follows.
      const window = await seat(topic, partition, offset).catch(() => undefined);
      if (window) await woken(window, offset, signal);
      if (window) window.usedAt = clock.mono();
    },
    close: poll.close,
  };
}

function woken(window: Window, offset: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      takeBack();
      signal.removeEventListener('abort', end);
      resolve();
    };
    let takeBack = (): void => undefined;
    signal.addEventListener('abort', end, { once: true });
    takeBack = window.wait({ offset, wake: end });
  });
}

const keyOf = (topic: Topic, partition: number): string => `${topic}/${partition}`;

function windowShelf(): Windows &
  Readonly<{ find(topic: Topic, partition: number, offset: number): Window | undefined; put(window: Window): void }> {
  const shelf = new Map<string, readonly Window[]>();
  const of = (topic: Topic, partition: number): readonly Window[] => shelf.get(keyOf(topic, partition)) ?? [];
  const forget = (gone: Window): void => {
    const rest = of(gone.topic, gone.partition).filter((window) => window !== gone);
    if (rest.length > 0) shelf.set(keyOf(gone.topic, gone.partition), rest);
    else shelf.delete(keyOf(gone.topic, gone.partition));
    gone.wakeAll();
  };
  return {
    all: () => [...shelf.values()].flat(),
    find: (topic, partition, offset) => of(topic, partition).find((window) => window.covers(offset)),
    put(window) {
      const others = of(window.topic, window.partition);
      const [oldest] = [...others].sort((a, b) => a.usedAt - b.usedAt);
      if (oldest && others.length >= MOST_WINDOWS) forget(oldest);
      shelf.set(keyOf(window.topic, window.partition), [...of(window.topic, window.partition), window]);
    },
    forget,
  };
}
