import { TOPICS, type Digest } from '@anlan/contracts';
import type { Logger, Meter, Tracer } from '@anlan/observability';
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
import { readingsLoop, type Pace, type PartitionLoop } from './readings-loop.js';
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
  tracer?: Tracer;
  logger: Logger;
  retention: Retention;
  pace?: Pace;
  /** Who shares the partitions with other processes; absent: this process records them all. */
  shares?: Shares;
  /** Down-samples what has come to an end, where the series store wants that from us. */
  rollups?: Readonly<{ run(): Promise<Readonly<{ behind: boolean }>> }>;
}>;

const GROUP = 'recorder';
const RETENTION_EVERY_MS = 3_600_000;
const LAG_EVERY_MS = 1_000;
const ROLLUPS_EVERY_MS = 60_000;
/** What one process does for all (down-sampling) is done by whoever holds this partition of the readings. */
const LEADING_PARTITION = 0;
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
      // A group shares one topic.
      group: topic === TOPICS.readings ? GROUP : `${GROUP}-letters`,
      topic,
      make,
      onTurn: (partition) => troubles.delete(`${topic}:${partition}`),
      onFailure: (partition, error) => failed(`${topic}:${partition}`, error),
    });
  const readings = each(TOPICS.readings, (partition) => readingsLoop(own, partition));
  const held = [readings, each(TOPICS.rejected, (partition) => lettersLoop(own, partition))];
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
  let behind = false;
  const rollUp = async (signal: AbortSignal): Promise<void> => {
    if (!behind) await pause(clock, ROLLUPS_EVERY_MS, signal);
    behind = false;
    if (!signal.aborted && deps.rollups && readings.works().has(LEADING_PARTITION)) ({ behind } = await deps.rollups.run());
  };
  const pumps = [running('lag', measure), running('retention', expire), ...(deps.rollups ? [running('rollups', rollUp)] : [])];

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
