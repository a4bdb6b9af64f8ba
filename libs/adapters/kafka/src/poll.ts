import type { Topic } from '@anlan/contracts';
import { type Clock, pause } from '@anlan/ports';
import { ANSWER_WITHIN_MS, type Cluster } from './cluster.js';
import { throwIf } from './fault.js';
import { fetchAnswer, type FetchedPart, type ReadOptions } from './fetch-answer.js';
import { type Call, fetchRequest, type Wanted } from './protocol.js';
import type { Window } from './window.js';

export type PollDeps = Readonly<{
  cluster: Cluster;
  clock: Clock;
  nameOf(topic: Topic): string;
  windows: Windows;
  reading: ReadOptions;
  /** After an answer with records the next poll begins so much later, ms: the records of that time come with one answer. */
  restMs: number;
  /** Told of every part of every answer that carries no error. */
  onFetched(topic: Topic, part: FetchedPart): void;
}>;
export type Poll = Readonly<{
  /** There is a new window, or a leader may have changed. */
  look(): void;
  /** A window may have room again. */
  nudge(): void;
  close(): void;
}>;
export type Windows = Readonly<{ all(): readonly Window[]; forget(window: Window): void }>;

/** How long a broker holds a poll for which it has nothing; also how long a new window may wait to be part of one. */
const POLL_MS = 250;
const SLEEP_MS = 1_000;
const TEND_MS = 500;
const MOST_FETCHED = 8 * 1024 * 1024;
export const MOST_FETCHED_OF_ONE = 256 * 1024;
const FORGET_AFTER_MS = 30_000;
const FIRST_BACKOFF_MS = 50;
const LAST_BACKOFF_MS = 1_000;

export const OFFSET_OUT_OF_RANGE = 1;
/** UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_FOR_PARTITION, FENCED_LEADER_EPOCH: ask for metadata again. */
export const askAgain = (code: number): boolean => code === 3 || code === 5 || code === 6 || code === 74;

export const fetching = (topics: readonly Wanted[], waitMs: number, reading: ReadOptions): Call<readonly FetchedPart[]> => ({
  request: fetchRequest({ maxWaitTime: waitMs, maxBytes: MOST_FETCHED, topics }).request,
  response: {
    async decode(raw) {
      const { errorCode, parts } = fetchAnswer(raw, reading);
      throwIf(errorCode);
      return parts;
    },
  },
});

/** One long poll a broker, on a connection of its own, for all windows that have room. */
export function polling(deps: PollDeps): Poll {
  const { cluster, clock, windows } = deps;
  const running = new Set<number>();
  const sleeping = new Set<AbortController>();
  let closed = false;
  let tending = false;

  const leaderOf = ({ topic, partition }: Window): number | undefined => cluster.knownLeader(deps.nameOf(topic), partition);
  const look = (): void => {
    for (const window of windows.all()) {
      const node = leaderOf(window);
      if (node === undefined || running.has(node) || closed) continue;
      running.add(node);
      void run(node);
    }
    nudge();
    void tend();
  };
  const nudge = (): void => {
    for (const sleeper of sleeping) sleeper.abort();
  };
  const sleep = async (): Promise<void> => {
    const sleeper = new AbortController();
    sleeping.add(sleeper);
    await pause(clock, SLEEP_MS, sleeper.signal);
    sleeping.delete(sleeper);
  };
  /** Metadata anew, and polls where the leaders now are. What does not work yet is tried by the next round, or by the next reader. */
  const heal = async (one: Window): Promise<void> => {
    cluster.stale();
    await cluster.leader(deps.nameOf(one.topic), one.partition).catch(() => undefined);
    look();
  };

  /** Windows that no poll fills, because nobody led them when metadata came, are looked after until somebody does. */
  const tend = async (): Promise<void> => {
    if (tending) return;
    tending = true;
    while (!closed && windows.all().length > 0) {
      await pause(clock, TEND_MS);
      const orphan = windows.all().find((window) => !running.has(leaderOf(window) ?? NaN));
      if (orphan && !closed) await heal(orphan);
    }
    tending = false;
  };

  const run = async (node: number): Promise<void> => {
    for (let backoff = FIRST_BACKOFF_MS; !closed;) {
      forgetUnused(windows, clock.mono());
      const mine = windows.all().filter((window) => leaderOf(window) === node);
      const chosen = chooseOf(mine);
      const [one] = chosen;
      // Metadata that somebody else asked for may have moved them all: whoever leads them now is polled from here on.
      if (mine.length === 0) {
        running.delete(node);
        return look();
      }
      const polledAt = clock.mono();
      if (one === undefined) await sleep();
      else if (await pollOnce(deps, node, chosen)) {
        backoff = FIRST_BACKOFF_MS;
        if (deps.restMs > 0 && clock.mono() - polledAt < POLL_MS && !closed) await rest(deps, chosen);
      } else {
        await pause(clock, backoff);
        backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
        if (!closed) await heal(one);
      }
    }
  };

  return {
    look,
    nudge,
    close() {
      closed = true;
      nudge();
      for (const window of windows.all()) window.wakeAll();
    },
  };
}

/** Windows count as polled meanwhile: who reads to their end waits for the next poll and does not ask the broker by itself. */
async function rest({ clock, restMs }: PollDeps, polled: readonly Window[]): Promise<void> {
  for (const window of polled) window.polled = true;
  await pause(clock, restMs);
  for (const window of polled) window.polled = false;
}

function forgetUnused(windows: Windows, now: number): void {
  for (const window of windows.all()) if (!window.waiting() && window.usedAt + FORGET_AFTER_MS < now) windows.forget(window);
}

/** Of each partition one: a request may name it only once. The one that was asked for least goes first, so all get their turn. */
function chooseOf(windows: readonly Window[]): readonly Window[] {
  const chosen = new Map<string, Window>();
  for (const window of windows) {
    const key = `${window.topic}/${window.partition}`;
    const other = chosen.get(key);
    if (!window.full() && (!other || window.polls < other.polls)) chosen.set(key, window);
  }
  return [...chosen.values()];
}

/** False when the broker did not answer, or is not the leader of all. */
async function pollOnce(deps: PollDeps, node: number, chosen: readonly Window[]): Promise<boolean> {
  const byPlace = new Map(chosen.map((window) => [`${deps.nameOf(window.topic)}/${window.partition}`, window]));
  const wanted = chosen.map((window) => ({
    topic: deps.nameOf(window.topic),
    partitions: [{ partition: window.partition, fetchOffset: String(window.next()), maxBytes: MOST_FETCHED_OF_ONE }],
  }));
  for (const window of chosen) Object.assign(window, { polled: true, polls: window.polls + 1 });
  let fine = true;
  try {
    for (const part of await deps.cluster.send(node, 'poll', fetching(wanted, POLL_MS, deps.reading), POLL_MS + ANSWER_WITHIN_MS)) {
      const window = byPlace.get(`${part.topic}/${part.partition}`);
      if (!window) continue;
      window.polled = false;
      if (part.errorCode === 0) {
        deps.onFetched(window.topic, part);
        window.add(part);
      } else {
        window.wakeAll();
        if (part.errorCode === OFFSET_OUT_OF_RANGE) deps.windows.forget(window);
        fine &&= !askAgain(part.errorCode);
      }
    }
  } catch {
    // Told by the next `read` of each window, which asks the broker itself.
    fine = false;
  }
  for (const window of chosen) {
    window.polled = false;
    if (!fine) window.wakeAll();
  }
  return fine;
}
