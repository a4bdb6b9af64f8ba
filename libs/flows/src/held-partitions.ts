import type { Clock, Log, Membership, Shares } from '@anlan/ports';
import type { Topic } from '@anlan/contracts';
import { type Pump, pump } from './pump.js';

/** The work of one partition, which one process at a time does. */
export type PartitionWork = Readonly<{
  /** Takes up what was saved. Rejects when it cannot: the work does not begin then. */
  open?(): Promise<void>;
  turn(signal: AbortSignal): Promise<void>;
  /** Saves what stands, after the last turn. */
  close?(): Promise<void>;
  /** Records not yet worked on. */
  lag(): Promise<number>;
}>;

export type HeldPartitionsDeps<W extends PartitionWork> = Readonly<{
  log: Log;
  clock: Clock;
  /** Who shares the partitions with other processes; absent: all of them are this process's. */
  shares: Shares | undefined;
  group: string;
  topic: Topic;
  make(partition: number): W;
  onFailure(partition: number, error: unknown): void;
  /** A turn went well. */
  onTurn?(partition: number): void;
  isFatal?(error: unknown): boolean;
  /** The work of a partition ended for good, by an error that no retry heals. */
  onFatal?(partition: number, error: unknown): void;
}>;

export type HeldPartitions<W extends PartitionWork> = Readonly<{
  /** Without `shares` it resolves when the work of every partition is open, or rejects with what stopped it. */
  start(): Promise<void>;
  /** Finishes the turns in hand, closes, and leaves the group. */
  drain(): Promise<void>;
  /** What is worked on now, by partition. */
  works(): ReadonlyMap<number, W>;
  /** Sum over the partitions held. */
  lag(): Promise<number>;
}>;

type Running<W> = Readonly<{ work: W; loop: Pump; fatal: { error: unknown } }>;

/** Runs one loop for each partition that this process holds, beginning and ending as they come and go (H2, H3). */
export function heldPartitions<W extends PartitionWork>(deps: HeldPartitionsDeps<W>): HeldPartitions<W> {
  const { log, clock, shares, group, topic, make, onFailure, onTurn, isFatal = () => false, onFatal } = deps;
  const running = new Map<number, Running<W>>();
  let membership: Membership | undefined;

  const take = async (partition: number): Promise<void> => {
    const work = make(partition);
    await work.open?.();
    const fatal = { error: undefined as unknown };
    const loop = pump({
      clock,
      async pull(signal) {
        await work.turn(signal);
        onTurn?.(partition);
      },
      onFailure: (error) => onFailure(partition, error),
      isFatal,
    });
    void loop.ended.then((error) => {
      if (error === undefined) return;
      fatal.error = error;
      onFatal?.(partition, error);
    });
    running.set(partition, { work, loop, fatal });
  };
  const begin = (partition: number): void => running.get(partition)?.loop.start();
  const release = async (partition: number): Promise<void> => {
    const held = running.get(partition);
    if (!held) return;
    await held.loop.drain();
    running.delete(partition);
    if (held.fatal.error !== undefined) return;
    try {
      await held.work.close?.();
    } catch (error) {
      // Nothing is lost: whoever takes it next goes on from what was saved before.
      onFailure(partition, error);
    }
  };

  return {
    async start() {
      if (shares) {
        const holder = { take: (partition: number) => take(partition).then(() => begin(partition)), release };
        membership = await shares.join(group, topic, holder);
        return;
      }
      const all = Array.from({ length: log.partitions(topic) }, (_, partition) => partition);
      for (const partition of all) await take(partition);
      for (const partition of all) begin(partition);
    },
    async drain() {
      await membership?.leave();
      await Promise.all([...running.keys()].map(release));
    },
    works: () => new Map([...running].map(([partition, { work }]) => [partition, work])),
    async lag() {
      const lags = await Promise.all([...running.values()].map(({ work }) => work.lag()));
      return lags.reduce((sum, each) => sum + each, 0);
    },
  };
}
