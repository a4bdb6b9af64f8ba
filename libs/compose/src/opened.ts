import type { Logger, Meter } from '@anlan/observability';
import type { Clock } from '@anlan/ports';
import type { Settings } from './settings.js';

export type StoresDeps = Readonly<{
  settings: Settings;
  /** Of this process, as the engines see it. */
  name: string;
  clock: Clock;
  meter: Meter;
  logger: Logger;
  onFatal(error: unknown): void;
}>;

/** A store with the way to close it. */
export type Opened<T> = Readonly<{ it: T; close(): Promise<void> }>;
