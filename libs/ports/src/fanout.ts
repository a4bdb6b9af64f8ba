import type { Alarm, Reading } from '@anlan/contracts';

/** What live watchers are told. Losing one is harmless: they can always read the truth again. */
export type Broadcast =
  | Readonly<{ kind: 'alarm'; alarm: Alarm }>
  | Readonly<{ kind: 'readings'; readings: readonly Reading[] }>
  | Readonly<{ kind: 'device'; deviceId: string; online: boolean }>
  | Readonly<{ kind: 'registry'; version: number }>;
export type BroadcastKind = Broadcast['kind'];
export type BroadcastOf<K extends BroadcastKind> = Extract<Broadcast, Readonly<{ kind: K }>>;

/**
 * One tells, many hear.
 *
 * F1  A listener is told the kinds it asked for and no other, so that a process that wants little is not sent much.
 * F2  Of one teller, broadcasts of one kind come in the order in which they were told; those of different kinds in any order.
 * F3  A listener of this process hears what this process tells from the moment it subscribed; what others tell, from soon after.
 */
export type Fanout = Readonly<{
  publish(broadcast: Broadcast): void;
  subscribe<K extends BroadcastKind>(kinds: readonly K[], listener: (broadcast: BroadcastOf<K>) => void): () => void;
}>;
