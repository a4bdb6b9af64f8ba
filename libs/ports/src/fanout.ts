import type { Alarm, Reading } from '@anlan/contracts';

/** What live watchers are told. Losing one is harmless: they can always read the truth again. */
export type Broadcast =
  | Readonly<{ kind: 'alarm'; alarm: Alarm }>
  | Readonly<{ kind: 'readings'; readings: readonly Reading[] }>
  | Readonly<{ kind: 'device'; deviceId: string; online: boolean }>
  | Readonly<{ kind: 'registry'; version: number }>;
export type Fanout = Readonly<{
  publish(broadcast: Broadcast): void;
  subscribe(listener: (broadcast: Broadcast) => void): () => void;
}>;
