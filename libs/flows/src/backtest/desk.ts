/**
 * Back-tests that people order on the running platform.
 *
 * O1  The live platform goes first: one order at a time, in slices of a few milliseconds, reading only the series.
 * O2  Bounded: one order a person waiting or running, ten in all, so many readings an order, so many finished ones kept, each for a week.
 * O3  Nothing is sent or logged by an order, and no reading or alarm stored; its report is all that it leaves.
 * O4  What was accepted is always answered for, also by another gateway and after a restart (`job-book.ts`).
 */
import type { Millis } from '@anlan/contracts';
import { SeriesUnavailable, type Clock, type JobStore, type Series } from '@anlan/ports';
import type { Logger } from '@anlan/observability';
import type { Backtest, Outcome } from './backtest.js';
import { differenceOf } from './difference.js';
import { history } from './history.js';
import { jobBook } from './job-book.js';
import type { BacktestJob } from './job.js';
import { pairOf, type Trial } from './pair.js';
import { reportOf, type LabelledEvent } from './report.js';
import { runBacktests } from './run.js';

export type BacktestOrder = Trial &
  Readonly<{
    /** Who ordered it. */
    by: string;
    from: Millis;
    to: Millis;
    events?: readonly LabelledEvent[];
  }>;

export type Submitted =
  Readonly<{ kind: 'accepted'; job: BacktestJob }> | Readonly<{ kind: 'refused'; code: 'one_at_a_time' | 'queue_full' }>;
export type BacktestDesk = Readonly<{
  submit(order: BacktestOrder): Promise<Submitted>;
  /** By its id, whichever gateway took it. */
  job(id: string): Promise<BacktestJob | undefined>;
  /** Ends what runs and what waits; resolves when that is stored. */
  stop(): Promise<void>;
}>;
export type BacktestDeskDeps = Readonly<{
  series: Pick<Series, 'read'>;
  jobs: JobStore;
  clock: Clock;
  logger: Logger;
  /** Of this process: no other that lives has it. */
  tag: string;
  limits?: Partial<BacktestLimits>;
}>;
export type BacktestLimits = Readonly<{ queue: number; readings: number; kept: number; keptMs: Millis; episodes: number }>;

const LIMITS: BacktestLimits = { queue: 10, readings: 20_000_000, kept: 200, keptMs: 7 * 86_400_000, episodes: 1_000 };

class TooMany extends Error {
  override readonly name = 'TooMany';
}

export function backtestDesk({ series, jobs, clock, logger, tag, limits: given }: BacktestDeskDeps): BacktestDesk {
  const limits = { ...LIMITS, ...given };
  const queue: Readonly<{ id: string; order: BacktestOrder }>[] = [];
  const ended = new AbortController();
  const book = jobBook({ jobs, clock, logger, ending: ended.signal, kept: limits.kept, keptMs: limits.keptMs });
  let isWorking = false;
  let turn: Promise<unknown> = Promise.resolve();
  let made = 0;

  const work = async (): Promise<void> => {
    isWorking = true;
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { id, order } = next;
      book.change(id, { state: 'running' });
      await book.close(id, ended.signal.aborted ? STOPPED : await tried(id, order));
    }
    isWorking = false;
  };

  const tried = async (id: string, order: BacktestOrder): Promise<Partial<BacktestJob>> => {
    try {
      return await run(order, { series, clock, limits, signal: ended.signal, onProgress: (more) => book.change(id, more) });
    } catch (error) {
      const problem =
        error instanceof TooMany ? 'too_many_readings' : error instanceof SeriesUnavailable ? 'series_unavailable' : 'internal';
      if (problem === 'internal') logger.error('a back-test broke', { rule: order.ruleId, error: String(error) });
      return { state: 'failed', problem };
    }
  };

  const take = async (order: BacktestOrder): Promise<Submitted> => {
    const open = await book.open();
    if (open.some(({ by }) => by === order.by)) return { kind: 'refused', code: 'one_at_a_time' };
    if (open.length >= limits.queue || ended.signal.aborted) return { kind: 'refused', code: 'queue_full' };
    made += 1;
    const { by, ruleId, from, to } = order;
    const id = `bt-${clock.now().toString(36)}-${tag}${made}`;
    const job: BacktestJob = {
      ...{ id, by, ruleId, from, to, state: 'queued', progress: 0, readings: 0 },
      ...{ createdAt: clock.now(), endedAt: null, problem: null, report: null, difference: null },
    };
    await book.begin(job);
    queue.push({ id, order });
    if (!isWorking) void work();
    return { kind: 'accepted', job };
  };

  return {
    /** One after the other, so that two orders of one person do not both find nothing open. */
    submit(order) {
      const mine = turn.then(() => take(order));
      turn = mine.catch(() => undefined);
      return mine;
    },
    job: (id) => book.find(id),
    async stop() {
      ended.abort();
      // Not for the work itself: it may be waiting for a series that never answers.
      await book.closeAll(STOPPED);
    },
  };
}

const STOPPED = { state: 'failed', problem: 'stopped' } as const;

type RunDeps = Readonly<{
  series: Pick<Series, 'read'>;
  clock: Clock;
  limits: BacktestLimits;
  signal: AbortSignal;
  onProgress(more: Pick<BacktestJob, 'progress' | 'readings'>): void;
}>;

async function run(order: BacktestOrder, { series, clock, limits, signal, onProgress }: RunDeps): Promise<Partial<BacktestJob>> {
  const { from, to, events } = order;
  const { points, now, was } = pairOf({ ...order, mostEpisodes: limits.episodes });
  let readings = 0;
  let progress = 0;
  const chunks = async function* (): AsyncGenerator<readonly PointReading[]> {
    for await (const chunk of history(series, { points, from, to })) {
      readings += chunk.readings.length;
      if (readings > limits.readings) throw new TooMany();
      yield chunk.readings;
      progress = (chunk.readTo - from) / (to - from);
      onProgress({ progress, readings });
    }
  };
  const isWhole = await runBacktests(was ? [now, was] : [now], chunks(), { clock, signal });
  if (!isWhole) return STOPPED;
  const outcome: Outcome = now.outcome(to);
  const difference = was ? differenceOf(was.outcome(to).episodes, outcome.episodes) : null;
  return { state: 'done', progress: 1, readings, report: reportOf(outcome, events), difference };
}

type PointReading = Parameters<Backtest['feed']>[0][number];
