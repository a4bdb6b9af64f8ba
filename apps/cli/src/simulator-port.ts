import type { FaultLine } from './io.js';
import type { TableRow } from './table.js';

type Failed = Readonly<{ kind: 'failed'; why: string }>;
type Done = Readonly<{ kind: 'done'; report: Readonly<Record<string, unknown>> }>;

/**
 * What the commands need of the simulator. Apps do not import one another, so `bin/anlan.mjs` brings the two together:
 * it hands over `simulatorTools()` of `@anlan/simulator-app`.
 */
export type Simulator = Readonly<{
  scenarios: readonly Readonly<{ name: string; zh: string; en: string }>[];
  simulate(
    options: Readonly<{
      url: string;
      bundle: unknown;
      metrics: ReadonlyMap<string, Readonly<{ min?: number; max?: number }>>;
      secrets: ReadonlyMap<string, string>;
      scenario: string;
      seed: number;
      speed: number;
    }>,
  ): Readonly<{ stats(): Readonly<Record<string, number>>; stop(): Promise<void> }> | undefined;
  replay(
    options: Readonly<{
      url: string;
      rows: () => AsyncIterable<TableRow>;
      map: unknown;
      secrets: ReadonlyMap<string, string>;
      speed: number | 'max';
      window: number;
      onProgress: (done: number, total: number) => void;
    }>,
  ): Promise<Done | Failed | Readonly<{ kind: 'bad_map'; faults: readonly FaultLine[] }>>;
  load(
    options: LoadBundleRequest &
      Readonly<{ url: string; rate: number; seconds: number; window: number; onProgress: (done: number, total: number) => void }>,
  ): Promise<Done | Failed>;
  loadBundle(options: LoadBundleRequest): Readonly<Record<string, unknown>>;
}>;
export type LoadBundleRequest = Readonly<{ devices: number; sites: number; secret: string }>;
