import { TOPICS, type Digest } from '@anlan/contracts';
import type { Logger, Meter } from '@anlan/observability';
import {
  SeriesUnavailable,
  pause,
  type Clock,
  type DeadLetterStore,
  type Fanout,
  type Flow,
  type LastValues,
  type Ledger,
  type Log,
  type Series,
  type Shares,
} from '@anlan/ports';
import { heldPartitions, type HeldPartitions } from '../held-partitions.js';
import { pump, type Pump } from '../pump.js';
import { lettersLoop } from './letters-loop.js';
import { readingsLoop, type PartitionLoop } from './readings-loop.js';
import { expireOld, type Retention } from './retention.js';

export type RecorderDeps = Readonly<{
  log: Log;
  series: Series;
  ledger: Ledger;
  deadLetters: DeadLetterStore;
  fanout: Fanout;
  lastValues?: LastValues;
  clock: Clock;
  digest: Digest;
  meter: Meter;
  logger: Logger;
  retention: Retention;
  /** Who shares the partitions with other processes; absent: this process records them all. */
  shares?: Shares;
}>;

const GROUP = 'recorder';
const RETENTION_EVERY_MS = 3_600_000;
const LAG_EVERY_MS = 1_000;
/** Behind by more than this it does not keep up. */
const LAG_OK = 10_000;

/**
 * Log into series, ledger and dead letters, in that order, then the commit.
 * G1 of the ledger and T2 of the series make every turn repeatable: a crash at any await changes nothing in the end.
 */
export function recorderFlow(deps: RecorderDeps): Flow {
  const { log, clock, meter, logger } = deps;
  const own = { ...deps, group: GROUP };
  /** What fails at present, by the part that fails. */
  const troubles = new Map<string, string>();
  let lag = 0;

  const failed = (part: string, error: unknown): void => {
    meter.count('anlan_flow_failures_total', 1, { flow: GROUP });
    if (!troubles.has(part))
      logger.warn('the recorder failed and tries again', { reason: String(error), unavailable: error instanceof SeriesUnavailable });
    troubles.set(part, String(error));
  };
  const each = (
    topic: typeof TOPICS.readings | typeof TOPICS.rejected,
    make: (partition: number) => PartitionLoop,
  ): HeldPartitions<PartitionLoop> =>
    heldPartitions({
      log,
      clock,
      shares: deps.shares,
      group: GROUP,
      topic,
      make,
      onTurn: (partition) => troubles.delete(`${topic}:${partition}`),
      onFailure: (partition, error) => failed(`${topic}:${partition}`, error),
    });
  const held = [
    each(TOPICS.readings, (partition) => readingsLoop(own, partition)),
    each(TOPICS.rejected, (partition) => lettersLoop(own, partition)),
  ];
  const running = (part: string, turn: (signal: AbortSignal) => Promise<void>): Pump =>
    pump({
      clock,
      async pull(signal) {
        await turn(signal);
        troubles.delete(part);
      },
      onFailure: (error) => failed(part, error),
    });
  const measure = async (signal: AbortSignal): Promise<void> => {
    await pause(clock, LAG_EVERY_MS, signal);
    lag = (await Promise.all(held.map((part) => part.lag()))).reduce((sum, one) => sum + one, 0);
    meter.gauge('anlan_flow_lag', lag, { flow: GROUP });
  };
  const expire = async (signal: AbortSignal): Promise<void> => {
    await pause(clock, RETENTION_EVERY_MS, signal);
    if (signal.aborted) return;
    const removed = await expireOld(deps, clock.now());
    if (Object.keys(removed).length > 0) logger.info('old data removed', removed);
  };
  const pumps = [running('lag', measure), running('retention', expire)];

  return {
    name: GROUP,
    async start() {
      for (const part of held) await part.start();
      for (const one of pumps) one.start();
    },
    async drain() {
      await Promise.all([...pumps, ...held].map((part) => part.drain()));
    },
    health: () => ({ ok: troubles.size === 0 && lag <= LAG_OK, lag, detail: [...troubles.values()].join('; ') }),
  };
}
