import { type CheckpointFile, type CheckpointFileOptions, openCheckpointFile } from './checkpoint-file.js';
import { type LogFile, type LogFileOptions, openLogFile } from './log-file.js';
import {
  type SeriesFile,
  type SeriesFileOptions,
  type SeriesQuestions,
  type SeriesWriterOptions,
  openSeriesFile,
  openSeriesQuestions,
} from './series-file.js';

type Stores = {
  log: Readonly<{ store: LogFile; options: LogFileOptions }>;
  series: Readonly<{ store: SeriesFile; options: SeriesWriterOptions }>;
  seriesQuestions: Readonly<{ store: SeriesQuestions; options: SeriesFileOptions }>;
  checkpoints: Readonly<{ store: CheckpointFile; options: CheckpointFileOptions }>;
};

/** Stores that a host can run. */
export type StoreKind = keyof Stores;
export type StoreOf<K extends StoreKind> = Stores[K]['store'];
export type StoreOptionsOf<K extends StoreKind> = Stores[K]['options'];

const OPENERS: { readonly [K in StoreKind]: (options: StoreOptionsOf<K>) => StoreOf<K> } = {
  log: openLogFile,
  series: openSeriesFile,
  seriesQuestions: openSeriesQuestions,
  checkpoints: openCheckpointFile,
};

/** Stores that change nothing: what one of them cannot read is refused and named, but need not end the process. */
export const READ_ONLY_STORES: ReadonlySet<StoreKind> = new Set<StoreKind>(['seriesQuestions']);

/** Opens a store in this thread. Throws StoreFault. */
export function openStore<K extends StoreKind>(kind: K, options: StoreOptionsOf<K>): StoreOf<K> {
  return OPENERS[kind](options);
}
